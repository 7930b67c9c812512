using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Intervals of a statistic over several tasks × runs. The tasks are these very ones, so only the noise within each counts, not how the tasks
/// differ; their runs have seeds of their own, so the noise of tasks adds up.
/// </summary>
internal static class TaskIntervals
{
    /// <summary>Fewest runs of each task.</summary>
    public const int Fewest = 3;

    /// <summary>
    /// Mean, or trimmed mean of the pooled runs, ± t · √(Σ n_t s_t² / h²): h runs are left of all, and s_t² is the variance within task t of its
    /// runs, Winsorised where the pooled ones are cut. The linear form of the trimmed mean (Huber, Robust Statistics, 1981, §3.3) for a
    /// stratified sample (Cochran, Sampling Techniques, 1977, §5.4); degrees by Satterthwaite (1946) from the runs of each task that are left.
    /// </summary>
    /// <remarks>
    /// [Simulated coverage at 95 %, 2 to 10 tasks of 3 to 20 runs, tasks apart by 0 to 5 sd: 93–98 % for normal runs, where the percentile
    /// bootstrap within tasks covers 79–95 %; a table for other noise stands in bench/reports/honesty.md.]
    /// </remarks>
    public static Interval OfMean(StatisticKind kind, IReadOnlyList<double[]> losses, bool negate, double level)
    {
        double[] all = [.. losses.SelectMany(t => t)];
        Array.Sort(all);
        int cut = kind == StatisticKind.Mean ? 0 : TrimmedMean.CutOf(kind, all.Length), left = all.Length - (2 * cut);
        string method = kind == StatisticKind.Mean ? "Student's t, stratified by task (Satterthwaite 1946)" : "trimmed t, stratified by task (Huber 1981; Satterthwaite 1946)";
        if (losses.Min(t => t.Length) is var fewest && fewest < Fewest)
            return Interval.None(level, method, string.Create(CultureInfo.InvariantCulture, $"an interval over tasks needs at least {Fewest} runs of each, and of one there {(fewest == 1 ? "is" : "are")} {fewest}"));
        double low = all[cut], high = all[^(cut + 1)], middle = TrimmedMean.Of(all, cut), variance = 0, satterthwaite = 0;
        foreach (double[] task in losses)
        {
            double[] within = [.. task.Select(v => Math.Clamp(v, low, high))];
            Array.Sort(within);
            double deviation = Summation.StandardDeviation(within) / left, part = task.Length * deviation * deviation;
            variance += part;
            satterthwaite += part * part / Math.Max(1, task.Count(v => v >= low && v <= high) - 1);
        }

        if (variance == 0) return Interval.OfLosses(middle, middle, negate, level, method, Shape.NoSpread(left, all.Length));
        double half = StudentT.TwoSided(level, Math.Max(1, variance * variance / satterthwaite)) * Math.Sqrt(variance);
        string? warning = losses.Select((t, i) => kind == StatisticKind.Mean ? Shape.Warning(t, level, negate) : Shape.TrimmedWarning(t, cut)).FirstOrDefault(w => w is not null);
        return Interval.OfLosses(middle - half, middle + half, negate, level, method, warning is null ? null : $"in one task, {warning}");
    }
}
