using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class Nsga2AlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new Nsga2Algorithm();

    private protected override bool Learns => true;

    private static double Missing(ISearchAlgorithm algorithm, int trials)
    {
        // ZDT1 in 4 dimensions; 1.1 × 3 less the third that lies under 1 − √f.
        var space = new Space(Enumerable.Range(0, 4).Select(i => (Parameter)new FloatParameter($"x{i}", 0, 1)));
        var sweep = new Sweeper(space, _ => 0)
        {
            Losses = a =>
            {
                double[] u = a.ToUnit();
                double g = 1 + 9 * u[1..].Average();
                return [u[0], g * (1 - Math.Sqrt(u[0] / g))];
            },
            Objectives = 2,
            Deterministic = true,
        };
        sweep.Run(algorithm, trials);
        return 1 - Hypervolume.Of([.. sweep.Observations.Select(o => o.Losses!.ToArray())], [1.1, 3]) / (3.3 - 1.0 / 3);
    }

    [Fact]
    public void ItComesNearAKnownFrontAndFarNearerThanRandomSearch()
    {
        double own = Missing(Create(), 400), random = Missing(new RandomAlgorithm(), 400);
        Assert.InRange(own, 0, 0.03);
        Assert.InRange(own, 0, random / 5);
    }

    [Fact]
    public void TheGaussianProcessComesNearerStillInFewTrials() => Assert.InRange(Missing(new GpAlgorithm(), 40), 0, 0.01);

    [Fact]
    public void ChildrenKeepToTheDomainsAndResembleTheirParents()
    {
        var random = new RandomStream(11, StreamPurpose.Run);
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional })
        {
            var variation = new Variation(space, new Nsga2Options());
            var alone = new Variation(space, new Nsga2Options { Mutations = 0 });
            for (int i = 0; i < 300; i++)
            {
                Assignment a = RandomAlgorithm.Draw(space, random), b = RandomAlgorithm.Draw(space, random);
                Spaces.AssertInside(space, variation.Child(a, b, random));
                Assert.NotEqual(a, variation.Child(a, a, random));
                Assignment child = alone.Child(a, b, random);
                Spaces.AssertInside(space, child);
                for (int p = 0; p < space.Count; p++)
                    if (!space.Parameters[p].IsOrdered && child[p] is { } value && a[p] is { } first && b[p] is { } second && !child.Equals(a))
                        Assert.True(value == first || value == second || Mutated(a, b, child));
            }
        }

        // A copy of a parent is changed in one parameter, which then may be any.
        static bool Mutated(Assignment a, Assignment b, Assignment child) =>
            Differences(a, child) <= 1 || Differences(b, child) <= 1;

        static int Differences(Assignment a, Assignment b) => Enumerable.Range(0, a.Space.Count).Count(i => a[i] is { } x && b[i] is { } y && x != y);
    }

    [Fact]
    public void WithoutMutationAChildOfTwoPointsSpreadsAroundThemAsTheyAreApart()
    {
        // Simulated binary crossover keeps the parents' mean in the mean (Deb and Agrawal, 1995), far from the borders.
        var space = new Space([new FloatParameter("x", 0, 1), new CategoricalParameter("c", [Spaces.V("a"), Spaces.V("b")])]);
        var variation = new Variation(space, new Nsga2Options { Mutations = 0, Crossover = 1 });
        Assignment a = space.FromUnit([0.45, 0.1]), b = space.FromUnit([0.55, 0.9]);
        var random = new RandomStream(3, StreamPurpose.Run);
        double[] children = [.. Enumerable.Range(0, 4000).Select(i => (i % 2 == 0 ? variation.Child(a, b, random) : variation.Child(b, a, random))["x"]!.Value.AsNumber())];
        Assert.Equal(0.5, children.Average(), 0.01);
        Assert.Contains(children, x => x < 0.44);
        Assert.Contains(children, x => x > 0.56);
    }
}
