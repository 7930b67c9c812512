using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>How a worker outside says that a run has ended.</summary>
public enum RemoteEnd
{
    /// <summary>It ran to its end; its reports hold the metric or not.</summary>
    Completed,

    /// <summary>The objective failed.</summary>
    Failed,

    /// <summary>The worker has to go; the run is handed out again, free of charge.</summary>
    Preempted,
}

/// <summary>What became of something that was said of a run.</summary>
public enum RemoteOutcome
{
    /// <summary>Taken down, or known already and the same.</summary>
    Accepted,

    /// <summary>There is no such run.</summary>
    NotFound,

    /// <summary>The attempt is over, or another one has taken its place; nothing was changed.</summary>
    Over,

    /// <summary>Another process executes the run and takes its reports.</summary>
    Elsewhere,
}

/// <summary>The answer to a report, or to the end, of a run.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Decision">Whether the run should go on.</param>
/// <param name="Message">A sentence, where it was not accepted.</param>
public sealed record RemoteAnswer(RemoteOutcome Outcome, ReportDecision Decision, string Message = "");

/// <summary>
/// Runs that are executed where no host waits for them: by workers that pull them, or by an endpoint that answered "later". Between two
/// words of theirs all that is known of them is in the store, so that any server on it can take the next one. They live by a lease that
/// each word moves on.
/// </summary>
public sealed class RemoteRuns(SweepHub hub)
{
    /// <summary>Lease of a run whose worker wished for none.</summary>
    public static readonly TimeSpan DefaultLease = TimeSpan.FromMinutes(5);

    /// <summary>Reports kept of such a run, for its curve; all are judged.</summary>
    public const int KeptReports = 500;

    private const int ReasonLength = 1_000;

    // Until when there is no need to look at a run's row. Only saves reading: the row is the truth.
    private readonly ConcurrentDictionary<(string Sweep, RunKey Run, int Attempt), DateTimeOffset> _leases = new();

    // When a run was last asked after at its platform (IRunner.LookEvery), by this process.
    private readonly ConcurrentDictionary<(string Sweep, RunKey Run, int Attempt), DateTimeOffset> _looked = new();

    /// <summary>Takes a report; null: a sign of life without one.</summary>
    public async ValueTask<RemoteAnswer> Report(string sweep, RunKey key, int attempt, RunReport? report, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(sweep);
        if (hub.ReporterOf(sweep, key.ToString(), attempt) is { } here && !await AlwaysDetaches(session, cancellation))
            return new(RemoteOutcome.Accepted, report is null ? ReportDecision.Continue : await here.Report(report, cancellation));
        while (true)
        {
            (RemoteAnswer? refused, RunDetails details, string? etag) = await Open(session, key, attempt, cancellation);
            if (refused is not null) return refused;
            (ResultGate gate, RungWatch? watch) = await Gate(session, key, details, cancellation);
            double? step = report is null ? null : gate.Report(report) ?? report.Step;
            if (await Put(sweep, Renew(details, gate), etag, cancellation) is null) continue; // another word came in between: take this one after it
            if (report is not null) hub.OnReport(sweep, key.ToString(), report);
            return new(RemoteOutcome.Accepted, watch is null || step is null ? await Wanted(session, key, cancellation) : await watch.Decide(step.Value, gate.Current, cancellation));
        }
    }

