using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>The decisions of the search stage. Pure: functions of the folded log, and of the algorithm, which is one itself.</summary>
public static class SearchDecisions
{
    /// <summary>Completed runs a target needs before it ends the search, unless the objective was declared free of noise.</summary>
    public const int TargetRuns = 3;

    /// <summary>Failed runs without a single completed one after which a search is given up.</summary>
    public const int NothingWorksAfter = 10;

    /// <summary>
    /// Whether search is over now, apart from an exhausted space, which only the algorithm knows.
    /// </summary>
    /// <param name="state">The log so far.</param>
    /// <param name="activeMs">The sweep's clock; the entry's own reading on replay.</param>
    public static SweepEvent.SearchEnded? End(SweepState state, long activeMs)
    {
        SweepSpec spec = state.Spec;
        if (state.Cancel is { } cancel) return Because("cancelled", $"cancelled by {cancel.By}");
        if (spec.Limits.Failures is { } most && state.FailedRuns >= most)
            return Because("failures", $"{state.FailedRuns} runs have failed, and limits.failures is {most}");
        if (state.CompletedRuns + state.StoppedRuns == 0 && state.FailedRuns >= NothingWorksAfter)
            return Because("nothing-works", $"the first {state.FailedRuns} runs failed and none completed; the last said: {LastFailure(state)}");
        if (TargetReached(state) is { } reached) return Because("target", reached);
        if (Budget.Over(state, activeMs) is { } over) return Because(over.Code, over.Reason);
        if (state.Trials.Count >= spec.Limits.Trials && state.Queue.Count == 0)
            return Because("trials", $"{state.Trials.Count} trials were suggested, and limits.trials is {spec.Limits.Trials}");
        return null;

        SweepEvent.SearchEnded Because(string code, string reason) => new(state.Stage!.Index, code, reason);
    }

    /// <summary>Whether the next trial may be suggested yet: always with <c>async</c>; with <c>lagged</c> once trials 0 … t − lag are over.</summary>
    public static bool MaySuggest(SweepState state) => state.Trials.Count < state.Spec.Limits.Trials && NextObserved(state) is not null;

    /// <summary>The next suggestion: the default configuration first, then what is enqueued and the best of an earlier sweep, then what the algorithm says.</summary>
    /// <returns>The event, or the sentence that says why the space is exhausted.</returns>
    public static (SweepEvent.Suggested? Event, string? Exhausted) Suggest(SweepState state, ISearchAlgorithm algorithm, int count)
    {
        int first = state.Trials.Count;
        if (FirstTrials.Of(state.Spec, state.Spec.Search.Seed, first, state.EarlierBest) is var (origin, given))
            return (new(first, 1, origin, 1, [new(first, ToJson(given.Assignment), given.Reason)]), null);
        SearchContext context = Context(state) ?? throw new InvalidOperationException("nothing may be suggested yet");
        SuggestResult result = algorithm.Suggest(context, count);
        if (result.Suggestions.Count == 0) return (null, result.Exhausted ?? $"{algorithm.Name} has no more configurations");
        return (new(first, count, algorithm.Name, algorithm.Version,
            [.. result.Suggestions.Select((s, i) => new SuggestedTrial(first + i, ToJson(s.Assignment), s.Reason))]), null);
    }

    /// <summary>The search ends because the space has nothing left.</summary>
    public static SweepEvent.SearchEnded Exhausted(SweepState state, string sentence) => new(state.Stage!.Index, "exhausted", sentence);

    /// <summary>A trial whose runs pass the target but are too few to be believed gets more.</summary>
    public static SweepEvent.Replicated? Confirm(SweepState state)
    {
        if (state.Spec.Objective is not { Target: { } target, NoNoise: false } objective) return null;
        foreach (TrialRecord trial in state.Trials)
        {
            int planned = trial.SearchResults.Count();
            if (planned >= TargetRuns || Passing(state.Spec, trial, 1) is not { } value) continue;
            int tasks = state.Spec.TaskCount;
            return new(trial.Number, planned / tasks, (TargetRuns - planned + tasks - 1) / tasks, "confirm-target", string.Create(CultureInfo.InvariantCulture,
                $"trial {trial.Number} has {objective.Metric} {value} and would reach the target {target}; {TargetRuns} runs are needed to believe it"));
        }

        return null;
    }

    /// <summary>What the algorithm may know when the next trial is suggested; null while a lagged sweep has to wait.</summary>
    public static SearchContext? Context(SweepState state)
    {
        if (NextObserved(state) is not { } observed) return null;
        List<Observation> observations = [.. state.Earlier];
        List<PendingTrial> pending = [];
        foreach (TrialRecord trial in state.Trials)
        {
            if (trial.Number >= observed) pending.Add(new(trial.Number, trial.Assignment));
            else if (Objective.Observe(state.Spec, trial) is { } o) observations.Add(o);
            else if (!trial.SearchOver) pending.Add(new(trial.Number, trial.Assignment));
        }

        return new SearchContext
        {
            Space = state.Spec.Space,
            Seed = state.Spec.Search.Seed,
            FirstTrial = state.Trials.Count,
            Observations = observations,
            Pending = pending,
            Budget = state.Spec.Limits.Trials,
            Parallel = state.Created!.Parallel,
        }.For(state.Spec);
    }

    /// <summary>How many leading trials may be observed now; null when a lagged sweep must wait for one of them.</summary>
    private static int? NextObserved(SweepState state)
    {
        int next = state.Trials.Count;
        if (state.Spec.Search.Order == SearchOrder.Async) return next;
        int observed = Math.Max(0, next - state.Created!.Parallel + 1);
        for (int i = observed - 1; i >= 0; i--)
            if (!state.Trials[i].SearchOver) return null;
        return observed;
    }

    private static string? TargetReached(SweepState state)
    {
        if (state.Spec.Objective is not { Target: { } target } objective) return null;
        int needed = objective.NoNoise ? 1 : TargetRuns;
        foreach (TrialRecord trial in state.Trials)
            if (Passing(state.Spec, trial, needed) is { } value)
                return string.Create(CultureInfo.InvariantCulture,
                    $"trial {trial.Number} reached the target {target}: {objective.Metric} {value} over {trial.SearchResults.Count()} runs");
        return null;
    }

    /// <summary>The trial's aggregate if it has at least so many search runs at full length, none under way or failed, keeps the constraints, and passes the target.</summary>
    private static double? Passing(SweepSpec spec, TrialRecord trial, int needed)
    {
        ObjectiveSpec objective = spec.Objective;
        if (!trial.SearchOver || trial.SearchResults.Any(r => r.Failed)) return null;
        double[] values = [.. trial.SearchResults.Where(r => r.CompletedInFull).Select(r => r.Result!.Value!.Value)];
        if (values.Length < needed || values.Length == 0 || Objective.MissingTask(spec, trial.SearchResults) is not null) return null;
        if (Objective.Observe(spec, trial) is { Violation: > 0 }) return null;
        double value = Objective.SearchAggregate(objective, values);
        return objective.IsBetter(objective.Target!.Value, value) ? null : value;
    }

    private static string LastFailure(SweepState state) =>
        state.Trials.SelectMany(t => t.Runs.Values).Last(r => r.Failed).Result!.Reason;

    private static JsonElement ToJson(Assignment assignment) => JsonDocument.Parse(assignment.ToJson()).RootElement.Clone();
}
