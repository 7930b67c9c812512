using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class NoiseAwareRankingTests
{
    private static readonly Space Plane = new([new FloatParameter("a", 0, 1), new FloatParameter("b", 0, 1)]);

    private static SearchContext Context(ulong seed, int n, Func<double[], double> truth, double noise)
    {
        var random = new RandomStream(seed, StreamPurpose.Run);
        var observations = new List<Observation>();
        for (int i = 0; i < n; i++)
        {
            Assignment a = RandomAlgorithm.Draw(Plane, random);
            observations.Add(new Observation(i, a, ObservationState.Completed, truth(a.ToUnit()) + noise * random.NextNormal()));
        }

        return new SearchContext { Space = Plane, Seed = seed, FirstTrial = n, Observations = observations, Pending = [] };
    }

    private static double Bowl(double[] u) => 10 * ((u[0] - 0.3) * (u[0] - 0.3) + (u[1] - 0.7) * (u[1] - 0.7));

    [Fact]
    public void UnderNoiseTheRecommendedTrialIsTrulyBetterThanTheLuckiestDraw()
    {
        double lucky = 0, recommended = 0;
        const int Sweeps = 30;
        for (ulong seed = 0; seed < Sweeps; seed++)
        {
            SearchContext context = Context(seed, 60, Bowl, noise: 1);
            lucky += Bowl(NoiseAwareRanking.ByLoss(context.Observations)[0].Assignment.ToUnit()) / Sweeps;
            int best = NoiseAwareRanking.Rank(context).Ranking[0];
            recommended += Bowl(context.Observations[best].Assignment.ToUnit()) / Sweeps;
        }

        Assert.True(recommended < 0.75 * lucky, $"recommended {recommended:G3}, luckiest {lucky:G3}");
    }

    [Fact]
    public void WithoutNoiseTheSmoothedRankingIsThePlainOne()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            SearchContext context = Context(seed, 60, Bowl, noise: 0);
            Assert.Equal(NoiseAwareRanking.ByLoss(context.Observations).Select(o => o.Number), NoiseAwareRanking.Rank(context).Ranking);
        }
    }

    [Fact]
    public void TheNoiseShareIsSeen()
    {
        var encoding = new SpaceEncoding(Plane);
        double Share(double noise) => LossSmoother.TrySmooth(encoding, NoiseAwareRanking.ByLoss(Context(3, 120, Bowl, noise).Observations))!.NoiseShare;
        Assert.Equal(1e-6, Share(0));
        Assert.InRange(Share(1), 0.03, 0.9);
        Assert.InRange(Share(20), 0.5, 0.9);
    }

    [Fact]
    public void ManyRunsOfATrialWeighMoreThanOne()
    {
        SearchContext context = Context(5, 40, Bowl, noise: 2);
        // Two trials at the same place, one measured once and lucky, one measured fifty times and honest.
        Assignment far = Plane.FromUnit([0.95, 0.05]);
        IReadOnlyList<Observation> With(int runs) =>
        [
            .. context.Observations, new Observation(40, far, ObservationState.Completed, -4, runs),
        ];
        int PlaceOf(int runs) => NoiseAwareRanking.Rank(context with { Observations = With(runs) }).Ranking.ToList().IndexOf(40);
        Assert.True(PlaceOf(1) > PlaceOf(500));
        Assert.Equal(0, PlaceOf(500));
    }

    [Fact]
    public void DeclaredNoiseFreeTooFewOrTiedLossesAreRankedByLoss()
    {
        SearchContext context = Context(1, 40, Bowl, noise: 5);
        Assert.Equal(NoiseAwareRanking.ByLoss(context.Observations).Select(o => o.Number), NoiseAwareRanking.Rank(context with { Deterministic = true }).Ranking);
        SearchContext few = context with { Observations = [.. context.Observations.Take(5)] };
        Assert.Equal(NoiseAwareRanking.ByLoss(few.Observations).Select(o => o.Number), NoiseAwareRanking.Rank(few).Ranking);
        SearchContext tied = context with { Observations = [.. context.Observations.Select(o => o with { Loss = 3 })] };
        Assert.Equal(Enumerable.Range(0, 40), NoiseAwareRanking.Rank(tied).Ranking);
    }
}
