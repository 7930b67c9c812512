using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class GpAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new GpAlgorithm();

    private protected override bool Learns => true;

    [Fact]
    public void ABowlIsFollowedToItsBottom()
    {
        var space = new Space([new FloatParameter("x", -5, 5), new FloatParameter("y", 1e-4, 1) { Log = true }, new FloatParameter("z", 0, 1)]);
        var sweep = new Sweeper(space, Bowl);
        sweep.Run(Create(), 40);
        Assert.InRange(sweep.Observations.Min(o => o.Loss!.Value), 0, 1e-5);
    }

    [Fact]
    public void ParallelTrialsSpreadInsteadOfRepeatingOnePoint()
    {
        var sweep = new Sweeper(Spaces.Single, a => Math.Abs(a[0]!.Value.AsNumber() - 0.6));
        sweep.Run(Create(), 20);
        double[] batch = [.. Create().Suggest(sweep.Context, 6).Suggestions.Select(s => s.Assignment[0]!.Value.AsNumber()).Order()];
        Assert.Equal(6, batch.Distinct().Count());
    }

    [Fact]
    public void FailuresAreAvoided()
    {
        // The better half of the interval fails.
        var sweep = new Sweeper(Spaces.Single, a => -a[0]!.Value.AsNumber());
        ISearchAlgorithm algorithm = Create();
        List<Observation> observations = [];
        for (int t = 0; t < 40; t++)
        {
            Assignment a = algorithm.Suggest(sweep.Context with { FirstTrial = t, Observations = [.. observations] }, 1).Suggestions[0].Assignment;
            double x = a[0]!.Value.AsNumber();
            observations.Add(x > 0.5 ? new Observation(t, a, ObservationState.Failed, null) : new Observation(t, a, ObservationState.Completed, -x));
        }

        Assert.InRange(observations.Skip(20).Count(o => o.State == ObservationState.Failed), 0, 15);
        Assert.InRange(observations.Min(o => o.Loss ?? 0), -0.5, -0.45);
    }

    [Fact]
    public void TenThousandObservationsAreServedFromABoundedModel()
    {
        SearchContext context = Many(10_000);
        ISearchAlgorithm algorithm = Create();
        SuggestResult first = algorithm.Suggest(context, 2);
        Assert.Equal(Sweeper.Text(first), Sweeper.Text(algorithm.Suggest(context, 2)));
        Assert.All(first.Suggestions, s => Spaces.AssertInside(Spaces.Mixed, s.Assignment));
        Assert.All(first.Suggestions, s => Assert.Contains("300 trials", s.Reason));
        Assert.Equal(10_000, algorithm.Recommend(context).Ranking.Count);
    }

    [Fact]
    public void UnderNoiseTheRecommendedTrialIsBetterThanTheLuckiest()
    {
        var space = new Space([new FloatParameter("x", 0, 1), new FloatParameter("y", 0, 1)]);
        double lucky = 0, recommended = 0;
        for (ulong seed = 0; seed < 8; seed++)
        {
            var random = new RandomStream(seed, StreamPurpose.Run, 5);
            var sweep = new Sweeper(space, a => Bowl(a) + 0.3 * random.NextNormal()) { Seed = seed };
            sweep.Run(new RandomAlgorithm(), 60);
            Recommendation ranking = Create().Recommend(sweep.Context);
            Assert.StartsWith("by posterior mean of 60 trials", ranking.Reason);
            lucky += Bowl(sweep.Observations.MinBy(o => o.Loss)!.Assignment);
            recommended += Bowl(sweep.Observations.Single(o => o.Number == ranking.Ranking[0]).Assignment);
        }

        Assert.True(recommended < 0.8 * lucky, $"recommended {recommended:G3}, luckiest {lucky:G3}");
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(23, 23)]
    [InlineData(49, 48)]
    [InlineData(100, 96)]
    [InlineData(203, 192)]
    public void HyperparametersAreFittedAtMilestones(int trials, int milestone) => Assert.Equal(milestone, GpSurrogate.Milestone(trials));

    internal static SearchContext Many(int trials)
    {
        var random = new RandomStream(1, StreamPurpose.Run);
        List<Observation> observations = [];
        for (int t = 0; t < trials; t++)
        {
            Assignment a = RandomAlgorithm.Draw(Spaces.Mixed, random);
            observations.Add(new Observation(t, a, ObservationState.Completed, Bowl(a)));
        }

        return new Sweeper(Spaces.Mixed, Bowl).Context with { FirstTrial = trials, Observations = observations };
    }
}
