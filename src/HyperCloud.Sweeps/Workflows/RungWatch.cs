using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Follows one search run along the rungs: brings each rung that it reaches into the log, and tells the run whether to go on. A run that was
/// begun again after a lost attempt hears what was decided for the attempt before.
/// </summary>
internal sealed class RungWatch
{
    private readonly SweepSession _session;
    private readonly StoppingPlan _plan;
    private readonly RunRecord _run;
    private readonly int _attempt;
    private readonly bool _hasSiblings;
    private int _seen = -1;

    private RungWatch(SweepSession session, StoppingPlan plan, RunRecord run, int attempt, bool hasSiblings) =>
        (_session, _plan, _run, _attempt, _hasSiblings) = (session, plan, run, attempt, hasSiblings);

    /// <summary>The run ends at a rung and may go on later.</summary>
    public bool IsSlice => _run.IsSlice;

    /// <summary>Why the run was told to end; null while it was not.</summary>
    public string? Stopped { get; private set; }

    /// <summary>A watch for a run, or null when no rule acts on it.</summary>
    public static RungWatch? Of(SweepSession session, SweepState state, RunRecord run, int attempt) =>
        state.Stopping is { } plan && run.Key.Pool == SeedPool.Search && (run.IsSlice || (!plan.Pause && run.Key.Rung == 0))
            ? new RungWatch(session, plan, run, attempt, state.Trials[run.Key.Trial].SearchResults.Skip(1).Any())
            : null;

    /// <summary>What a run should do after a report.</summary>
    /// <param name="step">Its step.</param>
    /// <param name="value">The value that would be the result now; null when the metric was not reported yet.</param>
    /// <param name="cancellation">Cancels waiting.</param>
    public async ValueTask<ReportDecision> Decide(double step, double? value, CancellationToken cancellation)
    {
        if (Stopped is { } before) return new(true, before);
        if (_run.IsSlice) return step >= _run.Resource ? Stop($"pauses at resource {Text(_run.Resource.Value)}") : ReportDecision.Continue;
        int rung = _plan.Ladder.Reached(step);
        if (rung <= _seen || value is not { } v)
        {
            // Another replicate of the trial may have been the last to reach a rung, and ended the trial there.
            return _hasSiblings && await _session.Read(s => s.Trials[_run.Key.Trial].StopReason, cancellation) is { } reason ? Stop(reason) : ReportDecision.Continue;
        }

        _seen = rung;
        if (!double.IsFinite(v)) return Stop($"the metric is {Text(v)} at step {Text(step)}, so there is nothing to compare at rung {rung.ToString(CultureInfo.InvariantCulture)}");
        ReportDecision decision = await _session.Decide((state, _) => Decide(state, step, v), cancellation);
        return decision.Stop ? Stop(decision.Reason) : decision;
    }

    /// <summary>
    /// What the end of a run that was told to end means: a slice that has come to its rung is complete. A stopped run has the value that was
    /// compared, also when it is an attempt that was begun again and heard of the stop at another step.
    /// </summary>
    public async ValueTask<RunResult> Settle(RunResult result, CancellationToken cancellation)
    {
        if (_run.IsSlice) return result with { State = RunState.Completed, Code = "rung", Reason = $"reached resource {Text(_run.Resource!.Value)}, and paused there" };
        SweepEvent.Reported? compared = await _session.Read(s => s.Trials[_run.Key.Trial].RungReports.GetValueOrDefault(_run.Key.Series), cancellation);
        return result with { Code = _plan.Rule.Name, Reason = Stopped!, Value = compared?.Value ?? result.Value, Step = compared?.Step ?? result.Step };
    }

    /// <summary>The same for a run outside, whose worker may not have heard, or may tell its end with its last report.</summary>
    public async ValueTask<RunResult> SettleRemote(ResultGate gate, RunResult result, CancellationToken cancellation)
    {
        if (result is not { State: RunState.Completed, Step: { } step } || step >= _plan.Ladder.Max || _run.IsSlice) return result;
        return (await Decide(step, gate.Current, cancellation)).Stop ? await Settle(gate.Judge(new RunOutcome.Stopped()), cancellation) : result;
    }

    private Decision<ReportDecision> Decide(SweepState state, double step, double value)
    {
        if (state.Run(_run.Key) is not { Phase: RunPhase.Running } run || run.Attempt != _attempt)
            return new([], new ReportDecision(true, "this attempt is over"));
        if (RungDecisions.Report(state, run, step, value) is { } report)
            return new([report], new ReportDecision(report.Then == RungVerdict.Stop, report.Reason));
        return new([], state.Trials[_run.Key.Trial].StopReason is { } reason ? new(true, reason) : ReportDecision.Continue);
    }

    private ReportDecision Stop(string reason) => new(true, Stopped = reason);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
