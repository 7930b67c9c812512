using System.CommandLine;
using HyperCloud.Core;
using HyperCloud.Local;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Sources;

/// <summary>Sweeps in a store that this process opens itself.</summary>
internal sealed class StoreSource(ParseResult parsed, IStore store) : ISweepSource
{
    private readonly SweepHub _hub = parsed.OpenHub(store);

    /// <summary>How often a store is asked for what is new; on Azure each time is a request that costs.</summary>
    private readonly TimeSpan _lookEvery = StoreAddress.IsAzure(parsed.StoreAddress()) ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(250);

    public string Description => store.Description;

    public bool RunsSweeps => false;

    private SweepService Service => new(_hub);

    public async Task<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation) => await Service.List(cancellation);

    public SweepLog Log(SweepSummary sweep) => new StoreLog(store, sweep.Id, _lookEvery);

    public async Task<string?> Host(string sweep, CancellationToken cancellation) =>
        await SweepLease.Holder(store, sweep, TimeProvider.System, cancellation) is { } lease ? $"{lease.Machine}/{lease.ProcessId}" : null;

    public async Task<RunDetails?> Details(string sweep, RunKey run, int attempt, CancellationToken cancellation) =>
        await Service.Details(sweep, run, attempt, cancellation);

    public async Task<byte[]> Capsule(SweepSummary sweep, CancellationToken cancellation)
    {
        try
        {
            return (await Sweeps.Capsule.Take(store, sweep.Id, cancellation)).ToZip();
        }
        catch (CapsuleException e)
        {
            throw new CliException(ExitCodes.BadInput, e.Message);
        }
    }

    public async Task<bool> SetPaused(SweepSummary sweep, bool paused, CancellationToken cancellation)
    {
        bool changed = await Service.SetPaused(sweep.Id, paused, "user", cancellation);
        if (changed) await Refresh(sweep, cancellation);
        return changed;
    }

    public async Task<bool> Cancel(SweepSummary sweep, CancellationToken cancellation)
    {
        bool done = await Service.Cancel(sweep.Id, "user", cancellation);
        // Without a host nobody else would write the end of it.
        if (done && await Host(sweep.Id, cancellation) is null) new LocalHost(_hub).Run(sweep.Id);
        return done;
    }

    public async Task<int> Retry(SweepSummary sweep, CancellationToken cancellation)
    {
        int runs = (await Service.Retry(sweep.Id, "user", cancellation)).Count;
        if (runs > 0) await Refresh(sweep, cancellation);
        return runs;
    }

    public async Task Delete(SweepSummary sweep, bool force, CancellationToken cancellation)
    {
        if (force && !sweep.Deleting)
        {
            try
            {
                await Service.Cancel(sweep.Id, "user", cancellation);
            }
            catch (LogBrokenException)
            {
                // Nobody can host a damaged sweep, and its deletion does not read its record.
            }
        }

        bool goesOn = !force && !sweep.Deleting && await GoesOn(sweep.Id, cancellation);
        if (await Service.DeleteOnceReleased(sweep.Id, () => ValueTask.FromResult(!goesOn), _lookEvery, cancellation) == DeletionOutcome.NotOver) throw NotOver(sweep);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>Writes what the record says into the summary. Its host may be slower with older news, so it is looked at again.</summary>
    private async Task Refresh(SweepSummary sweep, CancellationToken cancellation)
    {
        while (true)
        {
            SweepSummary summary = await _hub.Session(sweep.Id).Read(s => SweepHub.Summarize(s, sweep.BaseDirectory), cancellation, force: true);
            await _hub.WriteSummary(summary, cancellation);
            if (await _hub.Session(sweep.Id).Read(s => s.Status, cancellation, force: true) == summary.Status) return;
        }
    }

    private async Task<bool> GoesOn(string sweep, CancellationToken cancellation)
    {
        try
        {
            return await _hub.Session(sweep).Read(s => s.End is null && s.Cancel is null, cancellation, force: true);
        }
        catch (LogBrokenException)
        {
            return false;
        }
    }

    private static CliException NotOver(SweepSummary sweep) =>
        new(ExitCodes.BadInput, $"sweep {sweep.Id} is not over; 'hypercloud cancel {sweep.Id}' ends it first, or 'delete --force' does both");

    private sealed class StoreLog(IStore store, string sweep, TimeSpan lookEvery) : SweepLog
    {
        private readonly EventLog _log = new(store, sweep);

        protected override async Task<IReadOnlyList<LogEntry>> Read(TimeSpan wait, CancellationToken cancellation)
        {
            long begun = TimeProvider.System.GetTimestamp();
            while (true)
            {
                IReadOnlyList<LogEntry> entries = await _log.ReadNew(cancellation);
                if (entries.Count > 0 || TimeProvider.System.GetElapsedTime(begun) >= wait) return entries;
                // A store tells nobody that it has changed, so whoever watches looks now and then.
                await Task.Delay(lookEvery, TimeProvider.System, cancellation);
            }
        }
    }
}
