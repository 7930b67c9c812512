using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

public sealed class IntervalTests
{
    // SciPy 1.10.1, x being the first n of the twenty values, and t the factor from mpmath as in DistributionTests (SciPy's has ten digits only):
    //   mean: x.mean() -+ t(n - 1) * stats.sem(x)
    //   trimmed, tr = .25 or .2: r = stats.ttest_ind(x, np.zeros(n), equal_var=False, trim=tr) is Yuen's test, whose statistic against a
    //   constant is mean / error: m = stats.trim_mean(x, tr); h = n - 2 * int(tr * n); m -+ t(h - 1) * m / r.statistic
    [Theory]
    [InlineData("mean", 20, 0.95, 0.2820993099357996, 0.41490069006420033)]
    [InlineData("mean", 3, 0.9, 0.2651629621499295, 0.3681703711834038)]
    [InlineData("iqm", 20, 0.95, 0.29545707165878543, 0.34454292834121447)]
    [InlineData("trimmed", 20, 0.95, 0.2970792808876375, 0.3445873857790291)]
    [InlineData("iqm", 5, 0.95, 0.23973797514480427, 0.3802620248551957)]
    public void Golden(string statistic, int n, double level, double low, double high)
    {
        foreach (Goal goal in (Goal[])[Goal.Minimize, Goal.Maximize])
        {
            Interval interval = Intervals.Of(Sample.Statistic(statistic), goal, Sample.Twenty[..n], level);
            Approximately.Equal(low, interval.Low);
            Approximately.Equal(high, interval.High);
            Assert.True(interval.Exists);
            Assert.Equal(level, interval.Level);
            Assert.NotEqual("", interval.Method);
        }
    }

    // Ranks from SciPy 1.10.1, a = (1 - level) / 2, B = stats.binom(n, q):
    //   max(l for l in range(n + 1) if B.cdf(l - 1) <= a); min(u for u in range(1, n + 2) if B.sf(u - 1) <= a)
    // Those of the median also stand in the tables of textbooks (6: 1–6, 10: 2–9, 20: 6–15, 50: 18–33).
    [Theory]
    [InlineData("median", 6, 0.95, 1, 6)]
    [InlineData("median", 10, 0.95, 2, 9)]
    [InlineData("median", 20, 0.95, 6, 15)]
    [InlineData("median", 50, 0.95, 18, 33)]
    [InlineData("median", 20, 0.99, 4, 17)]
    [InlineData("median", 6, 0.96875, 1, 6)] // exactly 1 − 2/64
    [InlineData("quantile(0.9)", 60, 0.95, 49, 59)]
    [InlineData("quantile(0.25)", 60, 0.95, 9, 23)]
    [InlineData("quantile(0.9)", 100, 0.95, 84, 96)]
    [InlineData("quantile(0.05)", 100, 0.95, 1, 11)]
    [InlineData("quantile(0.95)", 100, 0.9, 91, 99)]
    public void Order_statistics(string statistic, int n, double level, int lower, int upper)
    {
        double[] ranks = [.. Enumerable.Range(1, n).Select(i => (double)i)];
        Interval minimize = Intervals.Of(Sample.Statistic(statistic), Goal.Minimize, ranks, level);
        Assert.Equal((lower, upper), ((int)minimize.Low!, (int)minimize.High!));
        Assert.Contains($"values {lower} and {upper} of {n}", minimize.Method, StringComparison.Ordinal);
        // Maximised, bad is below: the same ranks counted from the best, the largest.
        Interval maximize = Intervals.Of(Sample.Statistic(statistic), Goal.Maximize, ranks, level);
        Assert.Equal((n + 1 - upper, n + 1 - lower), ((int)maximize.Low!, (int)maximize.High!));
    }

