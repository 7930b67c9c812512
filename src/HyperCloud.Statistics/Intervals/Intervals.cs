using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Confidence intervals of the statistics over a configuration's runs (SEMANTICS §5): only where a method is known to keep its level at that
/// number of runs, otherwise none, and why. They are about other seeds, not about other data.
/// </summary>
public static class Intervals
{
    /// <summary>Fewest runs for the interval of a mean.</summary>
    public const int FewestForMean = 3;

    /// <summary>Fewest runs for the interval of an interquartile or trimmed mean.</summary>
    public const int FewestForTrimmed = 5;

    /// <summary>Fewest runs for the interval of a median at 95 %; higher levels need more.</summary>
    public const int FewestForMedian = 6;

    /// <summary>Runs that must be expected in the smaller tail for the interval of a quantile.</summary>
    public const int FewestInTail = 5;

    /// <summary>The interval of a statistic.</summary>
    /// <param name="statistic">Which; the interval is about the same number as <see cref="Aggregate.Of"/> shows.</param>
    /// <param name="goal">Which side is bad.</param>
    /// <param name="values">One finite value per run, independent of each other, in any order; any number of them.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    /// <exception cref="ArgumentException">A value that is not finite, or an argument out of range.</exception>
    public static Interval Of(StatisticSpec statistic, Goal goal, IReadOnlyList<double> values, double level = 0.95)
    {
        Aggregate.Check(statistic);
        Interval.CheckLevel(level);
        bool negate = goal == Goal.Maximize;
        double[] losses = Summation.Sorted(values, negate);
        int n = losses.Length;
        return statistic.Kind switch
        {
            StatisticKind.Mean => OfMean(losses, negate, level),
            StatisticKind.Iqm or StatisticKind.Trimmed => OfTrimmed(statistic.Kind, losses, negate, level),
            StatisticKind.Median => n >= FewestForMedian
                ? OfQuantile(losses, 0.5, negate, level)
                : Interval.None(level, OrderStatistics, TooFew("a median", FewestForMedian, n)),
            StatisticKind.Quantile => InTail(Math.Min(statistic.Argument!.Value, 1 - statistic.Argument.Value)) is { } few
                ? Interval.None(level, OrderStatistics, few)
                : OfQuantile(losses, statistic.Argument.Value, negate, level),
            StatisticKind.Cvar => Interval.None(level, "", InTail(statistic.Argument!.Value) is { } few ? few :
                $"no interval of {statistic} is known that keeps its level over so few runs of unknown distribution; the quantile has one"),
            StatisticKind.Worst => Interval.None(level, "",
                "the worst is the observed worst: more runs can only make it worse, by an amount that the runs do not tell"),
            StatisticKind.MeanStd => Interval.None(level, "",
                $"no interval of {statistic} is known that keeps its level for runs that are not normally distributed; the mean has one"),
            _ => throw new ArgumentOutOfRangeException(nameof(statistic), statistic.Kind, "unknown statistic"),
        };

        string? InTail(double share) => n * share >= FewestInTail - 1e-9 ? null : string.Create(CultureInfo.InvariantCulture,
            $"an interval of {statistic} needs {FewestInTail} runs in its tail, that is {Math.Ceiling(FewestInTail / share - 1e-9)} runs, and there are {n}");
    }

