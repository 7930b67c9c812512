using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>A point of a performance profile.</summary>
/// <param name="Threshold">Value of the metric.</param>
/// <param name="Share">Share of runs that are at least as good, averaged over tasks; failed runs are not.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end.</param>
public sealed record ProfilePoint(double Threshold, double Share, double Low, double High);

/// <summary>
/// Performance profiles (run-score distributions): which share of the runs on all tasks reaches a value, for each value. Dolan and Moré,
/// "Benchmarking optimization software with performance profiles" (2002); Agarwal et al., "Deep reinforcement learning at the edge of the
/// statistical precipice" (2021), §4.2.
/// </summary>
public static class PerformanceProfile
{
    /// <summary>Thresholds that serve several profiles: their values, or evenly spaced order statistics of them where there are more.</summary>
    /// <param name="values">Finite values of all runs, in any order.</param>
    /// <param name="count">Most thresholds; at least 2.</param>
    /// <param name="goal">The objective's direction: thresholds come from the easiest to the hardest.</param>
    public static IReadOnlyList<double> Thresholds(IEnumerable<double> values, int count, Goal goal)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        double[] distinct = [.. values.Distinct().Order()];
        double[] chosen = distinct.Length <= count ? distinct : [.. Enumerable.Range(0, count).Select(i => distinct[(int)((long)i * (distinct.Length - 1) / (count - 1))])];
        if (goal == Goal.Minimize) Array.Reverse(chosen);
        return chosen;
    }

    /// <summary>
    /// The profile of one configuration. The band is pointwise, by Clopper and Pearson over the runs of all tasks: with as many runs of each task
    /// the count has thinner tails than a binomial one (Hoeffding 1956), so that it covers at least the level, without resampling.
    /// </summary>
    /// <param name="goal">The objective's direction.</param>
    /// <param name="tasks">For each task one value per run that ended, null for a failed one; at least one run in all.</param>
    /// <param name="thresholds">Where the profile is looked at.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    public static IReadOnlyList<ProfilePoint> Of(Goal goal, IReadOnlyList<IReadOnlyList<double?>> tasks, IReadOnlyList<double> thresholds, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(thresholds);
        double?[] runs = [.. tasks.SelectMany(t => t)];
        if (runs.Length == 0) throw new ArgumentException("there must be a run", nameof(tasks));
        return
        [
            .. thresholds.Select(t =>
            {
                int reached = runs.Count(v => v is { } x && (goal == Goal.Maximize ? x >= t : x <= t));
                SuccessShare share = SuccessShare.Of(reached, runs.Length, level);
                return new ProfilePoint(t, share.Share!.Value, share.Interval.Low!.Value, share.Interval.High!.Value);
            }),
        ];
    }
}
