namespace HyperCloud.Sweeps;

/// <summary>What became of the wish to delete a sweep.</summary>
public enum DeletionOutcome
{
    /// <summary>Nothing of it is left in the store.</summary>
    Deleted,

    /// <summary>There was no such sweep.</summary>
    NotFound,

    /// <summary>It is neither over nor cancelled; nothing was deleted.</summary>
    NotOver,
}

public sealed partial class SweepService
{
    /// <summary>
    /// Deletes all that the store holds of a sweep: summary, log, details of runs, blobs. Files that runs left on a disk stay there. The summary
    /// is marked first and removed last, so that a crash in between leaves a sweep that can only be deleted again, never half a record that
    /// looks like a whole one. The lease is held meanwhile, so that nobody hosts it.
    /// </summary>
    /// <param name="id">Sweep id.</param>
    /// <param name="cancellation">Cancels the call; what was begun is completed by calling again.</param>
    /// <exception cref="SweepBusyException">A living process hosts the sweep.</exception>
    public async ValueTask<DeletionOutcome> Delete(string id, CancellationToken cancellation)
    {
        if (await hub.Summary(id, cancellation) is null) return DeletionOutcome.NotFound;
        SweepLease lease = await SweepLease.Acquire(hub.Store, id, hub.Options.Host, hub.Time, cancellation);
        try
        {
            // Looked at again under the lease: another deletion may have been quicker.
            if (await hub.Summary(id, cancellation) is not { } summary) return DeletionOutcome.NotFound;
            hub.Forget(id);
            if (!summary.Deleting)
            {
                (bool over, int trials) = await Known(id, cancellation);
                if (!over) return DeletionOutcome.NotOver;
                summary = summary with { Deleting = true, Trials = Math.Max(trials, summary.Trials) };
                await hub.WriteSummary(summary, cancellation);
            }

            await DeleteBlobs($"sweeps/{id}/", cancellation);
            for (int trial = 0; trial < summary.Trials; trial += 64) await DeleteRows(RunRows.Table, RunRows.Partition(id, trial), cancellation);
            await DeleteRows(RunTokens.Table, id, cancellation);
            await DeleteRows(Webhooks.Table, id, cancellation);
            await DeleteLog(id, cancellation);
            await hub.Store.Apply("sweeps.delete", SweepHub.SweepsTable, SweepHub.SweepsPartition, [new RowChange.Delete(id, null)], cancellation);
            await hub.Store.Flush("store.flush", cancellation);
            return DeletionOutcome.Deleted;
        }
        finally
        {
            hub.Forget(id);
            await lease.Release(CancellationToken.None);
        }
    }

    /// <summary>
    /// Deletes a sweep whose host may still be ending the runs under way: tries again for a while until it has let go of it.
    /// </summary>
    /// <param name="id">Sweep id.</param>
    /// <param name="mayWait">Asked when a host holds it: false answers <see cref="DeletionOutcome.NotOver"/> at once.</param>
    /// <param name="lookEvery">Time between two tries.</param>
    /// <param name="cancellation">Cancels waiting.</param>
    /// <exception cref="SweepBusyException">Its host has not let go within <see cref="ReleasePatience"/>.</exception>
    public async ValueTask<DeletionOutcome> DeleteOnceReleased(string id, Func<ValueTask<bool>> mayWait, TimeSpan lookEvery, CancellationToken cancellation)
    {
        long begun = hub.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return await Delete(id, cancellation);
            }
            catch (SweepBusyException) when (hub.Time.GetElapsedTime(begun) < ReleasePatience)
            {
                if (!await mayWait()) return DeletionOutcome.NotOver;
                // A lease tells nobody that it was given back: looked at again.
                await Task.Delay(lookEvery, hub.Time, cancellation);
            }
        }
    }

    /// <summary>How long a deletion waits for a host to end what is under way.</summary>
    public static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(10);

    /// <summary>Whether a sweep may be deleted, and how many trials it has at most. A damaged record may always be deleted.</summary>
    private async ValueTask<(bool Over, int Trials)> Known(string id, CancellationToken cancellation)
    {
        try
        {
            return await hub.Session(id).Read(s => (s.End is not null || s.Cancel is not null || s.Created is null, s.Trials.Count), cancellation, force: true);
        }
        catch (LogBrokenException)
        {
            // No log holds more trials than entries.
            int entries = 0;
            for (long shard = 0; await Keys(EventLog.Table, EventLog.Partition(id, shard), cancellation) is { Count: > 0 } keys; shard++) entries += keys.Count;
            return (true, entries);
        }
    }

    /// <summary>Deletes a log from its end: shards are found by counting up, so none may vanish before those above it.</summary>
    private async ValueTask DeleteLog(string id, CancellationToken cancellation)
    {
        long shards = 0;
        while ((await hub.Store.Query("events.delete", EventLog.Table, EventLog.Partition(id, shards), null, null, 1, cancellation)).Count > 0) shards++;
        while (shards-- > 0) await DeleteRows(EventLog.Table, EventLog.Partition(id, shards), cancellation);
    }

    private async ValueTask DeleteRows(string table, string partition, CancellationToken cancellation)
    {
        foreach (string[] keys in (await Keys(table, partition, cancellation)).Chunk(StoreLimits.BatchRows))
            await hub.Store.Apply($"{table}.delete", table, partition, [.. keys.Select(k => new RowChange.Delete(k, null))], cancellation);
    }

    private async ValueTask<IReadOnlyList<string>> Keys(string table, string partition, CancellationToken cancellation)
    {
        List<string> keys = [];
        while (true)
        {
            IReadOnlyList<StoredRow> rows = await hub.Store.Query($"{table}.delete", table, partition, keys.Count == 0 ? null : keys[^1], null, 1000, cancellation);
            keys.AddRange(rows.Select(r => r.Key));
            if (rows.Count < 1000) return keys;
        }
    }

    private async ValueTask DeleteBlobs(string prefix, CancellationToken cancellation)
    {
        while (await hub.Store.ListBlobs("blobs.delete", prefix, null, 1000, cancellation) is { Count: > 0 } names)
            foreach (string name in names) await hub.Store.DeleteBlob("blobs.delete", name, cancellation);
    }
}
