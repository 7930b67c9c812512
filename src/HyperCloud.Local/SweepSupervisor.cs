using System.Collections.Concurrent;
using System.Threading.Channels;
using HyperCloud.Sweeps;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Local;

/// <summary>Settings of a supervisor.</summary>
public sealed record SupervisorOptions
{
    /// <summary>Sweeps hosted at once; those beyond wait. Default 16. Ending a cancelled sweep does not count.</summary>
    public int MaxSweeps { get; init; } = 16;

    /// <summary>How often the store is searched for sweeps that nobody hosts; default 5 s.</summary>
    public TimeSpan ScanEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a sweep whose host faulted is left alone at first; doubles with every fault in a row. Default 5 s.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest such time; default 5 min.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Hosts all sweeps of a store in one process, each with a <see cref="LocalHost"/> on a thread of its own. Finds what should go on when it starts,
/// when it is woken, and by searching the store now and then; leaves alone what another living process hosts, so that several servers share
/// the sweeps of one store and take over from one that died once its lease has ended.
/// </summary>
/// <remarks>Every hosted sweep has its own <see cref="SweepHub"/>: one that loses its lease ends its own runs and nobody else's.</remarks>
public sealed partial class SweepSupervisor(
    IStore store, IReadOnlyDictionary<string, IRunner> runners, TimeProvider time, HubOptions hubOptions, SupervisorOptions options, ILogger<SweepSupervisor> logger)
    : ISweepHosting
{
    private readonly Channel<string?> _looks = Channel.CreateUnbounded<string?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, Hosted> _hosted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HostFault> _faults = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _notOurs = new(StringComparer.Ordinal);
    private int _scanQueued;
    private volatile bool _leaving;

    /// <summary>Raised, on the sweep's own thread, when a sweep has come to an end here: its id, and how (<see cref="SweepOutput.Status"/>, <c>busy</c> or <c>fault</c>).</summary>
    public event Action<string, string>? Ended;

    /// <summary>The sweeps hosted now.</summary>
    public IReadOnlyCollection<string> Hosting => [.. _hosted.Keys];

    /// <inheritdoc/>
    public HostFault? Fault(string sweep) => _faults.GetValueOrDefault(sweep);

    /// <inheritdoc/>
    public SweepHub? HubOf(string sweep) => _hosted.GetValueOrDefault(sweep)?.Hub;

    /// <inheritdoc/>
    public ValueTask Wake(string sweep, CancellationToken cancellation) => _looks.Writer.WriteAsync(sweep, cancellation);

    /// <summary>
    /// Supervises until asked to stop; then ends the runs under way (they count as pre-empted and will be run again), waits for the hosts to
    /// note that, and returns. The sweeps go on wherever a supervisor starts next.
    /// </summary>
    public async Task Run(CancellationToken stop)
    {
        await using (time.CreateTimer(_ => QueueScan(), null, options.ScanEvery, options.ScanEvery))
        {
            bool first = true;
            QueueScan();
            try
            {
                await foreach (string? sweep in _looks.Reader.ReadAllAsync(stop))
                {
                    if (sweep is not null)
                    {
                        await Guarded(sweep, () => Consider(sweep, woken: true, stop));
                        continue;
                    }

                    Volatile.Write(ref _scanQueued, 0);
                    if (await Guarded(null, () => Scan(first, stop))) first = false;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Asked to stop.
            }
        }

        await Leave();
    }

    /// <summary>Ends all hosting here and waits for it.</summary>
    private async Task Leave()
    {
        _leaving = true;
        Hosted[] hosted = [.. _hosted.Values];
        if (hosted.Length > 0) LogLeaving(hosted.Length);
        foreach (Hosted h in hosted)
        {
            h.Hub.Leave();
            h.Host.Wake();
        }

        await Task.WhenAll(hosted.Select(h => h.Done.Task));
    }

    private void QueueScan()
    {
        if (Interlocked.Exchange(ref _scanQueued, 1) == 0) _looks.Writer.TryWrite(null);
    }

    private async Task Scan(bool first, CancellationToken stop)
    {
        IReadOnlyList<SweepSummary> all = await new SweepService(CreateHub()).List(stop);
        // The oldest first: whoever waits longest for a place gets it.
        foreach (SweepSummary s in all.Reverse())
        {
            if (_hosted.ContainsKey(s.Id)) continue;
            if (s is { Deleting: false, Cron: { } cron, DueFrom: { } from } && Schedules.Next(cron, from) <= time.GetUtcNow())
            {
                await Guarded(s.Id, () => BeginDue(s.Id, stop));
                continue;
            }

            if (s is { Deleting: false, TellAt: { } tellAt } && tellAt <= time.GetUtcNow()) await Guarded(s.Id, () => new SweepService(CreateHub()).Tell(s.Id, stop).AsTask());
            if (_notOurs.ContainsKey(s.Id)) continue;
            // A summary that says paused may hide a cancellation that nobody has written the end of: worth a look, once.
            if (s.Deleting || s.Status == SweepStatus.Running || (first && s.Status == SweepStatus.Paused))
                await Guarded(s.Id, () => Consider(s.Id, woken: false, stop));
        }
    }

    private async Task BeginDue(string sweep, CancellationToken stop)
    {
        if (await new SweepService(CreateHub()).BeginDue(sweep, stop) is not { } due) return;
        LogDue(sweep, due.At, due.Missed);
        await Consider(sweep, woken: true, stop);
    }

    private async Task Consider(string sweep, bool woken, CancellationToken stop)
    {
        if (_hosted.TryGetValue(sweep, out Hosted? hosted))
        {
            await hosted.Hub.Session(sweep).Read(s => s.Seq, stop, force: true);
            hosted.Host.Wake();
            return;
        }

        if (woken) _notOurs.TryRemove(sweep, out _);
        else if (_faults.TryGetValue(sweep, out HostFault? fault) && fault.RetryAt > time.GetUtcNow()) return;
        SweepHub hub = CreateHub();
        if (await hub.Summary(sweep, stop) is not { } summary || await SweepLease.Holder(store, sweep, time, stop) is not null) return;
        if (summary.Deleting)
        {
            // Whoever began to delete it has died.
            await new SweepService(hub).Delete(sweep, stop);
            return;
        }

        (bool goOn, bool cancelled, SweepStatus status, string? runner) = await hub.Session(sweep).Read(
            s => (s.NeedsHost, s.Cancel is not null, s.Status, s.Spec.Trial?.Runner), stop);
        if (!goOn)
        {
            // A summary is only a hint, and this one was wrong: mend it, so that the next search need not read the log again.
            if (summary.Status != status) await hub.WriteSummary(await hub.Session(sweep).Read(s => SweepHub.Summarize(s, summary.BaseDirectory, summary.TellAt), stop), stop);
            else if (status == SweepStatus.Running) _notOurs[sweep] = true;
            return;
        }

        if (!cancelled)
        {
            if (_hosted.Count >= options.MaxSweeps) return;
            if (!runners.ContainsKey(runner!))
                throw new InvalidOperationException($"this server has no runner '{runner}' (it has {string.Join(", ", runners.Keys.Order(StringComparer.Ordinal))})");
        }

        Start(sweep, hub);
    }

    private void Start(string sweep, SweepHub hub)
    {
        var hosted = new Hosted(hub, new LocalHost(hub), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        // A run that ended well shows that what was wrong is over.
        hub.Folded += (_, _, entry) =>
        {
            if (entry.Event is SweepEvent.Ended { State: RunState.Completed }) _faults.TryRemove(sweep, out _);
        };
        _hosted[sweep] = hosted;
        LogHosting(sweep);
        new Thread(() => Host(sweep, hosted)) { IsBackground = true, Name = $"sweep {sweep}" }.Start();
    }

    private void Host(string sweep, Hosted hosted)
    {
        string how = "fault";
        try
        {
            how = hosted.Host.Run(sweep).Status;
            if (how != "left") _faults.TryRemove(sweep, out _);
            LogEnded(sweep, how);
        }
        catch (SweepBusyException e)
        {
            how = "busy";
            LogBusy(sweep, e.Message);
        }
        catch (Exception e)
        {
            NoteFault(sweep, e);
        }
        finally
        {
            _hosted.TryRemove(sweep, out _);
            hosted.Done.SetResult();
            Ended?.Invoke(sweep, how);
            if (!_leaving)
            {
                // It may have been resumed or extended in the moment it ended; and its place is free for another.
                if (how is "paused" or "ended") _looks.Writer.TryWrite(sweep);
                QueueScan();
            }
        }
    }

    /// <summary>Does something whose fault is the sweep's (or the search's, without one), not the supervisor's.</summary>
    private async Task<bool> Guarded(string? sweep, Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (SweepBusyException)
        {
            return true; // Another process was quicker.
        }
        catch (Exception e)
        {
            if (sweep is null) LogScanFault(e.Message);
            else NoteFault(sweep, e);
            return false;
        }
    }

    private void NoteFault(string sweep, Exception e)
    {
        DateTimeOffset now = time.GetUtcNow();
        HostFault noted = _faults.AddOrUpdate(sweep, _ => Next(1), (_, before) => Next(before.Attempts + 1));
        LogFault(sweep, noted.Attempts, noted.RetryAt, e);

        HostFault Next(int attempts)
        {
            double seconds = Math.Min(options.LongestRetry.TotalSeconds, options.FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 30)));
            return new HostFault(now, attempts, e is StoreException or LogBrokenException or InvalidOperationException ? e.Message : $"{e.GetType().Name}: {e.Message}", now.AddSeconds(seconds));
        }
    }

    private SweepHub CreateHub() => new(store, runners, time, hubOptions);

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep}: hosted here")]
    private partial void LogHosting(string sweep);

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep}: due at {At:yyyy-MM-dd HH:mm:ss} UTC by its schedule ({Missed} missed before)")]
    private partial void LogDue(string sweep, DateTimeOffset at, int missed);

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep}: {How}")]
    private partial void LogEnded(string sweep, string how);

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep}: {Why}")]
    private partial void LogBusy(string sweep, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "sweep {Sweep}: its host failed (fault {Attempts} in a row); tried again at {RetryAt:HH:mm:ss} UTC")]
    private partial void LogFault(string sweep, int attempts, DateTimeOffset retryAt, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "cannot look for sweeps: {Why}")]
    private partial void LogScanFault(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "ending; {Count} sweeps under way will go on at the next start")]
    private partial void LogLeaving(int count);

    private sealed record Hosted(SweepHub Hub, LocalHost Host, TaskCompletionSource Done);
}
