using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>The decisions between stages: what opens next, who is champion, when the sweep is over. Pure.</summary>
public static class StageDecisions
{
    /// <summary>The first version of the engine that says in the champion's reason when the mean stood in for the objective's statistic.</summary>
    private const int SayingEngine = 3;

    /// <summary>
    /// What follows now that no run of the newest stage is queued or under way: a stage, the champion, or the end; null when the newest
    /// stage still has work.
    /// </summary>
    public static SweepEvent? Next(SweepState state, ISearchAlgorithm algorithm)
    {
        if (state.End is not null || state.Running.Count > 0) return null;
        if (state.Cancel is { } cancel)
        {
            return state.InNight
                ? new SweepEvent.SweepEnded("finished", "robustness-cancelled", $"cancelled by {cancel.By}; the answer stands, and the schedule is over")
                : new SweepEvent.SweepEnded("cancelled", "cancelled", $"cancelled by {cancel.By}");
        }

        if (state.Stage is null) return Open(state, StageKind.Search, [], "begin", "a sweep begins with search");
        if (state.Queue.Count > 0) return null;
        if (state.Extending)
            return Open(state, StageKind.Search, [], "extended", $"the limits were extended to {state.Spec.Limits.Trials.ToString(CultureInfo.InvariantCulture)} trials");
        if (state.IsDue && state.InNight && state.Stage.Kind is StageKind.Evaluation or StageKind.Robustness) return Schedules.Open(state, state.LastDue!);
        return state.Stage.Kind switch
        {
            StageKind.Search => state.SearchEnded is null ? null : GoOn(state) ?? AfterSearch(state, algorithm),
            StageKind.Selection when state.Chosen.Length > 0 => OpenEvaluation(state),
            StageKind.Selection when state.Spec.HasFront => FrontDecisions.Choose(state, algorithm),
            StageKind.Selection => Racing.Eliminate(state) ?? (SweepEvent?)Racing.NextRound(state) ?? Choose(state),
            StageKind.Evaluation => Finish(state),
            StageKind.Robustness => (SweepEvent?)Nights.Judge(state) ?? Schedules.Finish(state),
            _ => throw new InvalidOperationException($"stage kind {state.Stage.Kind}"),
        };
    }

    /// <summary>The search that a spec asks for.</summary>
    public static ISearchAlgorithm SearchOf(SweepSpec spec) => TunabilitySearch.Of(spec);

    /// <summary>
    /// Candidates for champion, best first by what search knows: completed at full length, no two with one configuration. With several objectives:
    /// the front, and behind it, where there is noise, what may be of it.
    /// </summary>
    public static (IReadOnlyList<int> Trials, string Reason) Candidates(SweepState state, ISearchAlgorithm algorithm)
    {
        (IReadOnlyList<int> front, IReadOnlyList<int> behind, string reason) = Ranked(state, algorithm);
        return ([.. front.Concat(state.Spec.Objective.NoNoise && state.Spec.HasFront ? [] : behind).Take(state.Spec.Seeds.Selection.Top)], reason);
    }

    /// <summary>What search would recommend: its front (with one objective, the best trial), what comes behind it, and how that was ranked.</summary>
    public static (IReadOnlyList<int> Front, IReadOnlyList<int> Behind, string Reason) Ranked(SweepState state, ISearchAlgorithm algorithm)
    {
        SearchContext context = AllObserved(state);
        if (!context.Observations.Any(o => o is { Number: >= 0, State: ObservationState.Completed })) return ([], [], "no trial completed");
        Recommendation recommendation = algorithm.Recommend(context);
        HashSet<Assignment> seen = [];
        // Trials of an earlier sweep help to judge; candidates are those that this one has run.
        int[] front = Own(recommendation.Ranking.Take(recommendation.Front ?? 1)), behind = Own(recommendation.Ranking.Skip(recommendation.Front ?? 1));
        return front.Length > 0 || behind.Length == 0 ? (front, behind, recommendation.Reason) : ([behind[0]], behind[1..], recommendation.Reason);

        int[] Own(IEnumerable<int> trials) => [.. trials.Where(t => t >= 0 && seen.Add(state.Trials[t].Assignment))];
    }

    /// <summary>Trials below full length that still have to go on before search is over.</summary>
    private static SweepEvent.Promoted? GoOn(SweepState state) =>
        (Budget.Over(state, state.ActiveMs) is null ? RungDecisions.Promote(state) : null) ?? RungDecisions.ToTheEnd(state);

