using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>The sentences of a report that say what its numbers mean and what they do not.</summary>
internal static class ReportWords
{
    /// <summary>What the interval covers (SEMANTICS §1: disjoint seeds are not disjoint data).</summary>
    public static ImmutableArray<string> Coverage(SweepState state)
    {
        string seeds = "The interval is over seeds: how the result varies when the same procedure runs again with other random numbers.";
        if (!state.Spec.Tasks.IsEmpty) seeds += " It is about these tasks, not about others.";
        return state.Created!.Holdout switch
        {
            "runner" =>
            [
                seeds,
                "Evaluation is measured on one fixed outer part of the data that neither search nor selection has read.",
                "That part itself is one sample: how the result would vary with other test data is not in the interval.",
            ],
            "metric" =>
            [
                seeds,
                $"Evaluation takes the metric '{state.Spec.Seeds.Evaluation.Metric}', which the spec declares to be measured on data that search has not read; hypercloud cannot check that.",
            ],
            "no-data" => [seeds, "Runs read no data: all that is random in them is drawn from their seeds, so evaluation's fresh seeds are fresh data."],
            "none" => ["The interval is over seeds, on data that the search has seen (the spec says holdout: none)."],
            _ =>
            [
                seeds,
                "The spec does not say whether evaluation reads data that search has seen. If the seed only draws the split from the same rows, the interval is too narrow.",
            ],
        };
    }

    /// <summary>What a reader should be warned of.</summary>
    public static ImmutableArray<string> Warnings(SweepState state, ReportTrial? champion)
    {
        List<string> warnings = [];
        if (state.Created!.Holdout == "unknown") warnings.Add("no unread data is declared: set seeds.evaluation.metric or holdout: none");
        if (state.Spec.Limits.Cost is { } limit && state.Created!.Costs is null)
            warnings.Add($"limits.cost {limit} has no effect: nothing of these runs is billed by what the record knows");
        if (state.Evaluation is { Opened.LookedBefore: true }) warnings.Add("looked before: an earlier evaluation of this sweep was seen before these seeds were added");
        if (champion?.Evaluation is { } e)
        {
            if (e.Pool.Failed > 0)
                warnings.Add(Say($"{e.Pool.Failed} of the champion's evaluation runs failed: its value is over the {e.Pool.Completed} that completed, and holds only together with the success share"));
            if (e.Pool.Incomplete > 0) warnings.Add(Say($"{e.Pool.Incomplete} of the champion's evaluation runs have no result (lost or cancelled)"));
            if (e.Interval.Warning is { } w) warnings.Add(w);
            if (e.Pool.Note is { } note) warnings.Add($"the champion's value: {note}");
            if (e.Tasks.Length > 0 && e.Pool.Value is not null && e.Tasks.Min(t => t.Completed) != e.Tasks.Max(t => t.Completed))
                warnings.Add(Say($"the tasks have unequal numbers of completed runs ({e.Tasks.Min(t => t.Completed)} to {e.Tasks.Max(t => t.Completed)}): those with more weigh more in the champion's value"));
        }

        if (state.Champion is { } broken && broken.Standings.FirstOrDefault(s => s.Trial == broken.Trial) is { Violation: > 0 } standing)
            warnings.Add(Say($"the champion breaks the constraints, by {standing.Violation:G3} of their bounds in sum: no candidate keeps them all"));
        foreach (int trial in state.Front?.Trials ?? [])
        {
            RunRecord[] runs = [.. state.Trials[trial].In(SeedPool.Evaluation).Where(r => r.Stage == state.Evaluation?.Index)];
            if (runs.Count(r => r.Failed) is > 0 and var failed)
                warnings.Add(Say($"{failed} of the evaluation runs of trial {trial} failed: its values are over the {runs.Count(r => r.Completed)} that completed"));
            if (runs.Count(r => r.Incomplete) is > 0 and var lost) warnings.Add(Say($"{lost} of the evaluation runs of trial {trial} have no result (lost or cancelled)"));
            if (state.Front!.Standings.First(s => s.Trial == trial) is { Violation: > 0 } breaks)
                warnings.Add(Say($"trial {trial} breaks the constraints, by {breaks.Violation:G3} of their bounds in sum: no candidate keeps them all"));
        }

        if (state.Chosen.Length > 0 && (state.Champion?.Standings.Any(s => s.Incomplete > 0) ?? state.Front!.Standings.Any(s => s.Incomplete > 0))) warnings.Add("some selection runs have no result (lost or cancelled)");
        return [.. warnings];
    }

    /// <summary>The plan as it was declared when the sweep was created.</summary>
    public static string Declared(SweepState state)
    {
        SweepSpec spec = state.Declared;
        SelectionSpec selection = spec.Seeds.Selection;
        string tasks = spec.Tasks.IsEmpty ? "" : Say($" over {spec.TaskCount} tasks ({string.Join(", ", spec.Tasks.Take(5).Select(t => t.Name))}{(spec.TaskCount > 5 ? ", …" : "")})");
        string race = Racing.WhyNot(state) is null ? Say($", a race at α = {selection.Alpha}") : "";
        string margin = spec.Schedule is { } schedule ? Say($"; nights: margin {schedule.Margin} sd, {schedule.Seeds} seeds") : "";
        string goals = string.Join(" and ", spec.Objectives.Select(o => $"{(o.Goal == Core.Goal.Minimize ? "minimize" : "maximize")} {o.Metric} by its {o.Statistic}"));
        string measured = spec.Seeds.Evaluation.Metric ?? string.Join(", ", spec.Objectives.Select(o => o.Metric));
        string chosen = spec.Tunability is { } tuning
            ? Say($"selection of the best {tuning.Top} of each group of parameters on {tuning.Seeds} seeds each, margin of no effect {tuning.Margin} sd")
            : Say($"selection of {selection.Top} in {selection.Runs} runs, at most {selection.MaxSeeds} seeds each{race}");
        return Say($"{goals}{tasks}; at most {spec.Limits.Trials} trials; {chosen}; evaluation of {measured} on {spec.Seeds.Evaluation.Seeds} seeds from {state.Created!.EvaluationFrom}, {spec.Seeds.Evaluation.Confidence * 100:0.###} % interval{margin}");
    }

    private static string Say(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);
}
