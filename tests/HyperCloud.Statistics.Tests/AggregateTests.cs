using CsCheck;
using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

public sealed class AggregateTests
{
    private static readonly string[] s_all = ["mean", "median", "iqm", "trimmed", "quantile(0.9)", "cvar(0.2)", "worst", "mean-std(1.5)"];

    // NumPy 1.24.2 and SciPy 1.10.1, x being the twenty values:
    //   x.mean(); np.median(x); stats.trim_mean(x, .25); stats.trim_mean(x, .2); np.quantile(x, .9); np.quantile(x, .25)
    //   x.mean() + 1.5 * x.std(ddof=1); np.sort(x)[-4:].mean(); (np.sort(x)[-6:].sum() + .6 * np.sort(x)[-7]) / 6.6
    // and for the other direction the same of -x, negated.
    [Theory]
    [InlineData("mean", Goal.Minimize, 0.3485)]
    [InlineData("mean", Goal.Maximize, 0.3485)]
    [InlineData("median", Goal.Minimize, 0.3175)]
    [InlineData("median", Goal.Maximize, 0.3175)]
    [InlineData("iqm", Goal.Minimize, 0.31999999999999995)]
    [InlineData("iqm", Goal.Maximize, 0.31999999999999995)]
    [InlineData("trimmed", Goal.Minimize, 0.3208333333333333)]
    [InlineData("quantile(0.9)", Goal.Minimize, 0.392)]
    [InlineData("quantile(0.9)", Goal.Maximize, 0.269)]
    [InlineData("quantile(0.25)", Goal.Minimize, 0.29374999999999996)]
    [InlineData("mean-std(1.5)", Goal.Minimize, 0.5613161734554273)]
    [InlineData("mean-std(1.5)", Goal.Maximize, 0.13568382654457262)]
    [InlineData("mean-std(0)", Goal.Minimize, 0.3485)]
    [InlineData("cvar(0.2)", Goal.Minimize, 0.5225)]
    [InlineData("cvar(0.2)", Goal.Maximize, 0.2575)]
    [InlineData("cvar(0.33)", Goal.Minimize, 0.4551515151515152)]
    [InlineData("cvar(1)", Goal.Minimize, 0.3485)]
    [InlineData("worst", Goal.Minimize, 0.92)]
    [InlineData("worst", Goal.Maximize, 0.22)]
    public void Golden(string statistic, Goal goal, double expected) =>
        Approximately.Equal(expected, Aggregate.Of(Sample.Statistic(statistic), goal, Sample.Twenty), 1e-14);

    [Theory]
    [InlineData("mean", 1)]
    [InlineData("median", 1)]
    [InlineData("quantile(0.9)", 1)]
    [InlineData("worst", 1)]
    [InlineData("mean-std(2)", 3)]
    [InlineData("iqm", 4)]
    [InlineData("trimmed", 5)]
    [InlineData("cvar(0.2)", 5)]
    [InlineData("cvar(0.1)", 10)]
    [InlineData("cvar(0.3)", 4)]
    [InlineData("cvar(1)", 1)]
    public void Below_its_minimum_the_mean_stands_in_and_says_so(string text, int minimum)
    {
        StatisticSpec statistic = Sample.Statistic(text);
        Assert.Equal(minimum, Aggregate.MinimumRuns(statistic));
        double[] enough = Sample.Twenty[..minimum];
        Assert.Equal(new AggregateResult(Aggregate.Of(statistic, Goal.Minimize, enough), statistic, null), Aggregate.OrMean(statistic, Goal.Minimize, enough));
        double[] few = enough[1..];
        Assert.Throws<ArgumentException>(() => Aggregate.Of(statistic, Goal.Minimize, few));
        if (few.Length == 0)
        {
            Assert.Throws<ArgumentException>(() => Aggregate.OrMean(statistic, Goal.Minimize, few));
            return;
        }

        AggregateResult mean = Aggregate.OrMean(statistic, Goal.Minimize, few);
        Assert.Equal(StatisticKind.Mean, mean.Used.Kind);
        Approximately.Equal(few.Average(), mean.Value, 1e-14);
        Assert.Equal($"the mean, because {statistic} needs at least {minimum} runs and there {(few.Length == 1 ? "is" : "are")} {few.Length}", mean.Reason);
    }