    private static SweepEvent AfterSearch(SweepState state, ISearchAlgorithm algorithm)
    {
        if (state.Chosen.Length > 0) return OpenEvaluation(state);
        (IReadOnlyList<int> candidates, string reason) = Candidates(state, algorithm);
        if (candidates.Count == 0)
            return new SweepEvent.SweepEnded("failed", "no-result", $"no trial completed a run; {state.FailedRuns.ToString(CultureInfo.InvariantCulture)} runs failed. Search ended: {state.SearchEnded!.Reason}");
        if (state.Tunability is { } plan) return SelectTuned(state, plan, algorithm);
        if (candidates.Count == 1)
            return BySearch("single-candidate", $"trial {candidates[0].ToString(CultureInfo.InvariantCulture)} is the only candidate, so there is nothing to select");
        if (state.Spec.Objective.NoNoise)
            return BySearch("no-noise", $"the objective is declared free of noise, so the best value in search decides: {reason}");

        SelectionSpec selection = state.Spec.Seeds.Selection;
        string? whyNoRace = Racing.WhyNot(state);
        int tasks = state.Spec.TaskCount, wanted = Seeds(selection.Runs);
        // A race is cut in its runs, equal replication in its seeds.
        (int affordable, string? cutBy) = whyNoRace is null
            ? Budget.Affordable(state, selection.Runs, 1, Budget.EvaluationRuns(state))
            : Budget.Affordable(state, wanted, candidates.Count * tasks, Budget.EvaluationRuns(state));
        int runs = whyNoRace is null ? Seeds(affordable) : affordable;
        if (runs == 0)
            return BySearch("selection-cut", $"no {(cutBy == "cost" ? "money" : "time")} is left for selection, so search's recommendation decides: {reason}");
        string cut = runs < wanted ? string.Create(CultureInfo.InvariantCulture, $" (cut from {wanted} to leave {(cutBy == "cost" ? "money" : "time")} for evaluation)") : "";
        string race = whyNoRace is null ? $", the first round of a race ({Racing.TestOf(state.Spec).ToString().ToLowerInvariant()} test)"
            : selection.Race ? $" (no race: {whyNoRace})" : "";
        return Open(state, StageKind.Selection, Racing.Plan(state, candidates, runs), runs < wanted ? $"{cutBy}-cut" : "top", string.Create(CultureInfo.InvariantCulture,
            $"the best {candidates.Count} trials of search run again on {runs} common selection seeds{OnTasks(state)}{race}{cut}; search ranks them: {reason}"));

        SweepEvent BySearch(string code, string why) => state.Spec.HasFront ? FrontDecisions.BySearch(state, algorithm, candidates, code, why)
            : new SweepEvent.ChampionChosen(candidates[0], [.. candidates.Select(t => Stand(state, t, SeedPool.Search, 0))], code, why);

        int Seeds(int all) => whyNoRace is null ? RaceRounds.First(candidates.Count, all / tasks, selection.MaxSeeds) : Math.Clamp(all / tasks / candidates.Count, 1, selection.MaxSeeds);
    }

    private static SweepEvent SelectTuned(SweepState state, TunabilityPlan plan, ISearchAlgorithm algorithm)
    {
        ImmutableArray<int> candidates = TunabilityDecisions.Candidates(state, plan, algorithm, AllObserved(state));
        int wanted = state.Spec.Tunability!.Seeds;
        (int affordable, string? cutBy) = Budget.Affordable(state, wanted, candidates.Length, Budget.EvaluationRuns(state));
        if (state.Spec.Objective.NoNoise || affordable == 0)
        {
            Standing[] ranked = [.. candidates.Select(t => Stand(state, t, SeedPool.Search, 0)).OrderBy(s => s.Violation ?? 0).ThenBy(s => s.Value is { } v ? state.Spec.Objective.ToLoss(v) : double.PositiveInfinity)];
            return new SweepEvent.ChampionChosen(ranked[0].Trial, [.. ranked], affordable == 0 ? "selection-cut" : "no-noise", affordable == 0
                ? $"no {(cutBy == "cost" ? "money" : "time")} is left for selection, so values in search decide" : "the objective is declared free of noise, so the best value in search decides");
        }

        string cut = affordable < wanted ? string.Create(CultureInfo.InvariantCulture, $" (cut from {wanted} to leave {(cutBy == "cost" ? "money" : "time")} for evaluation)") : "";
        return Open(state, StageKind.Selection, Racing.Plan(state, candidates, affordable), affordable < wanted ? $"{cutBy}-cut" : "tunability", TunabilityDecisions.Reason(state, candidates.Length, affordable, cut));
    }