    [Theory]
    [InlineData("mean", 0, "needs at least 3 runs, and there are 0")]
    [InlineData("mean", 1, "needs at least 3 runs, and there is 1")]
    [InlineData("mean", 2, "needs at least 3 runs, and there are 2")]
    [InlineData("iqm", 4, "needs at least 5 runs, and there are 4")]
    [InlineData("trimmed", 4, "needs at least 5 runs, and there are 4")]
    [InlineData("median", 5, "needs at least 6 runs, and there are 5")]
    [InlineData("quantile(0.9)", 49, "that is 50 runs, and there are 49")]
    [InlineData("quantile(0.05)", 99, "that is 100 runs, and there are 99")]
    [InlineData("cvar(0.2)", 20, "that is 25 runs, and there are 20")]
    [InlineData("cvar(0.2)", 100, "no interval of cvar(0.2) is known")]
    [InlineData("mean-std(1)", 100, "no interval of mean-std(1.0) is known")]
    [InlineData("worst", 100, "more runs can only make it worse")]
    public void Where_no_method_holds_there_is_none_and_why(string statistic, int n, string why)
    {
        double[] values = [.. Enumerable.Range(0, n).Select(i => (double)i)];
        Interval interval = Intervals.Of(Sample.Statistic(statistic), Goal.Minimize, values);
        Assert.False(interval.Exists);
        Assert.Null(interval.Low);
        Assert.Null(interval.High);
        Assert.Contains(why, interval.WhyNone, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mean", 3)]
    [InlineData("iqm", 5)]
    [InlineData("trimmed", 5)]
    [InlineData("median", 6)]
    [InlineData("quantile(0.9)", 50)]
    public void From_its_fewest_runs_on_there_is_one(string statistic, int n) =>
        Assert.True(Intervals.Of(Sample.Statistic(statistic), Goal.Minimize, [.. Enumerable.Range(0, n).Select(i => (double)(i * i))]).Exists);

    [Fact]
    public void A_level_that_so_few_runs_cannot_reach_gives_none()
    {
        Interval interval = Intervals.Of(Sample.Statistic("median"), Goal.Minimize, [1, 2, 3, 4, 5, 6], 0.99);
        Assert.Equal("even from the best to the worst of 6 runs covers less than 99 %; more runs are needed", interval.WhyNone);
    }

    [Fact]
    public void A_collapsed_run_is_warned_of_on_the_bad_side_only()
    {
        Interval mean = Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, Sample.Twenty);
        Assert.StartsWith("1 of 20 runs lies far on the bad side", mean.Warning, StringComparison.Ordinal);
        Assert.Contains("does not show them", Intervals.Of(Sample.Statistic("iqm"), Goal.Minimize, Sample.Twenty).Warning, StringComparison.Ordinal);
        // Maximised, 0.92 is the best run: skew is all there is to say.
        Interval best = Intervals.Of(Sample.Statistic("mean"), Goal.Maximize, Sample.Twenty);
        Assert.StartsWith("the values are skewed (skewness 3.5", best.Warning, StringComparison.Ordinal);
        Assert.Null(Intervals.Of(Sample.Statistic("iqm"), Goal.Maximize, Sample.Twenty).Warning);
    }

    [Fact]
    public void Runs_of_one_shape_are_not_warned_of()
    {
        double[] good = [.. Sample.Twenty.Where(v => v < 0.9)];
        Assert.Null(Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, good).Warning);
        Assert.Null(Intervals.Of(Sample.Statistic("mean"), Goal.Maximize, good).Warning);
        Assert.Null(Intervals.Of(Sample.Statistic("iqm"), Goal.Minimize, good).Warning);
    }

    [Fact]
    public void A_collapse_among_equal_values_is_seen_too()
    {
        double[] values = [1, 1, 1, 1, 1, 1, 1, 1, 1, 9];
        Interval mean = Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, values);
        Assert.StartsWith("1 of 10 runs lies far on the bad side", mean.Warning, StringComparison.Ordinal);
        Interval iqm = Intervals.Of(Sample.Statistic("iqm"), Goal.Minimize, values);
        Assert.Equal((1, 1), (iqm.Low, iqm.High));
        Assert.StartsWith("the middle 6 of 10 values are equal", iqm.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_values_give_an_interval_without_width_and_a_warning()
    {
        Interval interval = Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, [0.1, 0.1, 0.1]);
        Assert.Equal((0.1, 0.1), (interval.Low, interval.High));
        Assert.StartsWith("all 3 values are equal", interval.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_beyond_double_precision_give_none() =>
        Assert.Contains("too large", Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, [-1.7e308, 0, 1.7e308]).WhyNone, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(95)]
    [InlineData(double.NaN)]
    public void Levels_out_of_range_are_refused(double level)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Intervals.Of(Sample.Statistic("mean"), Goal.Minimize, Sample.Twenty, level));
        Assert.Throws<ArgumentOutOfRangeException>(() => SuccessShare.Of(1, 2, level));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairedGain.Of(Sample.Statistic("mean"), Goal.Minimize, [], level));
    }

    [Theory] // scipy.stats.binomtest(successes, runs).proportion_ci(.95, 'exact'), SciPy 1.10.1; the ends at 0 and all are closed forms
    [InlineData(0, 10, 0, 0.30849710781876294)]
    [InlineData(3, 10, 0.06673951117773447, 0.652452850060008)]
    [InlineData(10, 10, 0.6915028921812371, 1)]
    [InlineData(19, 20, 0.7512672372279723, 0.998734910502044)]
    [InlineData(1, 3, 0.008403758659612647, 0.9057006759492866)]
    public void Success_shares(int successes, int runs, double low, double high)
    {
        SuccessShare share = SuccessShare.Of(successes, runs);
        Assert.Equal((double)successes / runs, share.Share);
        Approximately.Equal(low, share.Interval.Low);
        Approximately.Equal(high, share.Interval.High);
    }

    [Fact]
    public void Without_runs_there_is_no_share()
    {
        SuccessShare share = SuccessShare.Of(0, 0);
        Assert.Null(share.Share);
        Assert.Equal("there was no run", share.Interval.WhyNone);
        Assert.Throws<ArgumentOutOfRangeException>(() => SuccessShare.Of(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => SuccessShare.Of(-1, 2));
    }
}
