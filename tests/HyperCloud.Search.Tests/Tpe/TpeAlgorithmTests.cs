using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class TpeAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new TpeAlgorithm();

    private protected override bool Learns => true;

    private static double BestOf(ISearchAlgorithm algorithm, Space space, Func<Assignment, double> loss, ulong seed, int trials)
    {
        var sweep = new Sweeper(space, loss) { Seed = seed };
        sweep.Run(algorithm, trials);
        return sweep.Observations.Min(o => o.Loss!.Value);
    }

    [Fact]
    public void ItIsFarBetterThanRandomOnMixedAndConditionalSpaces()
    {
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional })
        {
            double[] tpe = [.. Enumerable.Range(0, 3).Select(s => BestOf(Create(), space, Bowl, (ulong)s, 60))];
            double[] random = [.. Enumerable.Range(0, 3).Select(s => BestOf(new RandomAlgorithm(), space, Bowl, (ulong)s, 300))];
            Assert.True(tpe.Order().ElementAt(1) < random.Order().ElementAt(1), $"tpe after 60 trials {tpe.Average():G3}, random after 300 {random.Average():G3}");
        }
    }

    [Fact]
    public void OptimaAtTheBordersAreReached()
    {
        foreach (double sign in new[] { 1.0, -1.0 })
        {
            var sweep = new Sweeper(Spaces.Mixed, a => sign * (Spaces.Mixed.Count - a.ToUnit().Sum()));
            sweep.Run(Create(), 130);
            Assignment best = sweep.Observations.MinBy(o => o.Loss)!.Assignment;
            double edge = sign > 0 ? 1 : 0;
            Assert.Equal(edge, best.ToUnit()[0], 0.06);
            Assert.Equal(edge, best.ToUnit()[1], 0.06);
            // Among all trials every finite parameter has hit its border exactly (but not 1024 on a log scale, whose share is 1 in 7600).
            foreach (int d in new[] { 2, 3, 4, 6 })
                Assert.True(sweep.Observations.Any(o => o.Assignment[d] == Spaces.Mixed.Parameters[d].FromUnit(edge)), $"{Spaces.Mixed.Parameters[d].Name} at {edge}; best {best}");
        }
    }

    [Fact]
    public void ParallelTrialsSpreadInsteadOfRepeatingOnePoint()
    {
        var sweep = new Sweeper(Spaces.Single, a => Math.Abs(a[0]!.Value.AsNumber() - 0.6));
        sweep.Run(Create(), 40);
        double[] batch = [.. Create().Suggest(sweep.Context, 8).Suggestions.Select(s => s.Assignment[0]!.Value.AsNumber()).Order()];
        Assert.Equal(8, batch.Distinct().Count());
        Assert.True(batch[^1] - batch[0] > 0.02, string.Join(" ", batch));
    }

    [Fact]
    public void FailuresAreAvoided()
    {
        // The better half of the interval fails.
        var sweep = new Sweeper(Spaces.Single, a => -a[0]!.Value.AsNumber());
        ISearchAlgorithm algorithm = Create();
        List<Observation> observations = [];
        for (int t = 0; t < 80; t++)
        {
            Assignment a = algorithm.Suggest(sweep.Context with { FirstTrial = t, Observations = [.. observations] }, 1).Suggestions[0].Assignment;
            double x = a[0]!.Value.AsNumber();
            observations.Add(x > 0.5 ? new Observation(t, a, ObservationState.Failed, null) : new Observation(t, a, ObservationState.Completed, -x));
        }

        Assert.InRange(observations.Skip(40).Count(o => o.State == ObservationState.Failed), 0, 25);
        Assert.InRange(observations.Min(o => o.Loss ?? 0), -0.5, -0.45);
    }

    [Fact]
    public void TenThousandObservationsAreServedFromABoundedModel()
    {
        var random = new RandomStream(1, StreamPurpose.Run);
        List<Observation> observations = [];
        for (int t = 0; t < 10_000; t++)
        {
            Assignment a = RandomAlgorithm.Draw(Spaces.Mixed, random);
            observations.Add(new Observation(t, a, ObservationState.Completed, Bowl(a)));
        }

        SearchContext context = new Sweeper(Spaces.Mixed, Bowl).Context with { FirstTrial = 10_000, Observations = observations };
        ISearchAlgorithm algorithm = Create();
        SuggestResult first = algorithm.Suggest(context, 3);
        Assert.Equal(Sweeper.Text(first), Sweeper.Text(algorithm.Suggest(context, 3)));
        Assert.All(first.Suggestions, s => Spaces.AssertInside(Spaces.Mixed, s.Assignment));
        Assert.All(first.Suggestions, s => Assert.Contains("good 25 of 10000", s.Reason));
        Assert.Equal(10_000, algorithm.Recommend(context).Ranking.Count);
    }

    [Fact]
    public void TheStartupDesignIsSobolAndItsSizeIsAnOption()
    {
        var sweep = new Sweeper(Spaces.Mixed, Bowl);
        sweep.Run(new TpeAlgorithm(new TpeOptions { Startup = 4 }), 6);
        Assert.All(sweep.Asked.Take(4), a => Assert.StartsWith("startup: sobol", a.Result.Suggestions[0].Reason));
        Assert.All(sweep.Asked.Skip(4), a => Assert.StartsWith("tpe: good 1 of", a.Result.Suggestions[0].Reason));
    }
}
