using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>What a paired comparison shows.</summary>
public enum PairedVerdict
{
    /// <summary>The interval of the gain lies wholly on the good side.</summary>
    ImprovementShown,

    /// <summary>It does not, or there is none.</summary>
    NoImprovementShown,
}

/// <summary>How much better one configuration is than another on the same seeds.</summary>
/// <param name="Value">The statistic of the gains, in the metric's units, above 0 being better whatever the goal; null without pairs.</param>
/// <param name="Used">The statistic taken over the gains of the pairs.</param>
/// <param name="Interval">Its interval.</param>
/// <param name="Verdict">What that shows.</param>
/// <param name="Pairs">Number of seeds on which both have a value.</param>
/// <param name="Better">On how many of them it is better.</param>
/// <param name="Worse">On how many it is worse.</param>
/// <param name="Reason">The verdict in a sentence with the numbers.</param>
public sealed record PairedGain(
    double? Value, StatisticSpec Used, Interval Interval, PairedVerdict Verdict, int Pairs, int Better, int Worse, string Reason)
{
    /// <summary>
    /// Compares two configurations by the gain on each seed. The mean of the gains is the gain of the means; for <c>iqm</c>, <c>trimmed</c> and
    /// <c>median</c> the same statistic of the gains is taken, which is not the difference of the two statistics but what pairing can say
    /// sharply; for tail statistics, which no pairing serves, the mean.
    /// </summary>
    /// <param name="statistic">The objective's statistic.</param>
    /// <param name="goal">The objective's direction.</param>
    /// <param name="pairs">Values of the candidate and of the baseline on the same seed, finite, in any order.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    /// <exception cref="ArgumentException">A value that is not finite, or an argument out of range.</exception>
    public static PairedGain Of(StatisticSpec statistic, Goal goal, IReadOnlyList<(double Candidate, double Baseline)> pairs, double level = 0.95) =>
        OfTasks(statistic, goal, [pairs], level);

    /// <summary>The same over tasks: pairs are runs on the same seed of the same task, and the interval is stratified by task.</summary>
    /// <param name="statistic">The objective's statistic.</param>
    /// <param name="goal">The objective's direction.</param>
    /// <param name="tasks">For each task the pairs, as above.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    /// <exception cref="ArgumentException">A value that is not finite, no task, or an argument out of range.</exception>
    public static PairedGain OfTasks(StatisticSpec statistic, Goal goal, IReadOnlyList<IReadOnlyList<(double Candidate, double Baseline)>> tasks, double level = 0.95)
    {
        Aggregate.Check(statistic);
        Interval.CheckLevel(level);
        ArgumentNullException.ThrowIfNull(tasks);
        double[][] byTask = [.. tasks.Select(t => Gains(goal, t))];
        double[] gains = [.. byTask.SelectMany(g => g)];
        bool pairable = statistic.Kind is StatisticKind.Iqm or StatisticKind.Trimmed or StatisticKind.Median;
        StatisticSpec used = pairable && gains.Length >= Aggregate.MinimumRuns(statistic) ? statistic : new StatisticSpec(StatisticKind.Mean);
        // Gains are better when larger, whatever the metric's goal.
        Interval interval = Intervals.OfTasks(used, Goal.Maximize, byTask, level);
        double? value = gains.Length == 0 ? null : Aggregate.Of(used, Goal.Maximize, gains);
        PairedVerdict verdict = interval.Low > 0 ? PairedVerdict.ImprovementShown : PairedVerdict.NoImprovementShown;
        int better = gains.Count(g => g > 0), worse = gains.Count(g => g < 0);
        return new PairedGain(value, used, interval, verdict, gains.Length, better, worse, Sentence());

        string Sentence()
        {
            if (value is null) return "no improvement shown: there is no seed on which both have a value";
            string gain = string.Create(CultureInfo.InvariantCulture, $"the {used} of the gains over {gains.Length} common {(byTask.Length > 1 ? "runs" : "seeds")} is {value:G4}");
            if (!interval.Exists) return $"no improvement shown: {gain}, without an interval ({interval.WhyNone})";
            string range = string.Create(CultureInfo.InvariantCulture, $"{level * 100:0.###} % interval {interval.Low:G4} to {interval.High:G4}");
            return verdict == PairedVerdict.ImprovementShown
                ? $"improvement shown: {gain}, its {range} lies above 0"
                : $"no improvement shown: {gain}, its {range} {(interval.High < 0 ? "lies below 0, so it is worse" : "holds 0")}";
        }
    }
    private static double[] Gains(Goal goal, IReadOnlyList<(double Candidate, double Baseline)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        double[] gains = new double[pairs.Count];
        for (int i = 0; i < gains.Length; i++)
        {
            (double candidate, double baseline) = pairs[i];
            if (!double.IsFinite(candidate) || !double.IsFinite(baseline))
                throw new ArgumentException($"values must be finite, but pair {i} is candidate={candidate}, baseline={baseline}", nameof(pairs));
            double gain = goal == Goal.Maximize ? candidate - baseline : baseline - candidate;
            gains[i] = Math.Clamp(gain, -double.MaxValue, double.MaxValue); // the difference of finite values may not be finite
        }

        return gains;
    }
}