    /// <summary>
    /// The interval of a statistic over tasks × runs. About other seeds on these tasks: not about other tasks. With one task the same as without.
    /// </summary>
    /// <remarks>
    /// Order statistics keep their level over tasks as they are: the number of runs below the quantile is a sum of independent trials with
    /// different probabilities, whose tails are thinner than the binomial ones (Hoeffding, "On the distribution of the number of successes in
    /// independent trials", 1956), as long as all tasks have as many runs.
    /// </remarks>
    /// <param name="statistic">Which; about the same number as <see cref="Aggregate.Of"/> of all runs together.</param>
    /// <param name="goal">Which side is bad.</param>
    /// <param name="tasks">For each task one finite value per run, in any order.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    /// <exception cref="ArgumentException">A value that is not finite, no task, or an argument out of range.</exception>
    public static Interval OfTasks(StatisticSpec statistic, Goal goal, IReadOnlyList<IReadOnlyList<double>> tasks, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0) throw new ArgumentException("there must be a task, or one list of values", nameof(tasks));
        if (tasks.Count == 1) return Of(statistic, goal, tasks[0], level);
        Interval pooled = Of(statistic, goal, [.. tasks.SelectMany(t => t)], level);
        if (!pooled.Exists) return pooled;
        switch (statistic.Kind)
        {
            case StatisticKind.Mean or StatisticKind.Iqm or StatisticKind.Trimmed:
                return TaskIntervals.OfMean(statistic.Kind, [.. tasks.Select(t => Summation.Sorted(t, goal == Goal.Maximize))], goal == Goal.Maximize, level);
            case StatisticKind.Median or StatisticKind.Quantile when tasks.Any(t => t.Count != tasks[0].Count):
                return Interval.None(level, OrderStatistics, "an interval of a quantile over tasks needs as many runs of each task, and some have fewer");
            default:
                return pooled;
        }
    }

    private const string OrderStatistics = "order statistics (David and Nagaraja, Order Statistics, 2003, §7.1)";

    private static string TooFew(string what, int fewest, int n) => string.Create(CultureInfo.InvariantCulture,
        $"an interval of {what} needs at least {fewest} runs, and there {(n == 1 ? "is" : "are")} {n}");

    /// <summary>Student's t interval, mean ± t · s / √n.</summary>
    private static Interval OfMean(double[] losses, bool negate, double level)
    {
        int n = losses.Length;
        const string method = "Student's t";
        if (n < FewestForMean) return Interval.None(level, method, TooFew("a mean", FewestForMean, n));
        double mean = Summation.Mean(losses), half = StudentT.TwoSided(level, n - 1) * Summation.StandardDeviation(losses) / Math.Sqrt(n);
        return Interval.OfLosses(mean - half, mean + half, negate, level, method, Shape.Warning(losses, level, negate));
    }

    /// <summary>
    /// Trimmed t: trimmed mean ± t(h − 1) · √(SSD_w / (h (h − 1))), with h values left of n and SSD_w the squared deviations of the Winsorised
    /// values. [Simulated coverage at 95 %: 93.6–95.0 % for normal values and n = 5 … 50, 94–96 % with heavy tails, 91–94 % for exponential ones.]
    /// </summary>
    private static Interval OfTrimmed(StatisticKind kind, double[] losses, bool negate, double level)
    {
        int n = losses.Length, cut = TrimmedMean.CutOf(kind, n), left = n - 2 * cut;
        const string method = "trimmed t (Tukey and McLaughlin 1963; Yuen 1974)";
        if (n < FewestForTrimmed)
            return Interval.None(level, method, TooFew(kind == StatisticKind.Iqm ? "an interquartile mean" : "a trimmed mean", FewestForTrimmed, n));
        double middle = TrimmedMean.Of(losses, cut);
        double error = Summation.RootMeanSquare(TrimmedMean.Winsorised(losses, cut), (double)left * (left - 1));
        double half = StudentT.TwoSided(level, left - 1) * error;
        return Interval.OfLosses(middle - half, middle + half, negate, level, method,
            losses[cut] == losses[n - 1 - cut] ? Shape.NoSpread(left, n) : Shape.TrimmedWarning(losses, cut));
    }

    /// <summary>
    /// From the l-th to the u-th smallest value, such that either tail of Binomial(n, q) left out has at most half of 1 − level. Free of
    /// assumptions on the distribution; covers at least the level.
    /// </summary>
    private static Interval OfQuantile(double[] losses, double q, bool negate, double level)
    {
        int n = losses.Length;
        // A hair's breadth for rounding: 2/64 is allowed where 1 − 0.96875 is.
        double tail = (1 - level) / 2 * (1 + 1e-10);
        // Lower: the largest l with P(B ≤ l − 1) ≤ tail; upper: the smallest u with P(B ≥ u) ≤ tail.
        int lower = 0, upper = n + 1;
        while (lower < n && BinomialDistribution.Cdf(lower, n, q) <= tail) lower++;
        while (upper > 1 && BinomialDistribution.Cdf(n - upper + 1, n, 1 - q) <= tail) upper--;
        if (lower < 1 || upper > n)
        {
            return Interval.None(level, OrderStatistics, string.Create(CultureInfo.InvariantCulture,
                $"even from the best to the worst of {n} runs covers less than {level * 100:0.###} %; more runs are needed"));
        }

        double covered = BinomialDistribution.Cdf(upper - 1, n, q) - BinomialDistribution.Cdf(lower - 1, n, q);
        string ranks = string.Create(CultureInfo.InvariantCulture,
            $"values {lower} and {upper} of {n}{(negate ? ", counted from the best" : "")}, covering at least {Math.Floor(covered * 1000) / 10:0.0} %");
        return Interval.OfLosses(losses[lower - 1], losses[upper - 1], negate, level, $"{OrderStatistics}: {ranks}", null);
    }
}
