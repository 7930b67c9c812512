using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class SpacePriorTests
{
    private static Space Plane(double? center, double weight = 10) => new(Enumerable.Range(0, 3).Select(i => (Parameter)(new FloatParameter($"x{i}", 0, 1)
    {
        Prior = center is { } c ? new ParameterPrior(ParameterValue.Of(c), weight) : null,
    })));

    // A narrow valley, which a design of ten points does not hit.
    private static double Valley(Assignment a)
    {
        double sum = 0;
        foreach (double u in a.ToUnit()) sum += Math.Abs(u - 0.3);
        return sum;
    }

    private static double Best(string algorithm, Space space, int trials, ulong seed)
    {
        var sweep = new Sweeper(space, Valley) { Seed = seed };
        sweep.Run(SearchAlgorithms.Create(algorithm), trials);
        return sweep.Observations.Min(o => o.Loss!.Value);
    }

    private static double MeanBest(string algorithm, Space space, int trials) => Enumerable.Range(1, 8).Average(s => Best(algorithm, space, trials, (ulong)s));

    [Theory]
    [InlineData("random", 12)]
    [InlineData("tpe", 12)]
    [InlineData("gp", 12)]
    [InlineData("auto", 12)]
    [InlineData("cmaes", 16)]
    public void ATrueBeliefIsWorthTrials(string algorithm, int trials) =>
        Assert.True(MeanBest(algorithm, Plane(0.33), trials) < 0.8 * MeanBest(algorithm, Plane(null), trials));

    [Theory]
    [InlineData("tpe", 0.2)]
    [InlineData("gp", 0.05)]
    [InlineData("auto", 0.05)]
    public void AWrongBeliefIsOutvoted(string algorithm, double loss) => Assert.True(MeanBest(algorithm, Plane(0.95), 60) < loss);

    [Fact]
    public void TheFirstTrialsFollowTheBeliefAndLaterOnesLetGo()
    {
        var sweep = new Sweeper(Plane(0.9, weight: 20), Valley);
        sweep.Run(new RandomAlgorithm(), 400);
        double Near(IEnumerable<Observation> trials) => trials.Average(o => Math.Abs(o.Assignment.ToUnit()[0] - 0.9));
        // From the belief alone: the mean distance of a normal with sd 0.15 truncated at 1, 0.096 (SciPy); from the uniform density: 0.41.
        Assert.InRange(Near(sweep.Observations.Take(10)), 0, 0.25);
        Assert.InRange(Near(sweep.Observations.Skip(250)), 0.33, 0.45);
    }

    [Fact]
    public void WarpingFollowsTheMixture()
    {
        // SciPy: the median of 0.5 · truncnorm(0.8, 0.15 on [0, 1]) + 0.5 · uniform is 0.7065635.
        SpacePrior prior = SpacePrior.Of(Plane(0.8))!;
        double[] u = [0.5, 0, 1];
        prior.Warp(u, 10);
        Assert.Equal(0.7065635, u[0], 5);
        Assert.Equal((0, 1), (Math.Round(u[1], 12), Math.Round(u[2], 12)));
        Assert.Equal(0.5, prior.ShareAfter(10));
    }

    [Fact]
    public void SlopesAreThoseOfTheWeight()
    {
        Space space = Plane(0.7);
        SpacePrior prior = SpacePrior.Of(space)!;
        var encoding = new SpaceEncoding(space);
        double[] x = [0.2, 0.71, 0.95];
        var slopes = new double[2];
        prior.AddSlopes(encoding, x, 5, [2, 0], slopes);
        for (int v = 0; v < 2; v++)
        {
            int d = v == 0 ? 2 : 0;
            double[] above = [.. x], below = [.. x];
            above[d] += 1e-6;
            below[d] -= 1e-6;
            Assert.Equal((prior.LogWeight(encoding, above, 5) - prior.LogWeight(encoding, below, 5)) / 2e-6, slopes[v], 4);
        }
    }

    [Fact]
    public void WithoutBeliefsThereIsNone()
    {
        Assert.Null(SpacePrior.Of(Spaces.Mixed));
        Assert.Null(SpacePrior.Of(new Space([new CategoricalParameter("c", [Spaces.V("a")]) { Prior = new(Spaces.V("a"), 5) }])));
    }
}
