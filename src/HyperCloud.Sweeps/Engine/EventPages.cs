using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>An entry of a log as it is stored, not folded and not checked.</summary>
/// <param name="Seq">Sequence number.</param>
/// <param name="Digest">Digest as stored.</param>
/// <param name="Entry">The entry's JSON text, byte for byte what the digest was taken over.</param>
public sealed record StoredEvent(long Seq, string Digest, string Entry);

/// <summary>Reads a log piece by piece, for those who watch or export it: without folding, from any place.</summary>
public static class EventPages
{
    /// <summary>Reads entries after a sequence number.</summary>
    /// <param name="store">The store.</param>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="after">The last sequence number that is known; −1: from the beginning.</param>
    /// <param name="limit">At most so many, 1 … 1000.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>The entries in order; fewer than the limit when there are no more.</returns>
    public static async ValueTask<IReadOnlyList<StoredEvent>> Read(IStore store, string sweep, long after, int limit, CancellationToken cancellation)
    {
        List<StoredEvent> events = [];
        while (events.Count < limit)
        {
            long next = after + 1, shard = next / EventLog.ShardSize;
            IReadOnlyList<StoredRow> rows = [];
            // A batch that began in the shard before may have run over its nominal end: what is left of it comes first.
            if (shard > 0 && next % EventLog.ShardSize < StoreLimits.BatchRows) rows = await Query(shard - 1);
            if (rows.Count == 0) rows = await Query(shard);
            if (rows.Count == 0) break;
            foreach (StoredRow row in rows) events.Add(Parse(row, ++after));
        }

        return events;

        ValueTask<IReadOnlyList<StoredRow>> Query(long shard) => store.Query(
            "events.page", EventLog.Table, EventLog.Partition(sweep, shard), after < 0 ? null : EventLog.Key(after), null, limit - events.Count, cancellation);
    }

    private static StoredEvent Parse(StoredRow row, long expected)
    {
        try
        {
            if (row.Key != EventLog.Key(expected)) throw new LogBrokenException(expected, $"entry {expected} is missing: the next one stored is {row.Key}");
            using JsonDocument document = JsonDocument.Parse(row.Body);
            return new(expected, document.RootElement.GetProperty("digest").GetString()!, document.RootElement.GetProperty("entry").GetRawText());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new LogBrokenException(expected, $"entry {expected} cannot be read: {e.Message}");
        }
    }
}
