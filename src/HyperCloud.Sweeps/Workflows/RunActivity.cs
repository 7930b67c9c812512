using System.Diagnostics;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Executes one attempt of a run: builds the request, hands reports to the gate, stores the details, and appends the end to the log, in
/// that order, so that a host that dies in between leaves a result that the next one adopts instead of running again.
/// </summary>
internal sealed class RunActivity(SweepHub hub)
{
    /// <summary>A process that has missed so many heartbeats is dead.</summary>
    private const int BeatsMissed = 3;

    private const int LooksPerBeat = 6;

    /// <summary>Lanes that one receipt can name.</summary>
    internal const int MostWoken = 24;

    private const int LogLines = 200, LineLength = 2_000, ReasonLength = 1_000;

    /// <summary>What a receipt says of a run that goes on elsewhere: ask again later.</summary>
    internal const string DetachedState = "Detached";

    /// <summary>What it says of a run that was cut and goes on in the next activity.</summary>
    internal const string SlicedState = "Sliced";

    /// <summary>Runs a claim to its end, or to the end of a slice; answers at once when that has been done before, or when the run goes on elsewhere.</summary>
    public async Task<RunReceipt> Run(RunInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        if (!RunKey.TryParse(input.Run, out RunKey key)) throw new ArgumentException($"'{input.Run}' is not a run", nameof(input));
        RunRequest? request = await session.Read(s => Request(s, key, input), cancellation);
        if (request is null) return new RunReceipt("Fenced");
        IRunner runner = hub.Runners[request.Trial.Runner];
        if (runner.MayDetach && await hub.Remote.GoesOn(session, key, input.Attempt, cancellation) is { } goesOn)
            return new RunReceipt(goesOn && !await hub.Remote.Cancel(session, key, input.Attempt, cancellation) ? DetachedState : "Fenced");
        (ResultGate gate, RungWatch? watch, CostBasis? costs, TimeSpan queued) = await session.Read(s => (
            ResultGate.For(s.Spec, key), RungWatch.Of(session, s, s.Run(key)!, input.Attempt), s.Created!.Costs, s.Run(key)!.StartedAt!.Value - s.Run(key)!.QueuedAt), cancellation);
        bool anew = watch is { IsSlice: false };
        request = await Place(request, key, anew, cancellation);
        SliceBegin slice = default;
        if (MayCut(request, runner) && await session.Read(s => s.Spec.KeepsCheckpoints, cancellation))
        {
            slice = await BeginSlice(request, gate, anew, cancellation);
            if (slice.Taken) return new RunReceipt(DetachedState); // A twin of this execution goes on with it.
            if (slice.Before is { } spent && request.RunTime is { } limit) request = request with { RunTime = Max(limit - TimeSpan.FromMilliseconds(spent.SpentMs), TimeSpan.FromMilliseconds(1)) };
        }

        var reporter = new Reporter(hub, input, gate, watch, request, slice);
        CancellationTokenSource ending = hub.Register(input.Sweep, input.Run, input.Attempt, reporter);
        using var ended = new CancellationTokenSource();
        Task beating = hub.Options.Heartbeat is { } beat ? Beat(session, reporter, beat, ended.Token) : Task.CompletedTask;
        long begun = hub.Time.GetTimestamp();
        Activity? span = HubTelemetry.Begin(request, queued);
        RunResult result;
        SweepEvent.Ended? end = null;
        try
        {
            RunOutcome outcome = await (slice.Before is { } before ? hub.Checkpoints.RestoreSlice(request, before, ending.Token) : hub.Checkpoints.Restore(session, runner, request, ending.Token))
                ?? await Execute(runner, request, reporter, ending.Token);
            if (outcome is RunOutcome.Detached detached)
            {
                await hub.Remote.Detach(input.Sweep, key, input.Attempt, hub.Options.Host, detached.Handle, detached.Lease, cancellation);
                return new RunReceipt(DetachedState);
            }

            RunResult? unkept = null;
            if (reporter.IsCut && outcome is RunOutcome.Stopped or RunOutcome.Finished)
            {
                string origin = Checkpoints.OriginOf(request, slice.Number);
                unkept = await hub.Checkpoints.Keep(request, origin, cancellation);
                if (unkept is null)
                {
                    // The lane hears of it, and the record need not: the attempt goes on, and its end will say all.
                    ended.Cancel();
                    await beating;
                    if (await reporter.EndSlice(origin, (long)hub.Time.GetElapsedTime(begun).TotalMilliseconds, cancellation)) await hub.Checkpoints.TidySlices(session, request, origin, cancellation);
                    return new RunReceipt(SlicedState);
                }
            }

            // Told to end through an answer to an HTTP report, a program ends by itself.
            if (watch?.Stopped is not null && outcome is RunOutcome.Finished or RunOutcome.Failed) outcome = new RunOutcome.Stopped();
            result = unkept ?? reporter.Gate.Judge(outcome);
            if (watch?.Stopped is not null && result.State == RunState.Stopped) result = await watch.Settle(result, cancellation);
            result = await hub.Checkpoints.Save(session, runner, request, result, cancellation);
            if (result.State == RunState.Cancelled && hub.Leaving)
                result = result with { State = RunState.Preempted, Code = "host-stopped", Reason = "the host was told to end; the run will be tried again" };
            end = ToEvent(key, input.Attempt, result, (slice.Before?.SpentMs ?? 0) + (long)hub.Time.GetElapsedTime(begun).TotalMilliseconds);
        }
        finally
        {
            HubTelemetry.End(request, span, end, costs);
            ended.Cancel();
            hub.Unregister(input.Sweep, input.Run, input.Attempt);
            await beating;
        }

        await reporter.Store(end, result.Reason, cancellation);
        RunReceipt receipt = await Append(session, key, end, cancellation);
        await hub.Checkpoints.Tidy(session, runner, request, cancellation);
        if (slice.Before is not null) await hub.Checkpoints.TidySlices(session, request, null, cancellation);
        return receipt;
    }