    /// <summary>The champion is the best by the objective's statistic over the common selection seeds, of those that have run on all of them.</summary>
    private static SweepEvent.ChampionChosen Choose(SweepState state)
    {
        Racing.Standings? race = Racing.Play(state);
        int[] candidates = race is null ? [.. state.Stage!.Opened.Plan.Select(p => p.Trial)] : [.. race.Trials];
        int seeds = race?.Race.Seeds ?? state.Stage!.Opened.Plan.Max(p => p.From + p.Count);
        HashSet<int> active = [.. race?.Active ?? candidates];
        // Those that left the race have fewer seeds than the others: they stand below these, by how far they came.
        Standing[] standings = [.. candidates.Select(t => Stand(state, t, SeedPool.Selection, active.Contains(t) ? seeds : int.MaxValue))];
        // Ties keep the order of search's recommendation, for OrderBy is stable. Incomplete ones come after complete ones, and
        // those that break a constraint after those that do not.
        Standing[] ranked =
        [
            .. standings.OrderBy(s => !active.Contains(s.Trial)).ThenByDescending(s => active.Contains(s.Trial) ? 0 : s.Runs + s.Failed + s.Incomplete)
                .ThenBy(s => s.Value is null).ThenBy(s => s.Incomplete > 0).ThenBy(s => s.Violation ?? 0)
                .ThenBy(s => s.Value is { } v ? state.Spec.Objective.ToLoss(v) : 0).ThenBy(s => s.Failed),
        ];
        Standing best = ranked[0];
        string failed = ranked.Any(s => s.Failed > 0) ? "; a failed run counts as the worst value of the stage" : "";
        string reason = best.Value is not { } value
            ? string.Create(CultureInfo.InvariantCulture, $"no candidate completed a selection run, so search's recommendation, trial {best.Trial}, stands")
            : race is null || active.Count == candidates.Length
            ? string.Create(CultureInfo.InvariantCulture, $"trial {best.Trial} has the best {Used(state, best)} of {state.Spec.Objective.Metric} over {seeds} common selection seeds{OnTasks(state)}: {value:G6}{Constraints(ranked)}{failed}")
            : string.Create(CultureInfo.InvariantCulture, $"{Winner(best.Trial, active.Count)}: {state.Spec.Objective.Metric} {value:G6} over {seeds} common selection seeds{OnTasks(state)}; {Others(race)}{failed}");
        return new(best.Trial, [.. ranked], race is null ? "selection" : "race", reason);

        string Winner(int trial, int left) => left == 1
            ? string.Create(CultureInfo.InvariantCulture, $"trial {trial} is the only one left in the race")
            : string.Create(CultureInfo.InvariantCulture, $"trial {trial} has the best mean of the {left} left in the race");

        static string Others(Racing.Standings race)
        {
            int worse = race.Eliminations.Count, aside = race.Trials.Count - race.Race.Active.Count - worse;
            return string.Create(CultureInfo.InvariantCulture, $"of the others, {worse} were shown to be worse and {aside} set aside after fewer seeds, without a claim");
        }
    }

    private static SweepEvent.StageOpened OpenEvaluation(SweepState state)
    {
        int wanted = state.Spec.Seeds.Evaluation.Seeds, from = state.NextEvaluationReplicate;
        int[] compared = state.Tunability is { } plan ? TunabilityDecisions.ToEvaluate(plan, state.Champion!)
            : state.DefaultTrial is { } d && !state.Chosen.Contains(d.Number) ? [.. state.Chosen, d.Number] : [.. state.Chosen];
        int[] also = [.. (state.Champion?.Standings ?? []).Where(s => s.Value is not null).Select(s => s.Trial).Where(t => !compared.Contains(t)).Take(state.Tunability is null ? state.Spec.Seeds.Evaluation.Also : 0)], trials = [.. compared, .. also];
        (int seeds, string? cutBy) = Budget.Affordable(state, wanted, trials.Length * state.Spec.TaskCount, 0);
        seeds = Math.Max(Math.Min(wanted, Budget.LeastEvaluationSeeds), seeds);
        string cut = seeds < wanted ? string.Create(CultureInfo.InvariantCulture, $" (cut from {wanted} by the {cutBy} limit)") : "";
        string who = state.Tunability is not null ? string.Create(CultureInfo.InvariantCulture, $"champion, default configuration and the winner of each group of parameters, {trials.Length} trials, are")
            : state.Front is { } front
            ? string.Create(CultureInfo.InvariantCulture, $"the front's {front.Trials.Length} trials{(trials.Length > front.Trials.Length ? " and the default configuration" : "")} are")
            : also.Length > 0 ? $"{(compared.Length > 1 ? "champion, default configuration" : "champion")} and the next best of selection ({string.Join(", ", also)}) are"
            : trials.Length > 1 ? "champion and default configuration are" : state.DefaultTrial?.Number == trials[0] ? "the champion, which is the default configuration, is" : "the champion is";
        return Open(state, StageKind.Evaluation, [.. trials.Select(t => new PlannedRuns(t, from, seeds))], seeds < wanted ? $"{cutBy}-cut" : state.Front is null ? "champion" : "front",
            string.Create(CultureInfo.InvariantCulture, $"{who} measured on evaluation seeds {from} … {from + seeds - 1}{OnTasks(state)}, which nothing before has used{cut}"));
    }

