using HyperCloud.Sweeps;

namespace HyperCloud.Web;

/// <summary>A sweep as a request sees it.</summary>
/// <param name="Id">Id.</param>
/// <param name="Summary">Its summary row.</param>
/// <param name="Session">Its log, folded.</param>
internal sealed record SweepView(string Id, SweepSummary Summary, SweepSession Session)
{
    /// <summary>Which sweep of this id: a deleted one and its successor differ.</summary>
    public string Scope => $"{Id}@{Summary.CreatedAt.UtcTicks}";

    /// <summary>Reads the newest state. What is returned must not hold on to it: it goes on changing.</summary>
    public ValueTask<T> Read<T>(Func<SweepState, T> read, CancellationToken cancellation) => Session.Read(read, cancellation, force: true);
}

/// <summary>
/// Finds sweeps, and lets go of the logs that were not looked at for longest. A sweep may be deleted, and made again under the same id, by another
/// process: what is remembered of it counts only while its summary says that it is the same one.
/// </summary>
internal sealed class SweepCatalog(SweepHub hub)
{
    /// <summary>Folded logs kept.</summary>
    private const int Kept = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _lastUse = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>The sweep; null when there is none.</summary>
    public async Task<SweepView?> Find(string id, CancellationToken cancellation)
    {
        if (!IsId(id)) return null;
        if (await hub.Summary(id, cancellation) is not { } summary)
        {
            Forget(id);
            return null;
        }

        if (summary.Deleting) return new SweepView(id, summary, hub.Session(id));
        Use(id);
        bool known;
        try
        {
            known = await hub.Session(id).Read(s => s.CreatedAt == summary.CreatedAt, cancellation, force: true);
        }
        catch (LogBrokenException)
        {
            known = false; // Damaged, or another sweep than the one remembered: reading it afresh tells.
        }

        if (!known) hub.Forget(id);
        return new SweepView(id, summary, hub.Session(id));
    }

    /// <summary>Forgets a sweep.</summary>
    public void Forget(string id)
    {
        lock (_lock) _lastUse.Remove(id);
        hub.Forget(id);
    }

    /// <summary>
    /// Writes what the log says into the summary, after a change from here. Another writer may be slower with older news, so it is looked at again.
    /// </summary>
    public async Task<SweepSummary> Refresh(string id, string baseDirectory, CancellationToken cancellation)
    {
        while (true)
        {
            SweepSummary summary = await hub.Session(id).Read(s => SweepHub.Summarize(s, baseDirectory), cancellation, force: true);
            await hub.WriteSummary(summary, cancellation);
            if (await hub.Session(id).Read(s => s.Status, cancellation, force: true) == summary.Status) return summary;
        }
    }

    private static bool IsId(string id) => id.Length is > 0 and <= 400 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '~' or '-');

    private void Use(string id)
    {
        string? oldest = null;
        lock (_lock)
        {
            _lastUse[id] = _uses++;
            if (_lastUse.Count > Kept)
            {
                oldest = _lastUse.MinBy(u => u.Value).Key;
                _lastUse.Remove(oldest);
            }
        }

        if (oldest is not null) hub.Forget(oldest);
    }
}
