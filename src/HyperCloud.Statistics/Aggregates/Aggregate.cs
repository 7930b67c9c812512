using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>An aggregate of runs and how it was made.</summary>
/// <param name="Value">In the metric's own units and direction.</param>
/// <param name="Used">The statistic it is.</param>
/// <param name="Reason">Why it is another than was asked for, in a sentence; null when it is the one.</param>
public sealed record AggregateResult(double Value, StatisticSpec Used, string? Reason);

/// <summary>
/// The statistics of a configuration's runs (SEMANTICS §5). Tails are always the bad side: all formulas are on losses (the metric, negated
/// when it is maximised), and the answer is turned back. The order of the values does not matter, to the last bit.
/// </summary>
public static class Aggregate
{
    private static readonly StatisticSpec s_mean = new(StatisticKind.Mean);

    /// <summary>Refuses arguments out of range: q of <c>quantile(q)</c> in (0, 1), a of <c>cvar(a)</c> in (0, 1], k ≥ 0 of <c>mean-std(k)</c>.</summary>
    /// <exception cref="ArgumentException">The argument is missing, superfluous or out of range.</exception>
    public static void Check(StatisticSpec statistic)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        double? x = statistic.Argument;
        string? must = statistic.Kind switch
        {
            StatisticKind.Quantile => x is > 0 and < 1 ? null : "`q` of quantile(q) must be above 0 and below 1",
            StatisticKind.Cvar => x is > 0 and <= 1 ? null : "`a` of cvar(a) must be above 0 and at most 1",
            StatisticKind.MeanStd => x is >= 0 and < double.PositiveInfinity ? null : "`k` of mean-std(k) must be finite and at least 0",
            _ => x is null ? null : $"{statistic.Kind.ToString().ToLowerInvariant()} takes no argument",
        };
        if (must is not null) throw new ArgumentException($"{must}, but got {x?.ToString(CultureInfo.InvariantCulture) ?? "none"}", nameof(statistic));
    }

    /// <summary>
    /// How many runs the statistic needs to be more than its name: 3 for <c>mean-std</c>, 4 for <c>iqm</c>, 5 for <c>trimmed</c> (below, nothing
    /// is trimmed), ⌈1/a⌉ for <c>cvar(a)</c>, else 1.
    /// </summary>
    public static int MinimumRuns(StatisticSpec statistic)
    {
        Check(statistic);
        return statistic.Kind switch
        {
            StatisticKind.MeanStd => 3,
            StatisticKind.Iqm => 4,
            StatisticKind.Trimmed => 5,
            // 1/a is rounded: 1/0.1 must be 10, not 11. More than int.MaxValue runs nobody has.
            StatisticKind.Cvar => (int)Math.Min(Math.Ceiling(1 / statistic.Argument!.Value - 1e-9), int.MaxValue),
            _ => 1,
        };
    }

    /// <summary>The statistic of the values, in the metric's units.</summary>
    /// <param name="statistic">Which.</param>
    /// <param name="goal">Which side is bad.</param>
    /// <param name="values">One finite value per run, at least <see cref="MinimumRuns"/> of them, in any order.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or an argument out of range.</exception>
    public static double Of(StatisticSpec statistic, Goal goal, IReadOnlyList<double> values)
    {
        int minimum = MinimumRuns(statistic);
        double[] losses = Summation.Sorted(values, goal == Goal.Maximize);
        if (losses.Length < minimum)
            throw new ArgumentException($"{statistic} needs at least {minimum} values, but got {losses.Length}", nameof(values));
        double loss = OfLosses(statistic, losses);
        return goal == Goal.Maximize ? 0 - loss : loss; // 0 − x: no negative zero
    }

    /// <summary>
    /// The statistic, or the mean with the reason where there are fewer values than <see cref="MinimumRuns"/>: what search is told.
    /// </summary>
    /// <exception cref="ArgumentException">No value, one that is not finite, or an argument out of range.</exception>
    public static AggregateResult OrMean(StatisticSpec statistic, Goal goal, IReadOnlyList<double> values)
    {
        int minimum = MinimumRuns(statistic);
        ArgumentNullException.ThrowIfNull(values);
        return values.Count >= minimum
            ? new AggregateResult(Of(statistic, goal, values), statistic, null)
            : new AggregateResult(Of(s_mean, goal, values), s_mean,
                $"the mean, because {statistic} needs at least {minimum} runs and there {(values.Count == 1 ? "is" : "are")} {values.Count}");
    }

    /// <summary>The statistic of sorted losses, large being bad.</summary>
    internal static double OfLosses(StatisticSpec statistic, ReadOnlySpan<double> losses) => statistic.Kind switch
    {
        StatisticKind.Mean => Summation.Mean(losses),
        StatisticKind.Median => Quantile(losses, 0.5),
        StatisticKind.Iqm or StatisticKind.Trimmed => TrimmedMean.Of(losses, TrimmedMean.CutOf(statistic.Kind, losses.Length)),
        StatisticKind.Quantile => Quantile(losses, statistic.Argument!.Value),
        StatisticKind.Cvar => Cvar(losses, statistic.Argument!.Value),
        StatisticKind.Worst => losses[^1],
        StatisticKind.MeanStd => Summation.Mean(losses) + statistic.Argument!.Value * Summation.StandardDeviation(losses),
        _ => throw new ArgumentOutOfRangeException(nameof(statistic), statistic.Kind, "unknown statistic"),
    };

    /// <summary>
    /// The q-quantile with linear interpolation between order statistics: definition 7 of Hyndman and Fan, "Sample quantiles in statistical
    /// packages" (1996), NumPy's default. Of losses: a share q of the runs is at least as good.
    /// </summary>
    private static double Quantile(ReadOnlySpan<double> losses, double q)
    {
        double at = q * (losses.Length - 1);
        int below = (int)Math.Floor(at);
        return below + 1 >= losses.Length ? losses[^1] : losses[below] + (at - below) * (losses[below + 1] - losses[below]);
    }

    /// <summary>
    /// Mean of the worst share a, the run on the border counted in part: Acerbi and Tasche, "On the coherence of expected shortfall" (2002),
    /// for the empirical distribution.
    /// </summary>
    private static double Cvar(ReadOnlySpan<double> losses, double share)
    {
        double runs = share * losses.Length;
        int whole = Math.Min((int)Math.Floor(runs + 1e-9), losses.Length);
        double part = Math.Max(runs - whole, 0);
        if (whole == losses.Length || part < 1e-9) return Summation.Mean(losses[(losses.Length - Math.Max(whole, 1))..]);
        return (Summation.Sum(losses[(losses.Length - whole)..]) + part * losses[losses.Length - whole - 1]) / runs;
    }
}
