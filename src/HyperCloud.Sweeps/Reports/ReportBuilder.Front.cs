using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>What a report says of a front.</summary>
public static partial class ReportBuilder
{
    /// <summary>Most trials of a front of search scores that are named before the front is chosen.</summary>
    private const int MostProvisional = 20;

    private static ReportFront? Front(SweepState state)
    {
        SweepSpec spec = state.Spec;
        Observation[] completed = [.. state.Trials.Select(t => Objective.Observe(spec, t)).OfType<Observation>().Where(o => o.State == ObservationState.Completed)];
        if (completed.Length == 0) return null;
        Observation[] keeps = [.. completed.Where(o => o.Violation == 0)];
        double[][] losses = [.. keeps.Select(o => o.Losses!.ToArray())];
        int[] front = ParetoFront.Of(losses);
        double[] derived = Hypervolume.ReferenceOf([.. completed.Select(o => o.Losses!.ToArray())]);
        double[] reference = [.. spec.Objectives.Select((o, k) => o.Reference is { } given ? o.ToLoss(given) : derived[k])];
        int[] trials = state.Front is { } chosen ? [.. chosen.Trials]
            : [.. front.OrderBy(i => losses[i][0]).Select(i => keeps[i].Number).DistinctBy(n => state.Trials[n].Assignment).Take(MostProvisional)];
        ReportTrial[] members = [.. trials.Select(t => Trial(state, state.Trials[t]))];
        double[][] measured = [.. members.Select(Means).OfType<double[]>()];
        int given = spec.Objectives.Count(o => o.Reference is not null);
        return new ReportFront
        {
            Trials = [.. members],
            Chosen = state.Front is not null,
            Hypervolume = new ReportHypervolume
            {
                Reference = [.. spec.Objectives.Select((o, k) => o.Goal == Goal.Minimize ? reference[k] : 0 - reference[k])],
                Origin = given == reference.Length ? "given" : (given > 0 ? "given where it is; else " : "") + "the worst that search has seen and a tenth of the range beyond",
                Search = Finite(Hypervolume.Of([.. front.Select(i => losses[i])], reference)),
                Evaluation = measured.Length == 0 ? null : Finite(Hypervolume.Of(measured, reference)),
            },
            Dominated = state.Front is null ? [] : Dominated(state, trials, members),
        };

        double[]? Means(ReportTrial trial) => trial.Objectives!.Value.All(o => o.Evaluation?.Pool.Value is not null)
            ? spec.ToLosses([.. trial.Objectives!.Value.Select(o => o.Evaluation!.Pool.Value!.Value)]) : null;

        static double? Finite(double volume) => double.IsFinite(volume) ? volume : null;
    }

    private static ImmutableArray<ReportDominance> Dominated(SweepState state, int[] trials, ReportTrial[] members)
    {
        List<ReportDominance> dominated = [];
        for (int i = 0; i < members.Length; i++)
            for (int j = 0; j < members.Length; j++)
                if (i != j && Losses(members[i]) is { } worse && Losses(members[j]) is { } better && ParetoFront.Dominates(better, worse))
                    dominated.Add(Dominance(state, trials[i], trials[j]));
        return [.. dominated];

        double[]? Losses(ReportTrial t) => t.Objectives!.Value.Any(o => o.Evaluation?.Pool.Value is null) ? null : state.Spec.ToLosses([.. t.Objectives!.Value.Select(o => o.Evaluation!.Pool.Value!.Value)]);
    }

    private static ReportDominance Dominance(SweepState state, int trial, int by)
    {
        List<string> shown = [], open = [];
        for (int k = 0; k < state.Spec.Objectives.Length; k++)
        {
            PairedGain gain = Paired(state, by, trial, k);
            if (gain.Value == 0) continue; // equal there
            (gain.Verdict == PairedVerdict.ImprovementShown ? shown : open).Add(state.Spec.Objectives[k].Metric);
        }

        string said = open.Count == 0 ? $"shown in {string.Join(" and ", shown)}"
            : $"not shown in {string.Join(" and ", open)}, where the interval of the difference holds 0{(shown.Count > 0 ? $"; shown in {string.Join(" and ", shown)}" : "")}";
        return new(trial, by, open.Count == 0 && shown.Count > 0, string.Create(CultureInfo.InvariantCulture, $"on evaluation seeds trial {trial} is nowhere better than trial {by} and somewhere worse: {said}"));
    }

    private static ImmutableArray<ReportTrialObjective> Objectives(SweepState state, TrialRecord trial, RunRecord[] selection, RunRecord[] evaluation) =>
    [
        .. state.Spec.Objectives.Select((o, k) => new ReportTrialObjective
        {
            Metric = o.Metric,
            Search = Pool(state.Spec, [.. trial.SearchResults.Where(r => r.Phase == RunPhase.Ended)], k),
            Selection = selection.Length == 0 ? null : Pool(state.Spec, selection, k),
            Evaluation = evaluation.Length == 0 ? null : Performance(state, evaluation, profile: false, objective: k),
            Gain = evaluation.Length == 0 || state.DefaultTrial is not { } d || d == trial ? null : Convert(Paired(state, trial.Number, d.Number, k)),
        }),
    ];

    // One trial against another in one objective, seed by seed.
    private static PairedGain Paired(SweepState state, int trial, int against, int objective)
    {
        Dictionary<int, double> ours = Of(trial), theirs = Of(against);
        ObjectiveSpec o = state.Spec.Objectives[objective];
        return PairedGain.Of(o.Statistic, o.Goal, [.. ours.Keys.Where(theirs.ContainsKey).Order().Select(r => (ours[r], theirs[r]))], state.Spec.Seeds.Evaluation.Confidence);

        Dictionary<int, double> Of(int number) => state.Trials[number].In(SeedPool.Evaluation).Where(r => r.Stage == state.Evaluation!.Index && r.Completed)
            .ToDictionary(r => r.Key.Replicate, r => Objective.ValueOf(state.Spec, r, objective));
    }
}
