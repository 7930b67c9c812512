using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>
/// What takes the place of the champion's decisions where there are several objectives (SEMANTICS §5): search's front goes to selection, the front of
/// the selection means to evaluation. Pure.
/// </summary>
internal static class FrontDecisions
{
    /// <summary>The front as search would recommend it, without selection.</summary>
    public static SweepEvent.FrontChosen BySearch(SweepState state, ISearchAlgorithm algorithm, IReadOnlyList<int> candidates, string code, string reason)
    {
        FrontStanding[] standings = [.. candidates.Order().Select(t => Stand(state, t, SeedPool.Search, int.MaxValue))];
        return new(InOrder(state, standings, Recommended(state, algorithm, candidates)), [.. standings], code, reason);
    }

    /// <summary>
    /// The front of the means over the common selection seeds: of the candidates that have run on all of them and keep the constraints, those that
    /// no other one dominates.
    /// </summary>
    public static SweepEvent.FrontChosen Choose(SweepState state, ISearchAlgorithm algorithm)
    {
        int[] candidates = [.. state.Stage!.Opened.Plan.Select(p => p.Trial)];
        int seeds = state.Stage.Opened.Plan.Max(p => p.From + p.Count);
        FrontStanding[] standings = [.. candidates.Order().Select(t => Stand(state, t, SeedPool.Selection, seeds))];
        FrontStanding[] judged = [.. standings.Where(s => s.Values is not null && s.Incomplete == 0)];
        if (judged.Length == 0) judged = [.. standings.Where(s => s.Values is not null)];
        if (judged.Length == 0)
            return new(InOrder(state, standings, Recommended(state, algorithm, candidates)), [.. standings], "selection", "no candidate completed a selection run, so the front that search recommends stands");
        FrontStanding[] keeps = [.. judged.Where(s => s.Violation is null or 0)];
        string constraints = state.Spec.Constraints.IsEmpty ? "" : keeps.Length > 0
            ? string.Create(CultureInfo.InvariantCulture, $", of the {keeps.Length} that keep all constraints")
            : "; no candidate keeps all constraints, and this one breaks them least";
        if (keeps.Length == 0) keeps = [judged.OrderBy(s => s.Violation).First()];
        int[] front = [.. ParetoFront.Of([.. keeps.Select(s => state.Spec.ToLosses(s.Values!.Value))]).Select(i => keeps[i].Trial)];
        string failed = standings.Any(s => s.Failed > 0) ? "; a failed run counts as the worst values of the stage" : "";
        return new(InOrder(state, standings, front), [.. standings], "selection", string.Create(CultureInfo.InvariantCulture,
            $"{(front.Length == 1 ? $"trial {front[0]} alone is" : $"{front.Length} trials of {candidates.Length} are")} the front: no other candidate is nowhere worse and somewhere better, by the means of {string.Join(", ", state.Spec.Objectives.Select(o => o.Metric))} over {seeds} common selection seeds{constraints}{failed}"));
    }

    /// <summary>The end, after the front was measured.</summary>
    public static SweepEvent.SweepEnded Finish(SweepState state)
    {
        int wanted = state.Stage!.Opened.Plan[0].Count, measured = 0, least = int.MaxValue;
        foreach (int trial in state.Front!.Trials)
        {
            int completed = state.Trials[trial].In(SeedPool.Evaluation).Count(r => r.Stage == state.Stage.Index && r.Completed);
            if (completed == 0) continue;
            measured++;
            least = Math.Min(least, completed);
        }

        return measured == 0
            ? new("failed", "front-failed", "none of the front's evaluation runs completed, so nothing can be said of its performance")
            : new("finished", "evaluated", string.Create(CultureInfo.InvariantCulture,
                $"{measured} of the front's {state.Front.Trials.Length} trials were measured, on {(least == wanted ? "" : $"at least {least} of ")}{wanted} evaluation seeds"));
    }

    private static FrontStanding Stand(SweepState state, int trial, SeedPool pool, int seeds)
    {
        RunRecord[] runs = pool == SeedPool.Search ? [.. state.Trials[trial].SearchResults] : [.. state.Trials[trial].In(pool).Where(r => r.Key.Replicate < seeds)];
        int failed = runs.Count(r => r.Failed);
        double[]? values = Objective.Values(state.Spec, runs, failed > 0 && Worst(state, pool) is { } worst ? (failed, worst) : null);
        return new(trial, values is null ? null : [.. values], runs.Count(r => r.CompletedInFull), failed, runs.Count(r => r.Incomplete),
            Objective.Excess(state.Spec, runs) is { } excess ? Math.Min(excess.Sum(e => Math.Max(0, e)), double.MaxValue) : null);
    }

    private static double[]? Worst(SweepState state, SeedPool pool)
    {
        double[]? worst = null;
        foreach (RunRecord run in state.Trials.SelectMany(t => t.In(pool)).Where(r => r.CompletedInFull))
        {
            worst ??= [.. state.Spec.Objectives.Select((_, k) => Objective.ValueOf(state.Spec, run, k))];
            for (int k = 0; k < worst.Length; k++)
                if (Objective.ValueOf(state.Spec, run, k) is var value && state.Spec.Objectives[k].IsBetter(worst[k], value)) worst[k] = value;
        }

        return worst;
    }

    private static int[] Recommended(SweepState state, ISearchAlgorithm algorithm, IReadOnlyList<int> candidates)
    {
        IReadOnlyList<int> front = StageDecisions.Ranked(state, algorithm).Front;
        return candidates.Where(front.Contains).ToArray() is { Length: > 0 } both ? both : [candidates[0]];
    }

    // Along the front: from the best of the first objective to the worst.
    private static ImmutableArray<int> InOrder(SweepState state, FrontStanding[] standings, int[] front) =>
    [
        .. front.OrderBy(t => standings.First(s => s.Trial == t).Values is { } v ? state.Spec.Objective.ToLoss(v[0]) : double.PositiveInfinity).ThenBy(t => t),
    ];
}
