using HyperCloud.Sweeps;

namespace HyperCloud.Local;

/// <summary>
/// Hosts one sweep in this process: the workflows on a <see cref="WorkflowPump"/>, the activities behind it, the lease, and a heartbeat
/// that looks for what others have appended. Nothing of the workflows is kept: the store is the truth, and a new host begins a new round.
/// </summary>
public sealed class LocalHost(SweepHub hub)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    private readonly WorkflowPump _pump = CreatePump(hub);

    /// <summary>Raised on the pump's thread with each word on what goes on.</summary>
    public event Action<string, string>? StatusChanged
    {
        add => _pump.StatusChanged += value;
        remove => _pump.StatusChanged -= value;
    }

    /// <summary>A pump that knows the workflows and activities of a hub.</summary>
    public static WorkflowPump CreatePump(SweepHub hub)
    {
        var pump = new WorkflowPump(hub.Time);
        var activities = new Activities(hub);
        pump.Register(Workflows.Sweep, Workflows.SweepTurn);
        pump.Register(Workflows.Group, Workflows.GroupTurn);
        pump.Register(Workflows.Lane, Workflows.LaneTurn);
        pump.Register(Activities.OpenRoundName, activities.OpenRound);
        // A process that is going away begins nothing new, and its lanes end: another host will open a round of its own.
        pump.Register(Activities.AdvanceName, async (input, cancellation) =>
            await activities.Advance(input, cancellation) is var next && next.Kind == "stage" && hub.Leaving ? new AdvanceOutput("left") : next);
        pump.Register(Activities.WorkName, (input, cancellation) =>
            hub.Leaving ? Task.FromResult(new WorkOutput("done", input.Step)) : activities.Work(input, cancellation));
        return pump;
    }

    /// <summary>Runs a sweep until it ends or is paused, on the calling thread.</summary>
    /// <param name="sweep">Sweep id.</param>
    /// <returns>How it came to an end here: as the workflow says, or <c>left</c> (the hub is leaving), or <c>deleted</c>.</returns>
    /// <exception cref="SweepBusyException">Another process is running it.</exception>
    public SweepOutput Run(string sweep)
    {
        SweepLease lease = SweepLease.Acquire(hub.Store, sweep, hub.Options.Host, hub.Time, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        // Deleted between the decision to host it and the lease: opening a round would write into a log that is no more.
        if (hub.Summary(sweep, CancellationToken.None).AsTask().GetAwaiter().GetResult() is null or { Deleting: true })
        {
            lease.Release(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return new SweepOutput("deleted");
        }

        using var ended = new CancellationTokenSource();
        Task heartbeat = Task.Run(() => Beat(sweep, lease, ended.Token));
        hub.Woken += OnWoken;
        try
        {
            return _pump.Run(Workflows.Sweep, sweep, new SweepTurn(sweep, 0, Guid.NewGuid().ToString("N"), ReturnWhenPaused: true), CancellationToken.None);
        }
        finally
        {
            hub.Woken -= OnWoken;
            ended.Cancel();
            heartbeat.GetAwaiter().GetResult();
            lease.Release(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        void OnWoken(string which, string? lane)
        {
            if (which == sweep) Wake();
        }
    }

    /// <summary>Wakes whatever waits, so that it looks at the store at once.</summary>
    public void Wake() => _pump.SignalAll(Workflows.Wake);

    private async Task Beat(string sweep, SweepLease lease, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(Heartbeat, hub.Time);
        long renewed = hub.Time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                try
                {
                    // Folding a cancellation that another process appended ends the runs of this one.
                    await hub.Session(sweep).Read(s => s.Seq, ended, force: true);
                    if (hub.Time.GetElapsedTime(renewed) < RenewEvery) continue;
                    if (!await lease.Renew(ended))
                    {
                        hub.Leave();
                        return;
                    }

                    renewed = hub.Time.GetTimestamp();
                }
                catch (StoreException)
                {
                    // A store that is away for a moment may be back at the next beat; a lane that needs it says so in its own words.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The sweep ended here.
        }
        catch (LogBrokenException)
        {
            // The lane that folds the same log next fails with it; a heartbeat is not the place to.
        }
    }
}
