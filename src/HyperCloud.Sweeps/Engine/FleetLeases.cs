using System.Collections.Concurrent;

namespace HyperCloud.Sweeps;

/// <summary>
/// The leases of the sweeps that a fleet of processes hosts together (<see cref="HubOptions.Fleet"/>): taken when a round is opened, moved on by
/// whichever process works on the sweep, given back when it ends or pauses. Without a fleet there is nothing to hold.
/// </summary>
internal sealed class FleetLeases(SweepHub hub)
{
    /// <summary>How long a lease lasts: longer than work lies in a queue while the fleet grows.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, long> _renewed = new(StringComparer.Ordinal);

    /// <summary>Takes the lease, or moves it on.</summary>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="now">At once; else only when this process has not done so for a while, for another one may have given it back meanwhile.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>False: another host holds it.</returns>
    public async ValueTask<bool> Hold(string sweep, bool now, CancellationToken cancellation)
    {
        if (hub.Options.Fleet is not { } fleet) return true;
        if (!now && _renewed.TryGetValue(sweep, out long at) && hub.Time.GetElapsedTime(at) < Duration / 5) return true;
        long begun = hub.Time.GetTimestamp();
        if (!await SweepLease.Share(hub.Store, sweep, fleet, hub.Options.Host, Duration, hub.Time, cancellation)) return false;
        _renewed[sweep] = begun;
        return true;
    }

    /// <summary>Gives the lease back, if it is the fleet's.</summary>
    public async ValueTask Release(string sweep, CancellationToken cancellation)
    {
        if (hub.Options.Fleet is not { } fleet) return;
        _renewed.TryRemove(sweep, out _);
        await SweepLease.Unshare(hub.Store, sweep, fleet, cancellation);
    }
}
