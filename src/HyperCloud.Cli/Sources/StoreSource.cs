using System.CommandLine;
using HyperCloud.Core;
using HyperCloud.Local;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Sources;

/// <summary>Sweeps in a store that this process opens itself.</summary>
internal sealed class StoreSource(ParseResult parsed, IStore store) : ISweepSource
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a forced deletion waits for the host to end what is under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SweepHub _hub = parsed.OpenHub(store);

    public string Description => store.Description;

    public bool RunsSweeps => false;

    private SweepService Service => new(_hub);

    public async Task<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation) => await Service.List(cancellation);

    public SweepLog Log(SweepSummary sweep) => new StoreLog(store, sweep.Id);

    public async Task<string?> Host(string sweep, CancellationToken cancellation) =>
        await SweepLease.Holder(store, sweep, TimeProvider.System, cancellation) is { } lease ? $"{lease.Machine}/{lease.ProcessId}" : null;

    public async Task<RunDetails?> Details(string sweep, RunKey run, int attempt, CancellationToken cancellation) =>
        await Service.Details(sweep, run, attempt, cancellation);

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

        long begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await Service.Delete(sweep.Id, cancellation) == DeletionOutcome.NotOver) throw NotOver(sweep);
                return;
            }
            catch (SweepBusyException) when (!force && sweep.Status is SweepStatus.Running or SweepStatus.Paused)
            {
                throw NotOver(sweep);
            }
            catch (SweepBusyException) when (TimeProvider.System.GetElapsedTime(begun) < Patience)
            {
                // Its host is ending the runs under way, and lets go of the sweep after that.
                await Task.Delay(LookEvery, TimeProvider.System, cancellation);
            }
        }
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

    private static CliException NotOver(SweepSummary sweep) =>
        new(ExitCodes.BadInput, $"sweep {sweep.Id} is not over; 'hypercloud cancel {sweep.Id}' ends it first, or 'delete --force' does both");

    private sealed class StoreLog(IStore store, string sweep) : SweepLog
    {
        private readonly EventLog _log = new(store, sweep);

        protected override async Task<IReadOnlyList<LogEntry>> Read(TimeSpan wait, CancellationToken cancellation)
        {
            long begun = TimeProvider.System.GetTimestamp();
            while (true)
            {
                IReadOnlyList<LogEntry> entries = await _log.ReadNew(cancellation);
                if (entries.Count > 0 || TimeProvider.System.GetElapsedTime(begun) >= wait) return entries;
                await Task.Delay(LookEvery, TimeProvider.System, cancellation);
            }
        }
    }
}
