using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Web;

/// <summary>Turns what the log says into bodies. Pure; called while the session is locked.</summary>
internal static class Describe
{
    /// <summary>States of trials, as filters and bodies write them.</summary>
    public static readonly string[] TrialStates = ["queued", "running", "completed", "stopped", "failed", "incomplete"];

    /// <summary>States of runs.</summary>
    public static readonly string[] RunStates = ["queued", "running", "completed", "stopped", "failed", "lost", "preempted", "cancelled"];

    public static string Word(Enum value) => value.ToString().ToLowerInvariant();

    public static SweepStatusBody Sweep(SweepState state, SweepSummary summary, string? host, HostFault? fault)
    {
        SweepReport report = ReportBuilder.Build(state);
        LimitsSpec limits = state.Spec.Limits;
        ReportTrial? best = state.Champion is null && !state.Spec.HasFront ? report.Candidates.FirstOrDefault() : null;
        return new SweepStatusBody
        {
            Id = summary.Id,
            Name = summary.Name,
            Status = Word(state.Status),
            Cancelling = state.Cancel is not null && state.End is null,
            Stage = state.Stage is { } stage ? Word(stage.Kind) : null,
            CreatedAt = state.CreatedAt,
            ActiveSeconds = state.ActiveMs / 1000.0,
            Counts = new SweepCounts
            {
                Trials = state.Trials.Count,
                TrialsSearched = state.Trials.Count(t => t.SearchOver),
                RunsQueued = state.Queue.Count,
                RunsUnderWay = state.Running.Count,
                RunsCompleted = report.Runs.Completed,
                RunsFailed = report.Runs.Failed,
                RunsStopped = report.Runs.Stopped,
                RunsIncomplete = report.Runs.Incomplete,
                AttemptsLost = report.Runs.LostAttempts,
                AttemptsPreempted = report.Runs.PreemptedAttempts,
            },
            Limits = new(limits.Trials, state.Lanes, limits.Failures, limits.Time is { } t ? Durations.Format(t) : null, limits.RunTime is { } r ? Durations.Format(r) : null, limits.Cost?.ToString()),
            Objective = new(state.Spec.Objective.Metric, Word(state.Spec.Objective.Goal), report.Statistic),
            Objectives = state.Spec.HasFront ? [.. state.Spec.Objectives.Select(o => new SweepObjective(o.Metric, Word(o.Goal), o.Statistic.ToString()))] : null,
            BestSoFar = best?.Search.Value is { } score ? new SearchBest(best.Number, score, "a search score: it led the search and is not performance") : null,
            Champion = report.Champion is { } c ? new SweepChampion(c.Number, c.Evaluation is { } e ? Measured(report, e) : null) : null,
            Front = report.Front is { } front ? Front(front) : null,
            End = state.End is { } end ? new SweepEnd(end.Code, end.Reason) : null,
            Night = report.Nights.LastOrDefault(n => n.Verdict is not null) is { } night ? new SweepNight(night.Due, Word(night.Verdict!), [.. night.Changed], night.Reason!) : null,
            Host = host,
            HostFault = fault is null ? null : new(fault.At, fault.Attempts, fault.Message, fault.RetryAt),
            Seq = state.Seq,
            HeadDigest = state.HeadDigest,
            Links = SweepLinks.Of(summary.Id),
        };
    }

