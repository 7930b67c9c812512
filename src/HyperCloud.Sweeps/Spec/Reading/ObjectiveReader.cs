using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>objective</c>.</summary>
internal static class ObjectiveReader
{
    /// <param name="root">The spec.</param>
    /// <param name="otherwise">The statistic where the spec gives none.</param>
    public static ObjectiveSpec? Read(SectionReader root, StatisticKind otherwise)
    {
        root.Require("objective", "say what is optimised, such as `objective: {metric: loss, goal: minimize}`");
        if (root.Node("objective") is ListNode several)
        {
            root.Problems.Error(SpecCodes.Reserved, several,
                "a list of objectives is reserved: not in this version; give one, such as {metric: loss, goal: minimize}");
            return null;
        }

        SectionReader reader = root.Section("objective");
        if (reader.Given) reader.Require("metric", "name the metric of the reports that is optimised");
        string? metric = reader.Text("metric");
        if (metric == "step") reader.Error(SpecCodes.Reserved, "metric", "`step` cannot be a metric: in a report it counts the resource");
        StatisticSpec? statistic = Statistic(reader);
        Goal goal = reader.Choice("goal") == "maximize" ? Goal.Maximize : Goal.Minimize;
        double? target = reader.Number("target");
        Take take = reader.Choice("take") == "best" ? Take.Best : Take.Last;
        bool quiet = reader.Choice("noise") == "none";
        (double Low, double High)? bounds = reader.Interval("bounds");
        if (bounds is { } b && target is { } t)
        {
            string within = string.Create(CultureInfo.InvariantCulture, $"the bounds are [{b.Low}, {b.High}]");
            bool never = goal == Goal.Minimize ? t < b.Low : t > b.High, always = goal == Goal.Minimize ? t >= b.High : t <= b.Low;
            if (never) reader.Warn(SpecCodes.NoEffect, "target", string.Create(CultureInfo.InvariantCulture, $"the target {t} can never be reached: {within}"));
            if (always) reader.Warn(SpecCodes.Weak, "target",
                string.Create(CultureInfo.InvariantCulture, $"the target {t} is reached by every value: {within}"));
        }

        return metric is null ? null : new ObjectiveSpec
        {
            Metric = metric,
            Goal = goal,
            Statistic = statistic ?? new StatisticSpec(otherwise),
            Target = target,
            Take = take,
            NoNoise = quiet,
            Bounds = bounds,
        };
    }

    private static StatisticSpec? Statistic(SectionReader reader)
    {
        if (reader.Text("statistic") is not { } text) return null;
        int bracket = text.IndexOf('(', StringComparison.Ordinal);
        StatisticKind kind = (bracket < 0 ? text : text[..bracket]) switch
        {
            "mean" => StatisticKind.Mean,
            "median" => StatisticKind.Median,
            "iqm" => StatisticKind.Iqm,
            "trimmed" => StatisticKind.Trimmed,
            "worst" => StatisticKind.Worst,
            "quantile" => StatisticKind.Quantile,
            "cvar" => StatisticKind.Cvar,
            _ => StatisticKind.MeanStd,
        };
        if (bracket < 0) return new StatisticSpec(kind);
        double argument = double.Parse(text[(bracket + 1)..].TrimEnd(')', ' ').Trim(), NumberStyles.Float, CultureInfo.InvariantCulture);
        (bool fits, string form) = kind switch
        {
            StatisticKind.Quantile => (argument is > 0 and < 1, "q of quantile(q) must be between 0 and 1, both excluded"),
            StatisticKind.Cvar => (argument is > 0 and <= 1, "a of cvar(a) must be above 0 and at most 1: it is the share of the worst runs"),
            _ => (argument is > 0 and <= 100, "k of mean-std(k) must be above 0 and at most 100"),
        };
        if (fits) return new StatisticSpec(kind, argument);
        reader.Error(SpecCodes.Invalid, "statistic", $"{form}, but got `{text}`");
        return null;
    }
}