    [Fact]
    public void The_order_of_runs_changes_no_bit() => Gen.Select(Gen.Double[-1e3, 1e3].Array[10, 40], Gen.ULong).Sample((values, seed) =>
    {
        double[] shuffled = [.. values];
        new RandomStream(seed, StreamPurpose.Run).Shuffle(shuffled.AsSpan());
        foreach (StatisticSpec statistic in s_all.Select(Sample.Statistic))
        {
            foreach (Goal goal in (Goal[])[Goal.Minimize, Goal.Maximize])
            {
                Assert.Equal(
                    BitConverter.DoubleToInt64Bits(Aggregate.Of(statistic, goal, values)),
                    BitConverter.DoubleToInt64Bits(Aggregate.Of(statistic, goal, shuffled)));
                Assert.Equal(Intervals.Of(statistic, goal, values), Intervals.Of(statistic, goal, shuffled));
            }
        }
    }, iter: 50);

    [Fact]
    public void Every_statistic_lies_between_best_and_worst_and_tails_are_no_better_than_the_mean() =>
        Gen.Double[-1e3, 1e3].Array[10, 40].Sample(values =>
        {
            foreach (Goal goal in (Goal[])[Goal.Minimize, Goal.Maximize])
            {
                double sign = goal == Goal.Minimize ? 1 : -1;
                double[] losses = [.. values.Select(v => sign * v)];
                double Loss(string statistic) => sign * Aggregate.Of(Sample.Statistic(statistic), goal, values);
                foreach (string statistic in s_all.SkipLast(1)) Assert.InRange(Loss(statistic), losses.Min() - 1e-9, losses.Max() + 1e-9);
                Assert.True(Loss("cvar(0.2)") >= Loss("mean") - 1e-9);
                Assert.True(Loss("mean-std(1.5)") >= Loss("mean") - 1e-9);
                Assert.True(Loss("worst") >= Loss("cvar(0.2)") - 1e-9);
                Assert.True(Loss("cvar(0.2)") >= Loss("quantile(0.8)") - 1e-9 || values.Length < 20);
            }
        }, iter: 100);

    [Fact]
    public void Both_goals_mirror_each_other() => Gen.Double[-1e3, 1e3].Array[10, 30].Sample(values =>
    {
        double[] mirrored = [.. values.Select(v => -v)];
        foreach (StatisticSpec statistic in s_all.Select(Sample.Statistic))
            Assert.Equal(Aggregate.Of(statistic, Goal.Minimize, values), -Aggregate.Of(statistic, Goal.Maximize, mirrored));
    }, iter: 50);

    [Fact]
    public void Sums_keep_what_plain_addition_loses()
    {
        // Neumaier's example, of which plain and Kahan's summation make 0.
        Assert.Equal(2, Summation.Sum([1, 1e100, 1, -1e100]));
        Assert.Equal(0.5, Aggregate.Of(Sample.Statistic("mean"), Goal.Minimize, [1, 1e100, 1, -1e100]));
    }

    [Fact]
    public void Values_near_the_ends_of_the_range_neither_overflow_nor_vanish()
    {
        Assert.Equal(1.5e308, Aggregate.Of(Sample.Statistic("mean"), Goal.Minimize, [1.5e308, 1.5e308, 1.5e308]), 1e294);
        Approximately.Equal(1e300, Summation.StandardDeviation([1e300, 2e300, 3e300]));
        Approximately.Equal(1e-300, Summation.StandardDeviation([1e-300, 2e-300, 3e-300]));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Values_that_are_not_finite_are_refused_with_their_place(double value) =>
        Assert.Contains("index 2", Assert.Throws<ArgumentException>(() => Aggregate.Of(Sample.Statistic("mean"), Goal.Minimize, [1, 2, value])).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(StatisticKind.Quantile, null)]
    [InlineData(StatisticKind.Quantile, 0.0)]
    [InlineData(StatisticKind.Quantile, 1.0)]
    [InlineData(StatisticKind.Quantile, double.NaN)]
    [InlineData(StatisticKind.Cvar, 0.0)]
    [InlineData(StatisticKind.Cvar, 1.1)]
    [InlineData(StatisticKind.MeanStd, -1.0)]
    [InlineData(StatisticKind.MeanStd, double.PositiveInfinity)]
    [InlineData(StatisticKind.MeanStd, null)]
    [InlineData(StatisticKind.Mean, 0.5)]
    public void Arguments_out_of_range_are_refused(StatisticKind kind, double? argument)
    {
        var statistic = new StatisticSpec(kind, argument);
        Assert.Throws<ArgumentException>(() => Aggregate.Of(statistic, Goal.Minimize, Sample.Twenty));
        Assert.Throws<ArgumentException>(() => Intervals.Of(statistic, Goal.Minimize, Sample.Twenty));
    }
}
