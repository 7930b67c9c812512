using System.Diagnostics;
using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>Another process is running the sweep.</summary>
/// <param name="holder">Who.</param>
/// <param name="message">A sentence.</param>
public sealed class SweepBusyException(LeaseRow holder, string message) : Exception(message)
{
    /// <summary>Who is running it.</summary>
    public LeaseRow Holder { get; } = holder;
}

/// <summary>
/// The right of one process to host a sweep. A courtesy that gives two users a clear message: what keeps the record right when it fails
/// (a process that was suspended past its lease) is the round in the log, which fences the older host.
/// </summary>
public sealed class SweepLease
{
    /// <summary>How long a lease lasts without renewal; on the same machine a dead process is noticed at once.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    private const string Table = "leases";
    private const string Key = "host";

    private readonly IStore _store;
    private readonly string _sweep;
    private readonly TimeProvider _time;
    private LeaseRow _row;
    private string _etag;

    private SweepLease(IStore store, string sweep, TimeProvider time, LeaseRow row, string etag) =>
        (_store, _sweep, _time, _row, _etag) = (store, sweep, time, row, etag);

    /// <summary>Takes the lease.</summary>
    /// <exception cref="SweepBusyException">A living process holds it.</exception>
    public static async ValueTask<SweepLease> Acquire(IStore store, string sweep, string host, TimeProvider time, CancellationToken cancellation)
    {
        using Process self = Process.GetCurrentProcess();
        while (true)
        {
            DateTimeOffset now = time.GetUtcNow();
            var mine = new LeaseRow(Guid.NewGuid().ToString("N"), host, Environment.MachineName, self.Id, self.StartTime.ToUniversalTime(), now + Duration);
            StoredRow? row = await store.Get("leases.get", Table, sweep, Key, cancellation);
            LeaseRow? held = row is null ? null : JsonSerializer.Deserialize(row.Body, SweepsJson.Default.LeaseRow);
            if (held is not null && held.Expires > now && !IsDead(held))
                throw new SweepBusyException(held,
                    $"sweep {sweep} is being run by process {held.ProcessId} on {held.Machine} (its lease ends {held.Expires:HH:mm:ss} UTC unless renewed); watch it with 'status', or end that process first");
            string json = JsonSerializer.Serialize(mine, SweepsJson.Default.LeaseRow);
            BatchOutcome outcome = await store.Apply(
                "leases.put", Table, sweep, [row is null ? new RowChange.Insert(Key, json) : new RowChange.Replace(Key, json, row.ETag)], cancellation);
            if (outcome.Applied) return new SweepLease(store, sweep, time, mine, outcome.ETags[0]);
        }
    }

    /// <summary>The living process that hosts a sweep; null when none does.</summary>
    public static async ValueTask<LeaseRow?> Holder(IStore store, string sweep, TimeProvider time, CancellationToken cancellation)
    {
        StoredRow? row = await store.Get("leases.get", Table, sweep, Key, cancellation);
        LeaseRow? held = row is null ? null : JsonSerializer.Deserialize(row.Body, SweepsJson.Default.LeaseRow);
        return held is not null && held.Expires > time.GetUtcNow() && !IsDead(held) ? held : null;
    }

    /// <summary>Takes or moves on a lease that all processes of a fleet hold together, by the fleet's name.</summary>
    /// <returns>False: somebody else holds it.</returns>
    internal static async ValueTask<bool> Share(
        IStore store, string sweep, string fleet, string host, TimeSpan duration, TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            DateTimeOffset now = time.GetUtcNow();
            StoredRow? row = await store.Get("leases.get", Table, sweep, Key, cancellation);
            LeaseRow? held = row is null ? null : JsonSerializer.Deserialize(row.Body, SweepsJson.Default.LeaseRow);
            if (held is not null && held.Owner != fleet && held.Expires > now && !IsDead(held)) return false;
            // No process stands for the fleet, so none is named: its lease ends by time alone.
            string json = JsonSerializer.Serialize(new LeaseRow(fleet, host, fleet, 0, now, now + duration), SweepsJson.Default.LeaseRow);
            BatchOutcome outcome = await store.Apply(
                "leases.put", Table, sweep, [row is null ? new RowChange.Insert(Key, json) : new RowChange.Replace(Key, json, row.ETag)], cancellation);
            if (outcome.Applied) return true;
        }
    }

    /// <summary>Gives a fleet's lease back; does nothing when it is not the fleet's.</summary>
    internal static async ValueTask Unshare(IStore store, string sweep, string fleet, CancellationToken cancellation)
    {
        if (await store.Get("leases.get", Table, sweep, Key, cancellation) is not { } row) return;
        if (JsonSerializer.Deserialize(row.Body, SweepsJson.Default.LeaseRow)!.Owner == fleet)
            await store.Apply("leases.put", Table, sweep, [new RowChange.Delete(Key, row.ETag)], cancellation);
    }

    /// <summary>Renews; false: another process has taken the lease, and this one must stop.</summary>
    public async ValueTask<bool> Renew(CancellationToken cancellation)
    {
        LeaseRow next = _row with { Expires = _time.GetUtcNow() + Duration };
        BatchOutcome outcome = await _store.Apply(
            "leases.put", Table, _sweep, [new RowChange.Replace(Key, JsonSerializer.Serialize(next, SweepsJson.Default.LeaseRow), _etag)], cancellation);
        if (!outcome.Applied) return false;
        (_row, _etag) = (next, outcome.ETags[0]);
        return true;
    }

    /// <summary>Gives the lease back.</summary>
    public async ValueTask Release(CancellationToken cancellation) =>
        await _store.Apply("leases.put", Table, _sweep, [new RowChange.Delete(Key, _etag)], cancellation);

    private static bool IsDead(LeaseRow held)
    {
        if (held.Machine != Environment.MachineName) return false;
        try
        {
            using Process process = Process.GetProcessById(held.ProcessId);
            return process.HasExited || (process.StartTime.ToUniversalTime() - held.ProcessStarted).Duration() > TimeSpan.FromSeconds(2);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // It exists, but may not be looked at.
        }
    }
}