    /// <summary>Takes the end of a run. The same end twice is one; another end for a run that is over changes nothing.</summary>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="key">Which run.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="report">A last report; null: the reports so far are all.</param>
    /// <param name="how">How it ended.</param>
    /// <param name="message">What went wrong, of a failed run.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public async ValueTask<RemoteAnswer> End(
        string sweep, RunKey key, int attempt, RunReport? report, RemoteEnd how, string? message, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(sweep);
        while (true)
        {
            (RemoteAnswer? refused, RunDetails details, string? etag) = await Open(session, key, attempt, cancellation);
            if (refused is { Outcome: RemoteOutcome.Over } && await SameEnd(session, key, attempt, report, how, cancellation))
                return new(RemoteOutcome.Accepted, ReportDecision.Continue);
            if (refused is not null) return refused;
            (ResultGate gate, RungWatch? watch) = await Gate(session, key, details, cancellation);
            if (report is not null) gate.Report(report);
            RunResult result = how switch
            {
                RemoteEnd.Completed => gate.Judge(new RunOutcome.Finished()),
                RemoteEnd.Failed => gate.Judge(new RunOutcome.Failed("failed", message is { Length: > 0 } ? message : "the worker said that it failed, and no more")),
                _ => gate.Judge(new RunOutcome.Cancelled()) with { State = RunState.Preempted, Code = "handed-back", Reason = message is { Length: > 0 } ? message : "the worker gave it back" },
            };
            if (watch is not null && how == RemoteEnd.Completed) result = await watch.SettleRemote(gate, result, cancellation);
            long duration = (long)(hub.Time.GetUtcNow() - details.StartedAt).TotalMilliseconds;
            SweepEvent.Ended ended = RunActivity.ToEvent(key, attempt, result, Math.Max(0, duration));
            RunDetails last = Renew(details, gate) with { LeaseUntil = null, Counting = null, Ended = ended, Message = result.Reason == ended.Reason ? null : result.Reason };
            if (await RunRows.Put(hub.Store, sweep, last, etag, cancellation) is null) continue;
            await Settle(session, key, ended, cancellation);
            return new(RemoteOutcome.Accepted, ReportDecision.Continue);
        }
    }

    /// <summary>Ends the attempts whose lease has passed. Answers how many there were.</summary>
    public async ValueTask<int> Reap(string sweep, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(sweep);
        (RunKey Key, int Attempt, DateTimeOffset Started)[] left = await session.Read(
            s => s.Detached().Select(r => (r.Key, r.Attempt, r.StartedAt!.Value)).ToArray(), cancellation);
        int ended = 0;
        foreach ((RunKey key, int attempt, DateTimeOffset started) in left)
            if (await ReapOne(session, key, attempt, started, cancellation)) ended++;
        return ended;
    }

    /// <summary>Takes all decisions about the sweep as a whole that are due: needed where no host does.</summary>
    internal async ValueTask Advance(string sweep, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(sweep);
        await EndCancelled(session, cancellation);
        bool changed = false;
        await session.Decide<object>((state, _) =>
        {
            IReadOnlyList<SweepEvent> next = state.End is not null || state.Round is null || (state.IsPaused && state.Cancel is null) ? [] : Handout.Advance(state, session.Algorithm);
            changed |= next.Count > 0;
            return new(next, next.Count > 0 ? null : this);
        }, cancellation, hosted: false);
        if (changed && await hub.Summary(sweep, cancellation) is { } summary)
            await hub.WriteSummary(await session.Read(s => SweepHub.Summarize(s, summary.BaseDirectory, summary.TellAt), cancellation), cancellation);
    }

    /// <summary>
    /// Notes that an attempt is left to itself from now on. What it has said already, when its first report was quicker, stays.
    /// </summary>
    internal async ValueTask Detach(string sweep, RunKey key, int attempt, string host, string? handle, TimeSpan lease, CancellationToken cancellation)
    {
        DateTimeOffset now = hub.Time.GetUtcNow();
        var details = new RunDetails
        {
            Run = key.ToString(),
            Attempt = attempt,
            Host = host,
            StartedAt = now,
            Handle = handle,
            LeaseUntil = now + lease,
            LeaseMs = (long)lease.TotalMilliseconds,
        };
        string? etag = null;
        while (await Put(sweep, details, etag, cancellation) is null)
        {
            // Its host had said that it lives, or a report was quicker.
            if (await RunRows.Get(hub.Store, sweep, key, attempt, cancellation) is not { Details: { Ended: null } known } row) return;
            if (known.LeaseUntil is not null && handle is null) return;
            if (known.LeaseUntil is { } until) details = known with { Host = host, Handle = handle, LeaseMs = details.LeaseMs, LeaseUntil = until > now + lease ? until : now + lease };
            etag = row.ETag;
        }
    }

    /// <summary>
    /// Whether an attempt of this kind still goes on: null when it was never left to itself. One whose lease has passed is ended first.
    /// </summary>
    internal async ValueTask<bool?> GoesOn(SweepSession session, RunKey key, int attempt, CancellationToken cancellation)
    {
        if (_leases.TryGetValue((session.Sweep, key, attempt), out DateTimeOffset until) && until > hub.Time.GetUtcNow() && await Looker(session, key, attempt, cancellation) is null) return true;
        if (await RunRows.Get(hub.Store, session.Sweep, key, attempt, cancellation) is not { Details: { } details } || (details.LeaseUntil is null && details.Ended is null)) return null;
        return !await ReapOne(session, key, attempt, details.StartedAt, cancellation);
    }

    /// <summary>
    /// Ends what runs on elsewhere for a cancelled sweep, where its runner can, before the log says that it is cancelled: a host that dies in
    /// between lets another one do it again.
    /// </summary>
    internal async ValueTask EndCancelled(SweepSession session, CancellationToken cancellation)
    {
        (RunKey Key, int Attempt)[] left = await session.Read(
            s => s.Cancel is null || s.End is not null ? [] : Handout.LeftOutside(s).Where(r => r.Claim.Lane >= 0).Select(r => (r.Key, r.Attempt)).ToArray(), cancellation);
        // All at once: each may take its runner some seconds.
        await Task.WhenAll(left.Select(async run =>
        {
            if (await RunRows.Get(hub.Store, session.Sweep, run.Key, run.Attempt, cancellation) is { Details: { Ended: null, Handle: { } handle } }) await EndElsewhere(session, handle, cancellation);
        }));
    }

    /// <summary>
    /// Ends an attempt that goes on elsewhere because its sweep was cancelled. False: the sweep was not, or the attempt has no handle to end it by and is told when it reports.
    /// </summary>
    internal async ValueTask<bool> Cancel(SweepSession session, RunKey key, int attempt, CancellationToken cancellation)
    {
        if (!await session.Read(s => s.Cancel is not null, cancellation)) return false;
        if (await RunRows.Get(hub.Store, session.Sweep, key, attempt, cancellation) is not { Details: { Ended: null, Handle: { } handle } details, ETag: { } etag }) return false;
        var result = new RunResult(RunState.Cancelled, null, null, Nothing, "cancelled", "the sweep was cancelled, and its runner was told to end it");
        SweepEvent.Ended ended = RunActivity.ToEvent(key, attempt, result, Math.Max(0, (long)(hub.Time.GetUtcNow() - details.StartedAt).TotalMilliseconds));
        await EndElsewhere(session, handle, cancellation);
        if (await RunRows.Put(hub.Store, session.Sweep, details with { LeaseUntil = null, Ended = ended }, etag, cancellation) is null) return false; // a word came in this moment
        await Settle(session, key, ended, cancellation, clockRuns: false);
        return true;
    }

    // A courtesy, and never the sweep's failure: what goes on after all is fenced by its attempt, and told to end when it reports.
    private async ValueTask EndElsewhere(SweepSession session, string handle, CancellationToken cancellation)
    {
        string? kind = await session.Read(s => s.Spec.Trial?.Runner, cancellation);
        if (kind is null || !hub.Runners.TryGetValue(kind, out IRunner? runner)) return;
        try
        {
            await runner.End(handle, cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it was, there is nobody who could do more about it here.
        }
    }

    private async ValueTask<bool> ReapOne(SweepSession session, RunKey key, int attempt, DateTimeOffset started, CancellationToken cancellation)
    {
        DateTimeOffset now = hub.Time.GetUtcNow();
        TimeSpan? runTime = await session.Read(s => s.Spec.Limits.RunTime, cancellation);
        bool late = runTime is { } limit && now - started > limit;
        IRunner? looker = await Looker(session, key, attempt, cancellation);
        if (!late && looker is null && _leases.TryGetValue((session.Sweep, key, attempt), out DateTimeOffset until) && until > now) return false;
        (RunDetails Details, string ETag)? row = await RunRows.Get(hub.Store, session.Sweep, key, attempt, cancellation);
        if (row is { Details.Ended: { } stored })
        {
            await Settle(session, key, stored, cancellation, clockRuns: false);
            return true;
        }

        DateTimeOffset lease = row?.Details.LeaseUntil ?? started + DefaultLease;
        RunOutcome? found = null;
        if (!late && looker is not null && row is { Details.Handle: { } seen })
        {
            _looked[(session.Sweep, key, attempt)] = now;
            found = await looker.Look(seen, cancellation);
            // It ran to its end and did not say so: what it has reported is what there is.
            if (found is RunOutcome.Finished) return (await End(session.Sweep, key, attempt, null, RemoteEnd.Completed, null, cancellation)).Outcome == RemoteOutcome.Accepted;
        }

        if (!late && found is null && lease > now)
        {
            _leases[(session.Sweep, key, attempt)] = lease;
            return false;
        }

        RunResult result = found is RunOutcome.Lost gone ? new(RunState.Lost, null, null, Nothing, gone.Code, gone.Message)
            : late
            ? new(RunState.Failed, null, null, Nothing, "timeout", string.Create(CultureInfo.InvariantCulture, $"it has not ended within limits.runTime, {Durations.Format(runTime!.Value)}"))
            : new(RunState.Lost, null, null, Nothing, "lease-expired", string.Create(CultureInfo.InvariantCulture,
                $"nothing was heard of it until {lease:yyyy-MM-dd HH:mm:ss} UTC, when its lease ended{(row is null ? "" : $" (worker {row.Value.Details.Host})")}"));
        SweepEvent.Ended ended = RunActivity.ToEvent(key, attempt, result, Math.Max(0, (long)(now - started).TotalMilliseconds));
        RunDetails details = (row?.Details ?? new RunDetails { Run = key.ToString(), Attempt = attempt, Host = "", StartedAt = started }) with { LeaseUntil = null, Ended = ended };
        if (await RunRows.Put(hub.Store, session.Sweep, details, row?.ETag, cancellation) is null) return false; // a word came in this moment
        if (found is null && details.Handle is { } handle) await EndElsewhere(session, handle, cancellation); // silent, but perhaps still there
        await Settle(session, key, ended, cancellation, clockRuns: false);
        return true;
    }

    // The runner to ask after a run, when it is time to. The first look is as long after the start as looks are apart.
    private async ValueTask<IRunner?> Looker(SweepSession session, RunKey key, int attempt, CancellationToken cancellation)
    {
        if (await session.Read(s => s.Spec.Trial?.Runner, cancellation) is not { } kind || hub.Runners.GetValueOrDefault(kind) is not { LookEvery: { } every } runner) return null;
        DateTimeOffset now = hub.Time.GetUtcNow();
        return now - _looked.GetOrAdd((session.Sweep, key, attempt), now) >= every ? runner : null;
    }

    // Whether the sweep's clock runs on with a worker's word: where a host runs the sweep, that is the host's business; and a lease may be
    // found to have ended long after anybody was there.
    private async ValueTask Settle(SweepSession session, RunKey key, SweepEvent.Ended ended, CancellationToken cancellation, bool clockRuns = true)
    {
        bool hosted = clockRuns && await session.Read(s => s.Spec.Trial is null, cancellation);
        string? lane = await session.Read(s => s.Run(key) is { Claim: { Lane: >= 0 } claim } && claim.Round == s.Round?.Round && s.Stage is { } stage
            ? Workflows.LaneId(session.Sweep, claim.Round, stage.Index, claim.Lane) : null, cancellation);
        await RunActivity.Append(session, key, ended, cancellation, hosted);
        _leases.TryRemove((session.Sweep, key, ended.Attempt), out _);
        _looked.TryRemove((session.Sweep, key, ended.Attempt), out _);
        await Advance(session.Sweep, cancellation);
        hub.WakeUp(session.Sweep, lane);
    }

    // The row of an attempt that may still be spoken of, or the reason why it may not.
    private async ValueTask<(RemoteAnswer? Refused, RunDetails Details, string? ETag)> Open(SweepSession session, RunKey key, int attempt, CancellationToken cancellation)
    {
        (RunRecord? run, bool outside) = await session.Read(s => (s.Created is null ? null : s.Run(key), s.Run(key)?.Claim.Lane < 0), cancellation);
        if (run is null) return (new(RemoteOutcome.NotFound, Over, $"sweep {session.Sweep} has no run {key}"), null!, null);
        if (run.Phase != RunPhase.Running || run.Attempt != attempt) return (new(RemoteOutcome.Over, Over, Tell(run, attempt)), null!, null);
        (RunDetails Details, string ETag)? row = await RunRows.Get(hub.Store, session.Sweep, key, attempt, cancellation);
        if (row is { Details.Ended: { } ended })
        {
            // Its end was stored by a server that died before it could append it.
            await Settle(session, key, ended, cancellation);
            return (new(RemoteOutcome.Over, Over, Tell(run, attempt)), null!, null);
        }

        if ((row is null && outside) || (row is not { Details.LeaseUntil: not null } && !outside && await AlwaysDetaches(session, cancellation)))
        {
            var details = row?.Details ?? new RunDetails { Run = key.ToString(), Attempt = attempt, Host = "", StartedAt = run.StartedAt!.Value };
            return (null, details with { LeaseUntil = hub.Time.GetUtcNow(), LeaseMs = (long)DefaultLease.TotalMilliseconds }, row?.ETag);
        }

        return row is { Details.LeaseUntil: not null } known ? (null, known.Details, known.ETag)
            : (new(RemoteOutcome.Elsewhere, ReportDecision.Continue, $"run {key} is executed by {row?.Details.Host ?? "another host"}, which takes its reports itself"), null!, null);
    }

    private async ValueTask<bool> AlwaysDetaches(SweepSession session, CancellationToken cancellation) =>
        await session.Read(s => s.Spec.Trial?.Runner, cancellation) is { } kind && hub.Runners.TryGetValue(kind, out IRunner? runner) && runner.AlwaysDetaches;

    private async ValueTask<(ResultGate Gate, RungWatch? Watch)> Gate(SweepSession session, RunKey key, RunDetails details, CancellationToken cancellation)
    {
        (ResultGate gate, RungWatch? watch) = await session.Read(s => (
            ResultGate.For(s.Spec, key),
            RungWatch.Of(session, s, s.Run(key)!, details.Attempt)), cancellation);
        foreach (RunReport report in details.Reports) gate.Report(report);
        if (details.Counting is { } counting) gate.Restore(counting, details.ReportCount);
        return (gate, watch);
    }

    private RunDetails Renew(RunDetails details, ResultGate gate) => details with
    {
        LeaseUntil = hub.Time.GetUtcNow() + TimeSpan.FromMilliseconds(details.LeaseMs ?? (long)DefaultLease.TotalMilliseconds),
        Reports = [.. gate.Reports.Take(KeptReports)],
        ReportCount = gate.Count,
        Counting = gate.Counting,
    };

    private async ValueTask<string?> Put(string sweep, RunDetails details, string? etag, CancellationToken cancellation)
    {
        string? written = await RunRows.Put(hub.Store, sweep, details, etag, cancellation);
        if (written is not null && RunKey.TryParse(details.Run, out RunKey key)) _leases[(sweep, key, details.Attempt)] = details.LeaseUntil!.Value;
        return written;
    }

    // Without a rule a run is told to end when nobody wants its result any more.
    private static async ValueTask<ReportDecision> Wanted(SweepSession session, RunKey key, CancellationToken cancellation) => await session.Read(s =>
        s.Cancel is not null ? new ReportDecision(true, "the sweep was cancelled")
        : key.Pool == SeedPool.Search && s.SearchAbandoned ? new ReportDecision(true, $"search has ended: {s.SearchEnded!.Reason}")
        : ReportDecision.Continue, cancellation);

    private async ValueTask<bool> SameEnd(SweepSession session, RunKey key, int attempt, RunReport? report, RemoteEnd how, CancellationToken cancellation)
    {
        if (await RunRows.Get(hub.Store, session.Sweep, key, attempt, cancellation) is not { Details.Ended: { } ended }) return false;
        (string metric, TaskSpec? task) = await session.Read(s => (RunActivity.MetricOf(s.Spec, key.Pool), s.Spec.TaskOf(key.Task)), cancellation);
        return how switch
        {
            RemoteEnd.Completed => ended.State is RunState.Completed or RunState.Stopped && (report is null || !report.Metrics.TryGetValue(metric, out double value) || (task?.OnScale(value) ?? value).Equals(ended.Value)),
            RemoteEnd.Failed => ended.State == RunState.Failed,
            _ => ended.State == RunState.Preempted,
        };
    }

    private static string Tell(RunRecord run, int attempt) =>
        attempt > run.Attempt ? string.Create(CultureInfo.InvariantCulture, $"run {run.Key} has had {run.Attempt} attempts, but no attempt {attempt}")
        : attempt < run.Attempt ? string.Create(CultureInfo.InvariantCulture, $"attempt {attempt} of run {run.Key} is over: attempt {run.Attempt} has taken its place")
        : string.Create(CultureInfo.InvariantCulture, $"attempt {attempt} of run {run.Key} is over{(run.Result is { } r ? $" ({r.State.ToString().ToLowerInvariant()}, {r.Code})" : "")}");

    private static ImmutableSortedDictionary<string, double> Nothing => ImmutableSortedDictionary<string, double>.Empty;

    private static ReportDecision Over { get; } = new(true, "this attempt is over");
}