    /// <summary>
    /// Decides about a claim that an earlier execution of the same activity had made: whether to wait, because that execution may still go on, and
    /// how long at most. Null: nobody executes it, so it is this execution's; an attempt that died with the earlier one has been ended.
    /// </summary>
    public async ValueTask<TimeSpan?> Found(SweepSession session, RunInput input, CancellationToken cancellation)
    {
        if (hub.ReporterOf(input.Sweep, input.Run, input.Attempt) is not null) return hub.Options.Backstop;
        if (hub.Options.Heartbeat is not { } beat || !RunKey.TryParse(input.Run, out RunKey key)) return null;
        DateTimeOffset? started = await session.Read(
            s => s.Run(key) is { Phase: RunPhase.Running } run && run.Attempt == input.Attempt ? run.StartedAt : null, cancellation);
        if (started is null) return null;
        (RunDetails Details, string ETag)? row = await RunRows.Get(hub.Store, input.Sweep, key, input.Attempt, cancellation);
        if (row is { Details: { LeaseUntil: not null, Ended: null } }) return null; // It goes on elsewhere, and lives by that lease.
        if (row is { Details: { Slices: not null, HostUntil: null, Ended: null } }) return null; // It is between two slices.
        TimeSpan left = (row?.Details.HostUntil ?? started.Value + (BeatsMissed * beat)) - hub.Time.GetUtcNow();
        if (row is not { Details.Ended: not null } && left > TimeSpan.Zero) return left < hub.Options.Backstop ? left : hub.Options.Backstop;
        await TakeOver(session, key, input.Attempt, RunState.Lost, cancellation);
        return null;
    }

    /// <summary>
    /// Settles an attempt that a dead process has left: adopts its stored end, or ends what goes on, and says that it was pre-empted or lost.
    /// </summary>
    public async Task TakeOver(SweepSession session, RunKey key, int attempt, RunState otherwise, CancellationToken cancellation)
    {
        RunDetails? details = await RunRows.GetWhole(hub.Store, session.Sweep, key, attempt, cancellation);
        if (details is { Ended: null, LeaseUntil: not null }) return; // It does not need its host, and lives by its lease.
        if (details?.Ended is null && details?.Handle is { } handle)
        {
            string kind = await session.Read(s => s.Spec.Trial!.Runner, cancellation);
            await hub.Runners[kind].End(handle, cancellation);
        }

        SweepEvent.Ended ended = details?.Ended ?? new SweepEvent.Ended
        {
            Run = key.ToString(),
            Attempt = attempt,
            State = otherwise,
            DurationMs = 0,
            Code = otherwise == RunState.Lost ? "worker-died" : "host-died",
            Reason = otherwise == RunState.Lost
                ? $"nothing is heard any more of the process that executed it{(details is null ? "" : $" ({details.Host})")}"
                : $"the host that ran it is gone{(details is null ? "" : $" ({details.Host})")}",
            Then = Consequence.Retry,
        };
        await Append(session, key, ended, cancellation);
    }

