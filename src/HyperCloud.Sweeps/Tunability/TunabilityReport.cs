using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>What is said of a gain by tuning.</summary>
public enum TunabilityVerdict
{
    /// <summary>The interval lies above 0, and not inside the margin.</summary>
    EffectShown,

    /// <summary>The interval lies inside the margin: whatever the gain is, it is small.</summary>
    NoEffectShown,

    /// <summary>Neither, or there is no interval.</summary>
    Unsure,
}

/// <summary>What tuning some parameters was worth, measured.</summary>
public sealed record ReportTuned
{
    /// <summary>The parameters that were tuned together; the others stood at their defaults.</summary>
    public required ImmutableArray<string> Parameters { get; init; }

    /// <summary>Trials that searched for it.</summary>
    public required int Trials { get; init; }

    /// <summary>The share of the space in which the parameters are active; the gain is about that part.</summary>
    public required double ActiveShare { get; init; }

    /// <summary>The trial it is compared with: the default configuration, or the defaults with parents such that the parameters are active.</summary>
    public required int Baseline { get; init; }

    /// <summary>The winner of selection; null where no trial completed.</summary>
    public int? Winner { get; init; }

    /// <summary>The gain of the winner over the baseline on common evaluation seeds; null before evaluation.</summary>
    public ReportGain? Gain { get; init; }

    /// <summary>For several parameters: the gain over the winner among these parameters tuned alone; null where there is none to compare with.</summary>
    public ReportGain? Beyond { get; init; }

    /// <summary>The margin in the metric's unit: <c>tunability.margin</c> standard deviations of the baseline's evaluation runs.</summary>
    public double? Margin { get; init; }

    /// <summary>The verdict.</summary>
    public required TunabilityVerdict Verdict { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public required string Reason { get; init; }
}

/// <summary>Reads the gains off a tunability sweep's evaluation.</summary>
internal static class TunabilityReport
{
    /// <summary>The gains, one for each group.</summary>
    public static ImmutableArray<ReportTuned> Build(SweepState state, Func<int, Dictionary<int, double>> evaluated, Func<PairedGain, ReportGain> convert)
    {
        TunabilityPlan plan = TunabilityPlan.Of(state.Spec);
        ImmutableArray<int?> winners = state.Champion is { } champion ? TunabilityDecisions.Winners(plan, champion) : [.. plan.Groups.Select(_ => (int?)null)];
        List<ReportTuned> rows = [];
        for (int g = 0; g < plan.Groups.Length; g++)
        {
            TunedGroup group = plan.Groups[g];
            int baseline = plan.BaselineOf(g);
            Dictionary<int, double> theirs = evaluated(baseline);
            PairedGain? gain = winners[g] is { } winner && state.Evaluation is not null ? Gain(evaluated(winner), theirs) : null;
            double? margin = theirs.Count < 2 ? null : state.Spec.Tunability!.Margin * Math.Sqrt(Objective.Variance([.. theirs.OrderBy(r => r.Key).Select(r => r.Value)]));
            (TunabilityVerdict verdict, string reason) = Judge(gain, margin);
            rows.Add(new()
            {
                Parameters = group.Parameters,
                Trials = state.Trials.Count(t => t.Number < plan.Slots.Length && plan.Slots[t.Number].Group == g),
                ActiveShare = group.ActiveShare,
                Baseline = baseline,
                Winner = winners[g],
                Gain = gain is null ? null : convert(gain),
                Beyond = gain is null || Alone(g) is not { } alone ? null : convert(Gain(evaluated(winners[g]!.Value), evaluated(alone))),
                Margin = margin,
                Verdict = verdict,
                Reason = reason,
            });
        }

        return [.. rows];

        PairedGain Gain(Dictionary<int, double> ours, Dictionary<int, double> theirs)
        {
            int[] common = [.. ours.Keys.Where(theirs.ContainsKey).Order()];
            return PairedGain.Of(state.Spec.Objective.Statistic, state.Spec.Objective.Goal, [.. common.Select(r => (ours[r], theirs[r]))], state.Spec.Seeds.Evaluation.Confidence);
        }

        // The best of the members tuned alone, by selection: evaluation seeds choose nobody.
        int? Alone(int g)
        {
            if (plan.Groups[g].Parameters.Length == 1) return null;
            int[] singles = [.. Enumerable.Range(0, plan.Groups.Length).Where(s => plan.Groups[s].Parameters.Length == 1 && plan.Groups[g].Parameters.Contains(plan.Groups[s].Parameters[0]) && plan.BaselineOf(s) == plan.BaselineOf(g))
                .Select(s => winners[s]).OfType<int>()];
            return state.Champion!.Standings.Where(s => singles.Contains(s.Trial)).Select(s => (int?)s.Trial).FirstOrDefault();
        }
    }

    private static (TunabilityVerdict, string) Judge(PairedGain? gain, double? margin)
    {
        if (gain is null) return (TunabilityVerdict.Unsure, "not measured");
        string text = ReportText.Number(gain.Value);
        if (gain.Interval is not { Low: { } low, High: { } high }) return (TunabilityVerdict.Unsure, $"no interval: {gain.Interval.WhyNone ?? "there is none"}");
        string range = string.Create(CultureInfo.InvariantCulture, $"{text} [{ReportText.Number(low)}, {ReportText.Number(high)}]");
        return margin is { } m && -m <= low && high <= m ? (TunabilityVerdict.NoEffectShown, $"no effect shown: a gain of {range} lies within the margin of ±{ReportText.Number(m)}")
            : low > 0 ? (TunabilityVerdict.EffectShown, $"effect shown: a gain of {range} over {gain.Pairs} common seeds")
            : high < 0 ? (TunabilityVerdict.EffectShown, $"worse: what was found there is worse than the default by {range}")
            : (TunabilityVerdict.Unsure, $"unsure: a gain of {range} is neither shown to be above 0 nor to lie within the margin of ±{ReportText.Number(margin)}; more evaluation seeds would tell");
    }
}
