using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>objective</c>.</summary>
internal static class ObjectiveReader
{
    /// <summary>The objectives; empty when one is faulty.</summary>
    /// <param name="root">The spec.</param>
    /// <param name="otherwise">The statistic where the spec gives none.</param>
    public static ImmutableArray<ObjectiveSpec> Read(SectionReader root, StatisticKind otherwise)
    {
        root.Require("objective", "say what is optimised, such as `objective: {metric: loss, goal: minimize}`");
        if (root.Node("objective") is ListNode several) return ReadList(root, several, otherwise);
        SectionReader reader = root.Section("objective");
        if (reader.Node("reference") is not null)
            reader.Warn(SpecCodes.NoEffect, "reference", "`reference` has no effect: there is one objective, so there is no front whose hypervolume is measured");
        return ReadOne(reader, otherwise) is { } one ? [one with { Reference = null }] : [];
    }

    /// <summary>Several objectives: no champion but a front (SEMANTICS §5), of means.</summary>
    private static ImmutableArray<ObjectiveSpec> ReadList(SectionReader root, ListNode list, StatisticKind otherwise)
    {
        if (list.Items.Count is < 2 or > SearchAlgorithms.MostObjectives)
            root.Problems.Error(SpecCodes.Invalid, list, string.Create(CultureInfo.InvariantCulture,
                $"a list has 2 to {SearchAlgorithms.MostObjectives} objectives, but got {list.Items.Count}; {(list.Items.Count < 2 ? "write a single one as a mapping, such as {metric: loss, goal: minimize}" : "bound the others by `constraints`")}"));
        List<ObjectiveSpec> read = [];
        SectionReader[] readers = [.. root.Sections("objective")];
        foreach (SectionReader reader in readers)
        {
            const string Front = "with several objectives the answer is a front, of means over seeds";
            if (ReadOne(reader, otherwise) is not { } objective) continue;
            if (objective.Statistic.Kind != StatisticKind.Mean) reader.Error(SpecCodes.Invalid, "statistic", $"{Front}, so `statistic` can only be mean, but got {objective.Statistic}");
            if (objective.Target is not null) reader.Error(SpecCodes.Invalid, "target", $"{Front}, and no value of one of them ends the search; leave `target` out, or bound the metric by `constraints` and optimise the others");
            if (objective.Take == Take.Best) reader.Error(SpecCodes.Invalid, "take", $"{Front}, and the best report of one is not that of another; use `take: last`");
            if (read.Exists(o => o.Metric == objective.Metric)) reader.Error(SpecCodes.Invalid, "metric", $"'{objective.Metric}' is an objective already");
            read.Add(objective);
        }

        if (read.Exists(o => o.NoNoise) && read.Find(o => !o.NoNoise) is { } noisy)
            root.Problems.Error(SpecCodes.Invalid, list, $"`noise: none` is declared of some objectives, but not of '{noisy.Metric}': declare it of all or of none, for a run measures all of them");
        return read.Count == readers.Length && read.Count is >= 2 and <= SearchAlgorithms.MostObjectives ? [.. read] : [];
    }

    private static ObjectiveSpec? ReadOne(SectionReader reader, StatisticKind otherwise)
    {
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
            Reference = reader.Number("reference"),
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
