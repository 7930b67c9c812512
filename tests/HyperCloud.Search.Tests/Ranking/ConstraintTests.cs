using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class ConstraintTests
{
    private static readonly Space s_plane = new(Enumerable.Range(0, 3).Select(i => (Parameter)new FloatParameter($"x{i}", 0, 1)));

    // The least of the sum within the constraint is 0.8, where x0 + x1 = 0.8 and x2 = 0; without it 0.
    private static double Sum(Assignment a) => a.ToUnit().Sum();

    private static double[] Bound(Assignment a)
    {
        double[] u = a.ToUnit();
        return [0.8 - u[0] - u[1]];
    }

    [Theory]
    [InlineData("gp", 0.86)]
    [InlineData("auto", 0.86)]
    [InlineData("tpe", 1.05)]
    [InlineData("cmaes", 1.2)]
    public void TheBestWithinTheConstraintIsFound(string algorithm, double loss)
    {
        double mean = 0;
        for (ulong seed = 1; seed <= 5; seed++)
        {
            var sweep = new Sweeper(s_plane, Sum) { Excess = Bound, Seed = seed, Deterministic = true };
            ISearchAlgorithm served = SearchAlgorithms.Create(algorithm);
            sweep.Run(served, 50);
            Observation best = sweep.Observations.Single(o => o.Number == served.Recommend(sweep.Context).Ranking[0]);
            Assert.Equal(0, best.Violation);
            mean += best.Loss!.Value / 5;
        }

        Assert.InRange(mean, 0.8, loss);
    }

    [Fact]
    public void ASmallFeasibleCornerIsFoundThoughNoFirstTrialLiesInIt()
    {
        // One part in a thousand of the cube keeps the constraint, and the loss pulls away from it.
        var sweep = new Sweeper(s_plane, Sum) { Excess = a => [a.ToUnit().Max(u => 0.9 - u)], Deterministic = true };
        sweep.Run(new GpAlgorithm(), 40);
        Assert.Contains(sweep.Observations, o => o.Violation == 0);
        Assert.DoesNotContain(sweep.Observations.Take(10), o => o.Violation == 0);
    }

    [Fact]
    public void TheProbabilityHasTheSlopesItShould()
    {
        var sweep = new Sweeper(s_plane, Sum) { Excess = a => [a.ToUnit()[0] * a.ToUnit()[1] - 0.3, Math.Abs(a.ToUnit()[2] - 0.5) - 0.2] };
        sweep.Run(new SobolAlgorithm(), 20);
        GpConstraints.Fit fit = new GpConstraints(new GpOptions()).TryFit(s_plane, sweep.Context.Observations)!;
        Assert.Equal(2, fit.Models.Length);
        double[] x = [0.6, 0.7, 0.4], slopes = new double[2];
        Assert.Equal(fit.LogProbability(x), fit.LogProbability(x, [0, 2], slopes), 12);
        for (int v = 0; v < 2; v++)
        {
            double[] above = [.. x], below = [.. x];
            above[2 * v] += 1e-5;
            below[2 * v] -= 1e-5;
            double numeric = (fit.LogProbability(above) - fit.LogProbability(below)) / 2e-5;
            Assert.InRange(slopes[v], numeric - 1e-3 * Math.Max(1, Math.Abs(numeric)), numeric + 1e-3 * Math.Max(1, Math.Abs(numeric)));
        }
    }

    [Fact]
    public void AWarpedLossIsThatOfTheWarpItself()
    {
        double[] losses = [-1e6, 0, 1, 2, 2.5, 3, 4, 7, 100, 1e9];
        foreach (WarpKind kind in Enum.GetValues<WarpKind>())
        {
            LossWarp warp = LossWarp.Apply(losses, kind)!;
            for (int i = 0; i < losses.Length; i++) Assert.Equal(warp.Y[i], warp.Of(losses[i]), 12);
        }
    }
}