    /// <summary>The metric that is a run's result.</summary>
    internal static string MetricOf(SweepSpec spec, SeedPool pool) =>
        pool == SeedPool.Evaluation ? spec.Seeds.Evaluation.Metric ?? spec.Objective.Metric : spec.Objective.Metric;

    /// <summary>The folders of a run, and where it may report.</summary>
    /// <param name="request">The request so far.</param>
    /// <param name="key">Which run.</param>
    /// <param name="beginsAnew">
    /// Each attempt begins anew: a rule compares the run on its way, and a rung that a lost attempt had passed unreported could not be compared
    /// any more if the next one went on behind it.
    /// </param>
    /// <param name="cancellation">Cancels the call.</param>
    private async ValueTask<RunRequest> Place(RunRequest request, RunKey key, bool beginsAnew, CancellationToken cancellation)
    {
        string checkpoint = beginsAnew && request.Attempt > 1 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"checkpoint-{request.Attempt}") : "checkpoint";
        string? server = hub.Options.ReportBase?.Invoke();
        return request with
        {
            BaseDirectory = hub.Options.BaseDirectory ?? (await hub.Summary(request.Sweep, cancellation))!.BaseDirectory,
            // One folder for all slices of a run, so that each goes on where the one before stopped.
            CheckpointDirectory = Path.Combine(hub.Options.WorkRoot, request.Sweep, (key with { Rung = 0 }).ToString(), checkpoint),
            OutputDirectory = Path.Combine(hub.Options.WorkRoot, request.Sweep, key.ToString(), "output"),
            ReportUrl = server is null ? null : RunAddress.ReportUrl(server, request.Sweep, key),
            ReportToken = server is null ? null : await hub.Tokens.Make(request.Sweep, key.ToString(), request.Attempt, cancellation),
        };
    }

    private bool MayCut(RunRequest request, IRunner runner) => hub.Options.SliceFor is not null && !runner.MayDetach && runner.KeepsCheckpoints(request.Trial);

    // What the slice goes on from: what the slice before of this attempt has left, or of the attempt before, unless attempts begin anew.
    private async ValueTask<SliceBegin> BeginSlice(RunRequest request, ResultGate gate, bool anew, CancellationToken cancellation)
    {
        (RunDetails Details, string ETag)? own = await RunRows.Get(hub.Store, request.Sweep, request.Run, request.Attempt, cancellation);
        RunSlices? before = own is { Details: { Ended: null, Slices: { } left } } ? left : null;
        string? etag = null;
        if (before is not null)
        {
            // Whoever writes this goes on with it. Without heartbeats there is one process, and it knows its runs.
            DateTimeOffset? until = hub.Options.Heartbeat is { } beat ? hub.Time.GetUtcNow() + (BeatsMissed * beat) : null;
            etag = await RunRows.Put(hub.Store, request.Sweep, own!.Value.Details with { Host = hub.Options.Host, HostUntil = until }, own.Value.ETag, cancellation);
            if (etag is null) return new(null, null, null, Taken: true);
        }
        else if (own is null && request.Attempt > 1 && !anew)
        {
            before = (await RunRows.Get(hub.Store, request.Sweep, request.Run, request.Attempt - 1, cancellation))?.Details.Slices;
        }

        if (before is null) return new(null, null, null, Taken: false);
        foreach (RunReport report in before.Reports) gate.Report(report);
        if (before.Counting is { } counting) gate.Restore(counting, before.ReportCount);
        return new(before, etag, etag is null ? null : own!.Value.Details.StartedAt, Taken: false);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static RunRequest? Request(SweepState state, RunKey key, RunInput input)
    {
        if (state.Run(key) is not { Phase: RunPhase.Running } run || run.Attempt != input.Attempt) return null;
        SweepSpec spec = state.Spec;
        return new RunRequest
        {
            Sweep = input.Sweep,
            Run = key,
            Attempt = input.Attempt,
            Assignment = state.Trials[key.Trial].Assignment,
            Seed = run.Seed,
            Task = spec.TaskOf(key.Task),
            SweepSeed = spec.Search.Seed,
            Metric = MetricOf(spec, key.Pool),
            Goal = spec.Objective.Goal,
            Resource = run.Resource,
            RunTime = spec.Limits.RunTime,
            Slot = input.Lane,
            BaseDirectory = "",
            CheckpointDirectory = "",
            OutputDirectory = "",
            Trial = spec.Trial ?? throw new InvalidOperationException("the spec has no trial section"),
        };
    }

    // Says now and then that the run goes on, and looks whether it should: folding a cancellation that another process appended ends it.
    private async Task Beat(SweepSession session, Reporter reporter, TimeSpan every, CancellationToken ended)
    {
        try
        {
            for (int look = 1; ; look++)
            {
                // The heart's own pace; ends at once with the run.
                await Task.Delay(every / LooksPerBeat, hub.Time, ended);
                try
                {
                    await session.Read(s => s.Seq, ended);
                    if (look % LooksPerBeat != 0) continue;
                    await reporter.Beat(BeatsMissed * every, ended);
                    await hub.Fleet.Hold(session.Sweep, now: false, ended);
                }
                catch (StoreException)
                {
                    // A store that is away for a moment may be back at the next beat; the run's end needs it and says so in its own words.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
        catch (LogBrokenException)
        {
            // The run's end meets it next; a heartbeat is not the place to fail.
        }
    }

    private static async Task<RunOutcome> Execute(IRunner runner, RunRequest request, Reporter reporter, CancellationToken ending)
    {
        try
        {
            return await runner.Run(request, reporter, ending);
        }
        catch (Exception e) when (e is not StoreException)
        {
            // A runner answers for what the objective does; what it throws is its own fault, so the objective is not blamed.
            return new RunOutcome.Lost("runner-fault", $"the {runner.Kind} runner failed: {e.GetType().Name}: {e.Message}");
        }
    }

    internal static SweepEvent.Ended ToEvent(RunKey key, int attempt, RunResult result, long durationMs) => new()
    {
        Run = key.ToString(),
        Attempt = attempt,
        State = result.State,
        Value = result.Value,
        Step = result.Step,
        Metrics = result.Metrics,
        DurationMs = durationMs,
        Code = result.Code,
        Reason = result.Reason.Length <= ReasonLength ? result.Reason : result.Reason[..ReasonLength] + "…",
        Then = Consequence.Final,
    };

    /// <summary>Appends an attempt's end, unless the log has it already.</summary>
    internal static async Task<RunReceipt> Append(SweepSession session, RunKey key, SweepEvent.Ended ended, CancellationToken cancellation, bool hosted = true) =>
        await session.Decide<RunReceipt>((state, _) =>
        {
            // Late, or a twin of this attempt was first: the log has its end already, and this one changes nothing.
            if (state.Run(key) is not { Phase: RunPhase.Running } run || run.Attempt != ended.Attempt) return new([], new RunReceipt("Fenced"));
            bool stalled = state.InStage(StageKind.Search) && state.Trials.Count < state.Spec.Limits.Trials && !SearchDecisions.MaySuggest(state);
            SweepEvent.Ended settled = ended with { Then = RunDecisions.After(state, run, ended.State) };
            // A slice that has ended may let a paused trial go on when there is nothing new to suggest.
            bool mayPromote = state.Stopping is { Pause: true } && state.InStage(StageKind.Search) && state.SearchEnded is not null;
            int[]? wake = mayPromote || (stalled && state.Spec.Search.Order == SearchOrder.Lagged) ? Idle(state, run) : null;
            return new([settled], new RunReceipt(ended.State.ToString(), wake));
        }, cancellation, hosted);

    // The lanes that may be waiting: those without a run. What is said of more of them than a receipt holds, they find out by themselves.
    private static int[]? Idle(SweepState state, RunRecord ended)
    {
        var busy = state.Running.Select(key => state.Run(key)!.Claim.Lane).Append(ended.Claim.Lane).ToHashSet();
        int[] idle = [.. Enumerable.Range(0, state.Lanes).Where(lane => !busy.Contains(lane)).Take(MostWoken)];
        return idle.Length > 0 ? idle : null;
    }

    /// <summary>How a run that may be cut begins.</summary>
    /// <param name="Before">What it goes on from; null: it begins.</param>
    /// <param name="ETag">Version of the attempt's row, when it is there.</param>
    /// <param name="StartedAt">When the attempt began, when it was before.</param>
    /// <param name="Taken">Another execution goes on with it.</param>
    /// <param name="IsPossible">It may be cut; false only of the default.</param>
    private readonly record struct SliceBegin(RunSlices? Before, string? ETag, DateTimeOffset? StartedAt, bool Taken, bool IsPossible = true)
    {
        /// <summary>Number of the slice, from 1.</summary>
        public int Number => (Before?.Count ?? 0) + 1;
    }

    /// <summary>Collects what one attempt says.</summary>
    private sealed class Reporter(SweepHub hub, RunInput input, ResultGate gate, RungWatch? watch, RunRequest request, SliceBegin slice) : IRunReporter
    {
        private readonly Lock _lock = new();
        private readonly Queue<string> _log = new();
        private readonly DateTimeOffset _startedAt = slice.StartedAt ?? hub.Time.GetUtcNow();
        private readonly long _begun = hub.Time.GetTimestamp();
        private readonly SemaphoreSlim _writing = new(1, 1);
        private string? _handle;
        private string? _etag = slice.ETag;
        private DateTimeOffset? _until;
        private RunSlices? _slices = slice.Before;
        private double? _from;

        public ResultGate Gate => gate;

        /// <summary>The run was told that this slice of it is over.</summary>
        public bool IsCut { get; private set; }

        public async ValueTask<ReportDecision> Report(RunReport report, CancellationToken cancellation)
        {
            double? step, value;
            lock (_lock) (step, value) = (gate.Report(report), gate.Current);
            hub.OnReport(input.Sweep, input.Run, report);
            ReportDecision decision = watch is null || step is null ? ReportDecision.Continue : await watch.Decide(step.Value, value, cancellation);
            return !decision.Stop && slice.IsPossible && Cut(step, report.Step) ? new ReportDecision(true, "this slice is over; the run goes on from its checkpoint") : decision;
        }

        // Whether to cut here: at a new step, once the time of a slice has passed, unless it is the last step, or the program turns out to begin anew.
        private bool Cut(double? step, double? reported)
        {
            _from ??= step ?? reported;
            return IsCut = IsCut || (step is { } at && hub.Time.GetElapsedTime(_begun) >= hub.Options.SliceFor
                && !(request.Resource is { } last && at >= last) && !(slice.Before is { } before && _from <= before.From));
        }

        /// <summary>Notes where the slice has come to. False: another execution of the attempt was quicker.</summary>
        public async ValueTask<bool> EndSlice(string origin, long elapsedMs, CancellationToken cancellation)
        {
            lock (_lock)
            {
                _slices = new RunSlices
                {
                    Count = slice.Number,
                    Origin = origin,
                    From = _from ?? 0,
                    SpentMs = (slice.Before?.SpentMs ?? 0) + elapsedMs,
                    Reports = [.. gate.Reports.Take(RemoteRuns.KeptReports)],
                    ReportCount = gate.Count,
                    Counting = gate.Counting,
                };
            }

            (_until, _handle) = (null, null);
            return await RunRows.Put(hub.Store, input.Sweep, Describe(null, null), _etag, cancellation) is not null;
        }

        public void Log(string line)
        {
            lock (_lock)
            {
                _log.Enqueue(line.Length <= LineLength ? line : line[..LineLength] + "…");
                if (_log.Count > LogLines) _log.Dequeue();
            }
        }

        public async ValueTask Started(string handle, CancellationToken cancellation)
        {
            _handle = handle;
            await Write(cancellation);
        }

        /// <summary>Notes that the run goes on, and that more will be heard of it within a time.</summary>
        public async ValueTask Beat(TimeSpan within, CancellationToken cancellation)
        {
            _until = hub.Time.GetUtcNow() + within;
            await Write(cancellation);
        }

        private async ValueTask Write(CancellationToken cancellation)
        {
            await _writing.WaitAsync(cancellation);
            try
            {
                _etag = await RunRows.Put(hub.Store, input.Sweep, Describe(null, null), _etag, CancellationToken.None) ?? _etag;
            }
            finally
            {
                _writing.Release();
            }
        }

        /// <summary>Stores the attempt's end, unless the event says all there is. First writer wins.</summary>
        public async ValueTask Store(SweepEvent.Ended ended, string message, CancellationToken cancellation)
        {
            RunDetails details = Describe(ended, message == ended.Reason ? null : message);
            if (_etag is null && details.Log.IsEmpty && details.ReportCount <= 1 && details.Message is null) return;
            await RunRows.Put(hub.Store, input.Sweep, details, _etag, cancellation);
        }

        private RunDetails Describe(SweepEvent.Ended? ended, string? message)
        {
            lock (_lock)
            {
                return new RunDetails
                {
                    Run = input.Run,
                    Attempt = input.Attempt,
                    Host = hub.Options.Host,
                    StartedAt = _startedAt,
                    Handle = _handle,
                    HostUntil = ended is null ? _until : null,
                    // Also of an attempt that ended for want of a host: the next one goes on from there.
                    Slices = ended?.State is RunState.Completed or RunState.Stopped or RunState.Failed ? null : _slices,
                    Ended = ended,
                    Message = message,
                    Log = ended is null ? [] : [.. _log],
                    Reports = ended is null ? [] : [.. gate.Reports],
                    ReportCount = gate.Count,
                };
            }
        }
    }
}
