using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

public sealed class PairedGainTests
{
    private static readonly double[] s_baseline = [0.40, 0.38, 0.45, 0.41, 0.37, 0.44, 0.39, 0.42];
    private static readonly double[] s_better = [0.35, 0.36, 0.39, 0.37, 0.35, 0.38, 0.36, 0.36];

    // d = baseline - better; the intervals as in IntervalTests, of d.
    [Theory]
    [InlineData("mean", 0.0425, 0.02784832232904188, 0.05715167767095814)]
    [InlineData("cvar(0.2)", 0.0425, 0.02784832232904188, 0.05715167767095814)]
    [InlineData("iqm", 0.045, 0.010625651181416944, 0.07937434881858307)]
    public void Golden(string statistic, double value, double low, double high)
    {
        PairedGain gain = Compare(statistic, Goal.Minimize, s_better, s_baseline);
        Approximately.Equal(value, gain.Value);
        Approximately.Equal(low, gain.Interval.Low);
        Approximately.Equal(high, gain.Interval.High);
        Assert.Equal(PairedVerdict.ImprovementShown, gain.Verdict);
        Assert.Equal((8, 8, 0), (gain.Pairs, gain.Better, gain.Worse));
        Assert.StartsWith("improvement shown: the ", gain.Reason, StringComparison.Ordinal);
        Assert.Contains("over 8 common seeds", gain.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_worse_shows_no_improvement_and_says_so()
    {
        PairedGain gain = Compare("mean", Goal.Minimize, s_baseline, s_better);
        Approximately.Equal(-0.0425, gain.Value);
        Assert.Equal(PairedVerdict.NoImprovementShown, gain.Verdict);
        Assert.Equal((8, 0, 8), (gain.Pairs, gain.Better, gain.Worse));
        Assert.EndsWith("lies below 0, so it is worse", gain.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void For_a_maximised_metric_more_is_better()
    {
        Assert.Equal(PairedVerdict.ImprovementShown, Compare("mean", Goal.Maximize, s_baseline, s_better).Verdict);
        Assert.Equal(PairedVerdict.NoImprovementShown, Compare("mean", Goal.Maximize, s_better, s_baseline).Verdict);
    }

    [Fact]
    public void An_interval_that_holds_or_touches_zero_shows_nothing()
    {
        Assert.EndsWith("holds 0", Compare("mean", Goal.Minimize, [1, 2, 3, 4.5], [2, 1, 4, 4]).Reason, StringComparison.Ordinal);
        // The median's interval is from the least to the largest of six gains, the least being exactly 0.
        PairedGain touching = Compare("median", Goal.Minimize, [1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6]);
        Assert.Equal(0, touching.Interval.Low);
        Assert.Equal(PairedVerdict.NoImprovementShown, touching.Verdict);
    }

    [Fact]
    public void The_default_against_itself_shows_nothing() =>
        Assert.Equal(PairedVerdict.NoImprovementShown, Compare("mean", Goal.Minimize, s_better, s_better).Verdict);

    [Fact]
    public void Pairing_shows_what_the_two_intervals_alone_would_not()
    {
        double[] seeds = [1, 5, 2, 9, 4, 7, 3, 8], better = [.. seeds.Select((v, i) => v - 0.2 - 0.01 * i)];
        Interval a = Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, seeds), b = Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, better);
        Assert.True(a.Low < b.High);
        Assert.Equal(PairedVerdict.ImprovementShown, Compare("mean", Goal.Minimize, better, seeds).Verdict);
    }

    [Theory]
    [InlineData(0, "no improvement shown: there is no seed on which both have a value")]
    [InlineData(2, "without an interval (an interval of a mean needs at least 3 runs, and there are 2)")]
    public void Too_few_pairs_show_nothing(int pairs, string reason)
    {
        PairedGain gain = Compare("mean", Goal.Minimize, s_better[..pairs], s_baseline[..pairs]);
        Assert.Equal(PairedVerdict.NoImprovementShown, gain.Verdict);
        Assert.Equal(pairs > 0, gain.Value.HasValue);
        Assert.Contains(reason, gain.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Extreme_values_give_no_interval_and_non_finite_ones_are_refused()
    {
        Assert.False(Compare("mean", Goal.Minimize, [-1.7e308, 1.7e308, 0], [1.7e308, -1.7e308, 0]).Interval.Exists);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Compare("mean", Goal.Minimize, [1, double.NaN], [1, 1]));
        Assert.Contains("pair 1", refused.Message, StringComparison.Ordinal);
    }

    private static PairedGain Compare(string statistic, Goal goal, double[] candidate, double[] baseline) =>
        PairedGain.Of(Sample.Statistic(statistic), goal, [.. candidate.Zip(baseline)]);
}