    public static TrialBody Trial(SweepState state, TrialRecord trial, bool withRuns)
    {
        string sweep = state.Created!.Sweep, self = $"/api/sweeps/{sweep}/trials/{trial.Number}";
        int evaluation = state.Evaluation?.Index ?? -1;
        return new TrialBody
        {
            Number = trial.Number,
            State = State(trial),
            Algorithm = trial.Algorithm,
            Reason = trial.Reason,
            Params = JsonDocument.Parse(trial.Assignment.ToJson()).RootElement.Clone(),
            Champion = state.Champion?.Trial == trial.Number,
            Front = state.Spec.HasFront ? state.Chosen.Contains(trial.Number) : null,
            Default = state.DefaultTrial == trial,
            Search = Pool(state.Spec, trial.In(SeedPool.Search)),
            Selection = trial.In(SeedPool.Selection).Any() ? Pool(state.Spec, trial.In(SeedPool.Selection)) : null,
            Evaluation = trial.In(SeedPool.Evaluation).Any(r => r.Stage == evaluation) ? Pool(state.Spec, trial.In(SeedPool.Evaluation).Where(r => r.Stage == evaluation)) : null,
            Runs = withRuns ? [.. trial.Runs.Values.Select(r => Run(sweep, state.Spec, r))] : null,
            Links = new(self, $"/api/sweeps/{sweep}/runs?trial={trial.Number}"),
        };
    }

    public static RunBody Run(string sweep, SweepSpec spec, RunRecord run) => new()
    {
        Run = run.Key.ToString(),
        Trial = run.Key.Trial,
        Pool = RunKey.PoolName(run.Key.Pool),
        Task = spec.TaskOf(run.Key.Task)?.Name,
        Replicate = run.Key.Replicate,
        Seed = run.Seed,
        State = State(run),
        Attempts = run.Attempt,
        Lost = run.Lost,
        Preempted = run.Preempted,
        StartedAt = run.StartedAt,
        Value = run.Result?.Value,
        Step = run.Result?.Step,
        Metrics = run.Result is { Metrics.Count: > 0 } r ? r.Metrics : null,
        DurationMs = run.Result?.DurationMs,
        Code = run.Result?.Code,
        Reason = run.Result?.Reason is { Length: > 0 } reason ? reason : null,
        Links = new($"/api/sweeps/{sweep}/runs/{run.Key}", $"/api/sweeps/{sweep}/trials/{run.Key.Trial}"),
    };

    public static string State(RunRecord run) => run.Result is { } result ? Word(result.State) : Word(run.Phase);

    /// <summary>Where a trial stands in the search.</summary>
    public static string State(TrialRecord trial)
    {
        RunRecord[] runs = [.. trial.In(SeedPool.Search)];
        if (runs.Any(r => r.Phase == RunPhase.Running)) return "running";
        if (!trial.SearchOver) return "queued";
        if (runs.Any(r => r.Failed)) return "failed";
        if (runs.Any(r => r.Completed)) return "completed";
        return runs.Any(r => r.Result?.State == RunState.Stopped) ? "stopped" : "incomplete";
    }

    private static PoolBody Pool(SweepSpec spec, IEnumerable<RunRecord> runs)
    {
        RunRecord[] all = [.. runs];
        double[] values = [.. all.Where(r => r.Completed).Select(r => r.Result!.Value!.Value)];
        return new(values.Length == 0 || Objective.MissingTask(spec, all) is not null ? null : Objective.SearchAggregate(spec.Objective, values), values.Length, all.Count(r => r.Failed), all.Count(r => r.Incomplete),
            spec.HasFront && Objective.Values(spec, all) is { } each ? spec.Objectives.Select((o, k) => (o.Metric, each[k])).ToDictionary(StringComparer.Ordinal) : null);
    }

    private static SweepFront Front(ReportFront front) => new(front.Chosen,
        [
            .. front.Trials.Select(t => new FrontMember(t.Number,
                t.Objectives!.Value.Where(o => o.Search.Value is not null).ToDictionary(o => o.Metric, o => o.Search.Value!.Value, StringComparer.Ordinal),
                t.Evaluation is null ? null : [.. t.Objectives!.Value.Select(o => new Performance(o.Metric, o.Evaluation!.Pool.Value, o.Evaluation.Pool.Completed, o.Evaluation.Interval.Low, o.Evaluation.Interval.High, o.Evaluation.Interval.Level))])),
        ], front.Hypervolume?.Search);

    private static Performance Measured(SweepReport report, ReportPerformance e) =>
        new(report.EvaluationMetric, e.Pool.Value, e.Pool.Completed, e.Interval.Low, e.Interval.High, e.Interval.Level);
}
