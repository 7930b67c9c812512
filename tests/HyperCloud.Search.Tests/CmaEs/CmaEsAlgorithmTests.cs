using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class CmaEsAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new CmaEsAlgorithm();

    private protected override bool Learns => true;

    private protected override bool TakesSeveralObjectives => false;

    [Fact]
    public void ARotatedEllipsoidIsDescendedTo1e6thOfItsHeight()
    {
        var space = new Space(Enumerable.Range(0, 4).Select(i => (Parameter)new FloatParameter($"x{i}", -1, 1)));
        double Loss(Assignment a)
        {
            double[] x = [.. a.ToUnit().Select(u => u - 0.6)];
            return 100 * (x[0] + x[1]) * (x[0] + x[1]) + (x[0] - x[1]) * (x[0] - x[1]) + 10 * x[2] * x[2] + x[3] * x[3];
        }

        var sweep = new Sweeper(space, Loss);
        sweep.Run(Create(), 700);
        Assert.InRange(sweep.Observations.Min(o => o.Loss!.Value), 0, 1e-5);
    }

    [Fact]
    public void DefaultsAreThoseOfTheTutorial()
    {
        // Hansen, "The CMA evolution strategy: a tutorial" (2016), table 1 and equations 49 to 58 for n = 10; figures computed with Python from those formulas.
        Assert.Equal(10, CmaEsState.DefaultPopulation(10));
        var state = new CmaEsState(new CmaEsOptions(), new double[10], [], 0.3, 10);
        Assert.Equal(3.1672992814107017, state.EffectiveParents, 1e-12);
        Assert.Equal(0.28442858794636744, state.SigmaRate, 1e-12);
        Assert.Equal(1.2844285879463675, state.Damping, 1e-12);
        Assert.Equal(0.29499038303562225, state.PathRate, 1e-12);
        Assert.Equal(0.015283824524751714, state.RankOneRate, 1e-12);
        Assert.Equal(0.02015428276120837, state.RankMuRate, 1e-12);
    }

    [Fact]
    public void FiniteDimensionsNeverFreeze()
    {
        var space = new Space([new IntParameter("n", 0, 9), new FloatParameter("x", 0, 1), new CategoricalParameter("c", [Spaces.V("a"), Spaces.V("b")])]);
        var sweep = new Sweeper(space, a => a[0]!.Value.AsNumber() * 0.1 + a[1]!.Value.AsNumber() + (a[2]!.Value == Spaces.V("a") ? 0 : 1));
        sweep.Run(Create(), 400);
        Assert.True(sweep.Observations.Skip(200).Select(o => o.Assignment[0]!.Value.AsNumber()).Distinct().Count() > 1);
        Assert.InRange(sweep.Observations.Skip(200).Count(o => o.Assignment[2]!.Value == Spaces.V("b")), 1, 60);
        Assert.Equal(0, sweep.Observations.MinBy(o => o.Loss)!.Assignment[0]!.Value.AsNumber());
    }

    [Fact]
    public void AStalledSearchRestartsWithTwiceThePopulation()
    {
        var sweep = new Sweeper(Spaces.Single, _ => 1);
        sweep.Run(Create(), 300);
        Assert.Contains(sweep.Asked, a => a.Result.Suggestions[0].Reason.Contains("population 8") && a.Result.Suggestions[0].Reason.Contains("restart 1"));
    }

    [Fact]
    public void EigenvectorsDiagonalise()
    {
        double[][] a = [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]];
        (double[] values, double[][] vectors) = SymmetricEigen.Decompose(a);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                Assert.Equal(a[i][j], Enumerable.Range(0, 3).Sum(k => vectors[i][k] * values[k] * vectors[j][k]), 1e-12);
        Assert.Equal(9, values.Sum(), 1e-12);
    }

    [Fact]
    public void TenThousandObservationsAreServed()
    {
        SearchContext context = GpAlgorithmTests.Many(10_000);
        ISearchAlgorithm algorithm = Create();
        SuggestResult first = algorithm.Suggest(context, 3);
        Assert.All(first.Suggestions, s => Spaces.AssertInside(Spaces.Mixed, s.Assignment));
        Assert.Equal(Sweeper.Text(first), Sweeper.Text(algorithm.Suggest(context, 3)));
    }

    [Fact]
    public void AnAnswerDoesNotDependOnWhatAnInstanceWasAskedBefore()
    {
        var sweep = new Sweeper(Spaces.Mixed, Bowl);
        ISearchAlgorithm algorithm = Create();
        sweep.Run(algorithm, 60);
        foreach ((SearchContext context, SuggestResult result) in Enumerable.Reverse(sweep.Asked))
            Assert.Equal(Sweeper.Text(result), Sweeper.Text(algorithm.Suggest(context, 1)));
    }
}