    private static SweepEvent.SweepEnded Finish(SweepState state)
    {
        if (state.Front is not null) return FrontDecisions.Finish(state);
        TrialRecord champion = state.Trials[state.Champion!.Trial];
        PlannedRuns plan = state.Stage!.Opened.Plan[0];
        int completed = champion.In(SeedPool.Evaluation).Count(r => r.Stage == state.Stage.Index && r.Completed);
        int planned = plan.Count * state.Spec.TaskCount;
        return completed == 0
            ? new("failed", "champion-failed", $"none of the champion's {planned.ToString(CultureInfo.InvariantCulture)} evaluation runs completed, so nothing can be said of its performance")
            : new("finished", "evaluated", string.Create(CultureInfo.InvariantCulture, $"trial {champion.Number} was measured on {completed} of {planned} evaluation {(state.Spec.Tasks.IsEmpty ? "seeds" : "runs")}"));
    }

    private static Standing Stand(SweepState state, int trial, SeedPool pool, int seeds)
    {
        RunRecord[] runs = pool == SeedPool.Search
            ? [.. state.Trials[trial].SearchResults]
            : [.. state.Trials[trial].In(pool).Where(r => r.Key.Replicate < seeds)];
        int failed = runs.Count(r => r.Failed);
        List<double> values = [];
        bool complete = true;
        for (int task = 0; task < state.Spec.TaskCount; task++)
        {
            RunRecord[] own = [.. runs.Where(r => r.Key.Task == task)];
            int before = values.Count, broken = own.Count(r => r.Failed);
            values.AddRange(own.Where(r => r.CompletedInFull).Select(r => r.Result!.Value!.Value));
            if (broken > 0 && Worst(state, pool, task) is { } worst) values.AddRange(Enumerable.Repeat(worst, broken));
            // A trial that was not measured on a task has no value over all of them.
            complete &= values.Count > before;
        }

        return new(trial, !complete ? null : Objective.SearchAggregate(state.Spec.Objective, values), runs.Count(r => r.CompletedInFull), failed, runs.Count(r => r.Incomplete),
            Objective.Excess(state.Spec, runs) is { } excess ? Math.Min(excess.Sum(e => Math.Max(0, e)), double.MaxValue) : null);
    }

    private static string Constraints(Standing[] ranked) => ranked[0].Violation is not { } violation ? ""
        : violation == 0 ? string.Create(CultureInfo.InvariantCulture, $", of the {ranked.Count(s => s.Violation == 0)} that keep all constraints")
        : string.Create(CultureInfo.InvariantCulture, $"; no candidate keeps all constraints, and this one breaks them least, by {violation:G3} of their bounds in sum");

    // The worst value of the stage on a task; where nobody has one there, the worst on any.
    private static double? Worst(SweepState state, SeedPool pool, int task) =>
        Worst(state, state.Trials.SelectMany(t => t.In(pool)).Where(r => r.Key.Task == task)) ?? Worst(state, state.Trials.SelectMany(t => t.In(pool)));

    private static double? Worst(SweepState state, IEnumerable<RunRecord> runs)
    {
        double? worst = null;
        foreach (RunRecord run in runs.Where(r => r.CompletedInFull))
            if (worst is null || state.Spec.Objective.IsBetter(worst.Value, run.Result!.Value!.Value)) worst = run.Result!.Value;
        return worst;
    }

    private static string OnTasks(SweepState state) => state.Spec.Tasks.IsEmpty ? "" : string.Create(CultureInfo.InvariantCulture, $" on each of {state.Spec.TaskCount} tasks");

    // Records from before said the statistic's name also where the mean stood in for it.
    private static string Used(SweepState state, Standing best) =>
        state.Created!.EngineVersion < SayingEngine || best.Runs + best.Failed >= Aggregate.MinimumRuns(state.Spec.Objective.Statistic) ? state.Spec.Objective.Statistic.ToString()
        : string.Create(CultureInfo.InvariantCulture, $"mean (for {state.Spec.Objective.Statistic} needs {Aggregate.MinimumRuns(state.Spec.Objective.Statistic)} runs)");

    private static SearchContext AllObserved(SweepState state) => new SearchContext
    {
        Space = state.Spec.Space,
        Seed = state.Spec.Search.Seed,
        FirstTrial = state.Trials.Count,
        Observations = [.. state.Earlier, .. state.Trials.Select(t => Objective.Observe(state.Spec, t)).OfType<Observation>()],
        Pending = [],
        Budget = state.Spec.Limits.Trials,
        Parallel = state.Created!.Parallel,
    }.For(state.Spec);

    private static SweepEvent.StageOpened Open(SweepState state, StageKind kind, ImmutableArray<PlannedRuns> plan, string code, string reason) =>
        new(state.Stages.Count, kind, plan, kind == StageKind.Evaluation && state.Evaluation is not null, code, reason);
}
