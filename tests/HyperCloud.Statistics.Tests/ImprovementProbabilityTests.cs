using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>Golden numbers: SciPy 1.10.1, <c>mannwhitneyu</c> without the pairs on one seed, <c>stats.t</c>; the formulas are those of the XML docs.</summary>
public sealed class ImprovementProbabilityTests
{
    private static readonly double[] s_candidate = [3.1, 2.7, 4.0, 3.3, 2.9, 3.8, 3.6, 2.2, 3.0, 4.4];
    private static readonly double[] s_baseline = [3.5, 3.9, 3.7, 4.6, 2.8, 4.1, 4.9, 3.2, 3.3, 4.4];
    private static readonly double[] s_better = [0.35, 0.36, 0.39, 0.37, 0.35, 0.38, 0.36, 0.36];
    private static readonly double[] s_worse = [0.40, 0.38, 0.45, 0.41, 0.37, 0.44, 0.39, 0.42];

    [Fact]
    public void Golden_of_one_task()
    {
        ImprovementProbability p = Of(Goal.Minimize, Pairs(s_candidate, s_baseline));
        Approximately.Equal(0.7166666666666667, p.Value);
        Approximately.Equal(0.5549029425700649, p.Interval.Low, 1e-11);
        Approximately.Equal(0.8369179635696068, p.Interval.High, 1e-11);
        Assert.Equal((10, 7, 1), (p.Pairs, p.Wins, p.Ties));
        Assert.Equal(0.7, p.PairedShare.Share);
    }

    [Fact]
    public void Golden_of_two_tasks_with_seeds_of_their_own()
    {
        ImprovementProbability p = Of(Goal.Minimize, Pairs(s_candidate, s_baseline), Pairs(s_better, s_worse));
        Approximately.Equal(0.8181547619047619, p.Value);
        Approximately.Equal(0.7149542099283492, p.Interval.Low, 1e-11);
        Approximately.Equal(0.889753176629101, p.Interval.High, 1e-11);
        Assert.Equal(18, p.Pairs);
    }

    [Fact]
    public void It_turns_round_with_the_goal_and_with_the_sides()
    {
        double value = Of(Goal.Minimize, Pairs(s_candidate, s_baseline)).Value!.Value;
        Approximately.Equal(1 - value, Of(Goal.Maximize, Pairs(s_candidate, s_baseline)).Value);
        Approximately.Equal(1 - value, Of(Goal.Minimize, Pairs(s_baseline, s_candidate)).Value);
    }

    [Fact]
    public void Always_better_has_the_bound_of_a_share()
    {
        ImprovementProbability p = Of(Goal.Minimize, Pairs([1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]));
        Assert.Equal(1, p.Value);
        Approximately.Equal(0.5407418735600995, p.Interval.Low, 1e-11); // 0.025^(1/6)
        Assert.Equal(1, p.Interval.High);
        Assert.Equal(0, Of(Goal.Maximize, Pairs([1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16])).Interval.Low);
    }

    [Fact]
    public void A_failed_run_is_worse_than_any_value_and_two_are_equal()
    {
        ImprovementProbability p = ImprovementProbability.Of(Goal.Maximize, [[(1, null), (null, null), (null, -1e300), (2, 1), (3, 1)]]);
        Assert.Equal((5, 3, 1), (p.Pairs, p.Wins, p.Ties));
        Assert.True(p.Value > 0.5);
    }

    [Fact]
    public void Too_few_seeds_constant_runs_and_infinities_each_get_a_sentence()
    {
        Assert.Equal("an interval of the probability of improvement needs at least 5 common seeds, and there are 4", Of(Goal.Minimize, Pairs([1, 2, 3, 4], [2, 1, 4, 3])).Interval.WhyNone);
        Assert.Equal("an interval of the probability of improvement needs at least 5 common seeds on each task, and there is 1 on one",
            Of(Goal.Minimize, Pairs([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]), Pairs([1], [2])).Interval.WhyNone);
        Assert.Null(Of(Goal.Minimize, Pairs([1], [2])).Value);
        ImprovementProbability equal = Of(Goal.Minimize, Pairs([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]));
        Assert.Equal(0.5, equal.Value);
        Assert.StartsWith("the runs are equal", equal.Interval.WhyNone, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Of(Goal.Minimize, Pairs([1, double.PositiveInfinity], [1, 2])));
        Assert.Throws<ArgumentException>(() => ImprovementProbability.Of(Goal.Minimize, []));
    }

    // Short form of `bench/HyperCloud.Bench.Honesty -- tasks`.
    [Theory]
    [InlineData(5, 0.0, 0.5)]
    [InlineData(10, 0.8, 0.7)]
    [InlineData(20, 0.8, 0.95)]
    public void The_interval_covers_the_truth(int seeds, double together, double truth)
    {
        var random = new RandomStream((ulong)seeds, StreamPurpose.Run, 7);
        double apart = NormalDistribution.Quantile(truth) * Math.Sqrt(2);
        int covered = 0;
        const int samples = 800;
        for (int s = 0; s < samples; s++)
        {
            (double?, double?)[] pairs = [.. Enumerable.Range(0, seeds).Select(_ =>
            {
                double common = Math.Sqrt(together) * random.NextNormal(), own = Math.Sqrt(1 - together);
                return ((double?)(common + (own * random.NextNormal())), (double?)(apart + common + (own * random.NextNormal())));
            })];
            Interval interval = ImprovementProbability.Of(Goal.Minimize, [pairs]).Interval;
            if (interval.Exists && interval.Low <= truth && truth <= interval.High) covered++;
        }

        Assert.InRange((double)covered / samples, 0.92, 1);
    }

    private static ImprovementProbability Of(Goal goal, params IReadOnlyList<(double?, double?)>[] tasks) => ImprovementProbability.Of(goal, tasks);

    private static (double?, double?)[] Pairs(double[] candidate, double[] baseline) => [.. candidate.Zip(baseline, (a, b) => ((double?)a, (double?)b))];
}
