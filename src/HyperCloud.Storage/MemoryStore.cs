using System.Globalization;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>
/// A store in memory, for tests and the simulator: gone with the process. Every call completes before it returns, on the caller's thread, so
/// that a single-threaded host stays single-threaded. Safe for many threads.
/// </summary>
public sealed class MemoryStore : IStore
{
    private readonly Content _content;

    /// <summary>An empty store.</summary>
    public MemoryStore()
        : this(new Content())
    {
    }

    private MemoryStore(Content content) => _content = content;

    /// <inheritdoc/>
    public string Description => "memory";

    /// <summary>What it says of itself; true lets a test try on it what a store of several machines does.</summary>
    public bool IsShared { get; init; }

    /// <inheritdoc/>
    public StoreCalls Calls { get; } = new();

    /// <summary>Another instance on the same content, with its own <see cref="Calls"/>: what a second process would hold.</summary>
    public MemoryStore OpenAnother() => new(_content) { IsShared = IsShared };

    /// <inheritdoc/>
    public ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation)
    {
        StoreRules.CheckRow(table, partition, key);
        Begin(call, cancellation);
        lock (_content)
        {
            return new(_content.Rows.TryGetValue((table, partition), out SortedList<string, Row>? rows) && rows.TryGetValue(key, out Row row)
                ? row.Stored(partition, key)
                : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredRow>> Query(
        string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckQuery(table, partition, after, through, limit);
        Begin(call, cancellation);
        List<StoredRow> found = [];
        lock (_content)
        {
            if (_content.Rows.TryGetValue((table, partition), out SortedList<string, Row>? rows))
            {
                for (int i = after is null ? 0 : FirstAfter(rows, after); i < rows.Count && found.Count < limit; i++)
                {
                    string key = rows.GetKeyAtIndex(i);
                    if (through is not null && string.CompareOrdinal(key, through) > 0) break;
                    found.Add(rows.GetValueAtIndex(i).Stored(partition, key));
                }
            }
        }

        return new(found);
    }

    /// <inheritdoc/>
    public ValueTask<BatchOutcome> Apply(
        string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation)
    {
        StoreRules.CheckBatch(table, partition, changes);
        Begin(call, cancellation);
        lock (_content)
        {
            SortedList<string, Row>? rows = _content.Rows.GetValueOrDefault((table, partition));
            // All preconditions first: keys of a batch differ, so no change can alter another's.
            foreach (RowChange change in changes)
            {
                string? tag = rows is not null && rows.TryGetValue(change.Key, out Row row) ? row.ETag : null;
                bool holds = change switch
                {
                    RowChange.Insert => tag is null,
                    RowChange.Replace c => tag is not null && tag == c.ETag,
                    RowChange.Delete { ETag: not null } c => tag == c.ETag,
                    _ => true,
                };
                if (!holds) return new(new BatchOutcome(false, change.Key, []));
            }

            if (rows is null) _content.Rows[(table, partition)] = rows = new SortedList<string, Row>(StringComparer.Ordinal);
            var tags = new string[changes.Count];
            for (int i = 0; i < tags.Length; i++)
            {
                string? body = changes[i] switch
                {
                    RowChange.Insert c => c.Body,
                    RowChange.Replace c => c.Body,
                    RowChange.Put c => c.Body,
                    _ => null,
                };
                if (body is null)
                {
                    rows.Remove(changes[i].Key);
                    tags[i] = "";
                    continue;
                }

                tags[i] = (++_content.LastETag).ToString(CultureInfo.InvariantCulture);
                rows[changes[i].Key] = new Row(body, tags[i]);
            }

            return new(new BatchOutcome(true, null, tags));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation)
    {
        Begin(call, cancellation);
        lock (_content) return new([.. _content.Rows.Where(r => r.Value.Count > 0).Select(r => r.Key.Table).Distinct().Order(StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckPartitions(table, after, limit);
        Begin(call, cancellation);
        lock (_content)
        {
            return new([.. _content.Rows
                .Where(r => r.Key.Table == table && r.Value.Count > 0 && (after is null || string.CompareOrdinal(r.Key.Partition, after) > 0))
                .Select(r => r.Key.Partition).Order(StringComparer.Ordinal).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation)
    {
        StoreRules.CheckBlob(name, content);
        Begin(call, cancellation);
        byte[] copy = content.ToArray();
        lock (_content)
        {
            if (onlyIfAbsent && _content.Blobs.ContainsKey(name)) return new(false);
            _content.Blobs[name] = copy;
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation)
    {
        StoreRules.CheckBlobName(name);
        Begin(call, cancellation);
        lock (_content)
        {
            // A copy, so that a caller who writes into what he got does not change the store.
            return new(_content.Blobs.TryGetValue(name, out byte[]? blob) ? (byte[])blob.Clone() : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckList(prefix, after, limit);
        Begin(call, cancellation);
        List<string> found = [];
        lock (_content)
        {
            SortedList<string, byte[]> blobs = _content.Blobs;
            // The prefix itself may be a name too, so it is included; 'after' is not.
            int first = after is not null && string.CompareOrdinal(after, prefix) >= 0 ? FirstAfter(blobs, after) : FirstFrom(blobs, prefix);
            for (int i = first; i < blobs.Count && found.Count < limit; i++)
            {
                string name = blobs.GetKeyAtIndex(i);
                if (!name.StartsWith(prefix, StringComparison.Ordinal)) break;
                found.Add(name);
            }
        }

        return new(found);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation)
    {
        StoreRules.CheckBlobName(name);
        Begin(call, cancellation);
        lock (_content) return new(_content.Blobs.Remove(name));
    }

    /// <inheritdoc/>
    public ValueTask Flush(string call, CancellationToken cancellation)
    {
        Begin(call, cancellation);
        return default;
    }

    /// <summary>Does nothing: the content lives as long as an instance on it.</summary>
    public ValueTask DisposeAsync() => default;

    private void Begin(string call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Calls.Count(call);
    }

    private static int FirstAfter<T>(SortedList<string, T> list, string key)
    {
        int i = FirstFrom(list, key);
        return i < list.Count && list.GetKeyAtIndex(i) == key ? i + 1 : i;
    }

    private static int FirstFrom<T>(SortedList<string, T> list, string key)
    {
        int low = 0, high = list.Count;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (string.CompareOrdinal(list.GetKeyAtIndex(middle), key) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private readonly record struct Row(string Body, string ETag)
    {
        public StoredRow Stored(string partition, string key) => new(partition, key, Body, ETag);
    }

    private sealed class Content
    {
        public Dictionary<(string Table, string Partition), SortedList<string, Row>> Rows { get; } = [];

        public SortedList<string, byte[]> Blobs { get; } = new(StringComparer.Ordinal);

        public long LastETag { get; set; }
    }
}
