using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>The log of a sweep is not what was once written: an entry is missing, edited, or out of order.</summary>
/// <param name="seq">The first entry that does not fit.</param>
/// <param name="message">What does not fit.</param>
public sealed class LogBrokenException(long seq, string message) : Exception(message)
{
    /// <summary>The first entry that does not fit.</summary>
    public long Seq { get; } = seq;
}

/// <summary>
/// The one ordered, digest-chained event log of a sweep, kept as rows <c>(sweep~shard, sequence number)</c>. An append inserts the next
/// sequence numbers in one batch: whoever has not seen the newest entry collides with it and is told so, which makes the log itself the
/// lock under which decisions are taken.
/// </summary>
public sealed class EventLog(IStore store, string sweep)
{
    /// <summary>Entries per partition. A batch is never split: it may run over into the shard of its first entry.</summary>
    public const int ShardSize = 5_000;

    /// <summary>Table of the entries.</summary>
    public const string Table = "events";

    /// <summary>What the digest of entry 0 is chained to.</summary>
    public static string Genesis { get; } = new('0', 64);

    /// <summary>Sequence number of the last entry read or written; −1 before the first.</summary>
    public long Head { get; private set; } = -1;

    /// <summary>Digest of that entry.</summary>
    public string HeadDigest { get; private set; } = Genesis;

    /// <summary>Reads the entries after <see cref="Head"/>, checks the chain, and moves the head.</summary>
    /// <exception cref="LogBrokenException">An entry is missing, edited, or out of order.</exception>
    public ValueTask<IReadOnlyList<LogEntry>> ReadNew(CancellationToken cancellation) => ReadNew(null, cancellation);

    /// <summary>The same; <paramref name="stored"/> is told the text of each entry's row as it is stored, in order.</summary>
    internal async ValueTask<IReadOnlyList<LogEntry>> ReadNew(Action<string>? stored, CancellationToken cancellation)
    {
        (long head, string digest) = (Head, HeadDigest);
        try
        {
            return await ReadOn(stored, cancellation);
        }
        catch
        {
            // What was read before the fault is not handed over, so the head must not stand behind it: the next call reads it again.
            (Head, HeadDigest) = (head, digest);
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<LogEntry>> ReadOn(Action<string>? stored, CancellationToken cancellation)
    {
        List<LogEntry> entries = [];
        while (true)
        {
            long shard = (Head + 1) / ShardSize;
            IReadOnlyList<StoredRow> rows = [];
            // A batch that began in the shard before may have run over its nominal end: what is left of it comes first.
            if (shard > 0 && (Head + 1) % ShardSize < StoreLimits.BatchRows) rows = await Query(shard - 1);
            if (rows.Count == 0) rows = await Query(shard);
            if (rows.Count == 0) return entries;
            foreach (StoredRow row in rows)
            {
                (LogEntry entry, string digest) = Parse(row.Body, HeadDigest, Head + 1);
                Head = entry.Seq;
                HeadDigest = digest;
                entries.Add(entry with { Digest = digest });
                stored?.Invoke(row.Body);
            }
        }

        ValueTask<IReadOnlyList<StoredRow>> Query(long shard) =>
            store.Query("events.read", Table, Partition(sweep, shard), Head < 0 ? null : Key(Head), null, 1000, cancellation);
    }

    /// <summary>
    /// Appends entries right after <see cref="Head"/>. False: another writer was first; nothing was written, read what is new and decide again.
    /// </summary>
    public async ValueTask<IReadOnlyList<LogEntry>?> TryAppend(
        IReadOnlyList<SweepEvent> events, DateTimeOffset at, long activeMs, CancellationToken cancellation)
    {
        if (events.Count is 0 or > StoreLimits.BatchRows) throw new ArgumentException($"1 … {StoreLimits.BatchRows} events, but got {events.Count}", nameof(events));
        var entries = new LogEntry[events.Count];
        var changes = new RowChange[events.Count];
        string digest = HeadDigest;
        for (int i = 0; i < events.Count; i++)
        {
            var entry = new LogEntry(Head + 1 + i, at, activeMs, events[i]);
            string payload = JsonSerializer.Serialize(entry, SweepsJson.Default.LogEntry);
            digest = Chain(digest, payload);
            entries[i] = entry with { Digest = digest };
            changes[i] = new RowChange.Insert(Key(entry.Seq), $$"""{"schemaVersion":1,"digest":"{{digest}}","entry":{{payload}}}""");
        }

        BatchOutcome outcome = await store.Apply("events.append", Table, Partition(sweep, (Head + 1) / ShardSize), changes, cancellation);
        if (!outcome.Applied) return null;
        Head += events.Count;
        HeadDigest = digest;
        return entries;
    }

    /// <summary>The digest of an entry: SHA-256 over the previous digest and the entry's JSON text, hex.</summary>
    public static string Chain(string previous, string payload) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(previous + "\n" + payload)));

    /// <summary>Partition of a shard.</summary>
    public static string Partition(string sweep, long shard) => string.Create(CultureInfo.InvariantCulture, $"{sweep}~{shard:D6}");

    internal static string Key(long seq) => seq.ToString("D12", CultureInfo.InvariantCulture);

    /// <summary>The entry in a row's text, and its digest.</summary>
    /// <param name="body">The row's text.</param>
    /// <param name="previous">Digest of the entry before it.</param>
    /// <param name="expected">Its sequence number.</param>
    /// <exception cref="LogBrokenException">It does not fit.</exception>
    internal static (LogEntry Entry, string Digest) Parse(string body, string previous, long expected)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            int version = root.GetProperty("schemaVersion").GetInt32();
            if (version > 1)
                throw new StoreException("newer-version", $"entry {expected} was written with schema version {version}, and this program knows 1: use a newer hypercloud");
            string payload = root.GetProperty("entry").GetRawText(), digest = root.GetProperty("digest").GetString()!;
            LogEntry entry = JsonSerializer.Deserialize(payload, SweepsJson.Default.LogEntry)!;
            if (entry.Seq != expected) throw new LogBrokenException(expected, $"entry {expected} is missing: the next one stored is {entry.Seq}");
            string computed = Chain(previous, payload);
            if (computed != digest)
                throw new LogBrokenException(expected, $"entry {expected} was edited: its digest is {digest[..12]}…, but its content gives {computed[..12]}…");
            return (entry, digest);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new LogBrokenException(expected, $"entry {expected} cannot be read: {e.Message}");
        }
    }
}
