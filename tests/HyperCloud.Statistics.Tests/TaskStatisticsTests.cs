using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>Statistics over tasks × runs. Golden numbers: NumPy 1.24.2 and SciPy 1.10.1 (<c>trim_mean</c>, <c>betaincinv</c>, <c>stats.beta</c>) by the formulas of the XML docs.</summary>
public sealed class TaskStatisticsTests
{
    private static readonly double[][] s_tasks =
    [
        [0.31, 0.29, 0.35, 0.27, 0.33, 0.30], [0.92, 0.88, 0.97, 0.83, 0.90, 0.95], [0.40, 0.52, 0.31, 0.47, 0.44, 0.29],
    ];

    [Theory]
    [InlineData("iqm", 0.484, 0.42654633453669366, 0.5414536654633063)]
    [InlineData("mean", 0.5405555555555556, 0.5074709206314529, 0.5736401904796582)]
    [InlineData("trimmed", 0.5033333333333333, 0.4542935530569083, 0.5523731136097583)]
    public void Golden(string statistic, double value, double low, double high)
    {
        Approximately.Equal(value, Aggregate.Of(Sample.Statistic(statistic), Goal.Minimize, [.. s_tasks.SelectMany(t => t)]));
        Interval interval = Intervals.OfTasks(Sample.Statistic(statistic), Goal.Minimize, s_tasks);
        Approximately.Equal(low, interval.Low, 1e-11);
        Approximately.Equal(high, interval.High, 1e-11);
        Interval mirrored = Intervals.OfTasks(Sample.Statistic(statistic), Goal.Maximize, [.. s_tasks.Select(t => t.Select(v => -v).ToArray())]);
        Approximately.Equal(-high, mirrored.Low, 1e-11);
    }

    [Fact]
    public void One_task_is_no_task()
    {
        foreach (string statistic in new[] { "mean", "iqm", "trimmed", "median" })
            Assert.Equal(Intervals.Of(Sample.Statistic(statistic), Goal.Minimize, Sample.Twenty), Intervals.OfTasks(Sample.Statistic(statistic), Goal.Minimize, [Sample.Twenty]));
    }

    [Fact]
    public void How_tasks_differ_is_not_noise()
    {
        double[][] apart = [.. s_tasks.Select((t, i) => t.Select(v => v + (100 * i)).ToArray())];
        Interval interval = Intervals.OfTasks(Sample.Statistic("mean"), Goal.Minimize, apart), near = Intervals.OfTasks(Sample.Statistic("mean"), Goal.Minimize, s_tasks);
        Assert.True(Math.Abs(interval.High!.Value - interval.Low!.Value - (near.High!.Value - near.Low!.Value)) < 1e-9);
    }

    [Fact]
    public void Order_statistics_hold_over_tasks_with_as_many_runs_of_each()
    {
        Assert.Equal(Intervals.Of(Sample.Statistic("median"), Goal.Minimize, [.. s_tasks.SelectMany(t => t)]), Intervals.OfTasks(Sample.Statistic("median"), Goal.Minimize, s_tasks));
        Assert.Equal("an interval of a quantile over tasks needs as many runs of each task, and some have fewer",
            Intervals.OfTasks(Sample.Statistic("median"), Goal.Minimize, [s_tasks[0], s_tasks[1][..5]]).WhyNone);
    }

    [Fact]
    public void Too_few_runs_of_a_task_and_runs_without_noise_are_said()
    {
        Assert.Equal("an interval over tasks needs at least 3 runs of each, and of one there are 2", Intervals.OfTasks(Sample.Statistic("mean"), Goal.Minimize, [s_tasks[0], s_tasks[1][..2]]).WhyNone);
        Interval constant = Intervals.OfTasks(Sample.Statistic("mean"), Goal.Minimize, [[1, 1, 1], [2, 2, 2]]);
        Assert.Equal((1.5, 1.5), (constant.Low, constant.High));
        Assert.Contains("no width", constant.Warning, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Intervals.OfTasks(Sample.Statistic("mean"), Goal.Minimize, [[1, double.NaN, 1], [2, 2, 2]]));
    }

    [Fact]
    public void Gains_over_tasks_are_stratified_too()
    {
        (double, double)[][] pairs = [.. s_tasks.Select((t, i) => t.Select((v, j) => (v - (i * 10) - (0.01 * j), v)).ToArray())];
        PairedGain gain = PairedGain.OfTasks(Sample.Statistic("mean"), Goal.Minimize, pairs), pooled = PairedGain.Of(Sample.Statistic("mean"), Goal.Minimize, [.. pairs.SelectMany(p => p)]);
        Assert.Equal(pooled.Value, gain.Value);
        Assert.Equal(PairedVerdict.ImprovementShown, gain.Verdict);
        Assert.True(gain.Interval.Low > pooled.Interval.Low, "the tasks' gains differ by 10, which is no noise");
        Assert.Contains("18 common runs", gain.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_falls_from_the_easiest_threshold_to_the_hardest()
    {
        double?[][] runs = [[1, 2, 3, 4, 5, null], [2, 2, 3, 3, 9, 9], [3, 4, 5, 6, 7, 8]];
        IReadOnlyList<double> thresholds = PerformanceProfile.Thresholds(runs.SelectMany(t => t).OfType<double>(), 25, Goal.Maximize);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], thresholds);
        IReadOnlyList<ProfilePoint> profile = PerformanceProfile.Of(Goal.Maximize, runs, thresholds);
        Assert.Equal([17, 16, 13, 9, 7, 5, 4, 3, 2], profile.Select(p => (int)Math.Round(p.Share * 18)));
        Assert.All(profile, p => Assert.InRange(p.Share, p.Low, p.High));

        IReadOnlyList<ProfilePoint> losses = PerformanceProfile.Of(Goal.Minimize, runs, [4]);
        Assert.Equal(10, (int)Math.Round(losses[0].Share * 18));
        Approximately.Equal(0.30757165899875616, losses[0].Low, 1e-11); // stats.beta.ppf(0.025, 10, 9), of 10 of 18
        Approximately.Equal(0.7846984926127001, losses[0].High, 1e-11);
    }

    [Fact]
    public void Many_values_give_evenly_spaced_thresholds_of_them()
    {
        IReadOnlyList<double> thresholds = PerformanceProfile.Thresholds(Enumerable.Range(0, 1000).Select(i => (double)i), 4, Goal.Minimize);
        Assert.Equal([999, 666, 333, 0], thresholds);
    }
}
