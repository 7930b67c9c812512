namespace HyperCloud.Sweeps;

/// <summary>One row of a table.</summary>
/// <param name="Partition">Partition key: 1–512 characters of <c>[A-Za-z0-9._~-]</c>.</param>
/// <param name="Key">Row key, same characters; rows of a partition are ordered by ordinal comparison of their keys.</param>
/// <param name="Body">Content: JSON text, at most <see cref="StoreLimits.RowBytes"/> in UTF-8. What is larger belongs into a blob.</param>
/// <param name="ETag">Version of the row as stored; opaque. Changes at every write.</param>
public sealed record StoredRow(string Partition, string Key, string Body, string ETag);

/// <summary>One change of a batch (a closed union).</summary>
public abstract record RowChange(string Key)
{
    /// <summary>Adds a row that must not exist.</summary>
    public sealed record Insert(string Key, string Body) : RowChange(Key);

    /// <summary>Replaces a row that must exist with this ETag.</summary>
    public sealed record Replace(string Key, string Body, string ETag) : RowChange(Key);

    /// <summary>Adds or replaces, whatever is there.</summary>
    public sealed record Put(string Key, string Body) : RowChange(Key);

    /// <summary>Deletes a row that must exist with this ETag; null: whatever its version, and no error when it is gone.</summary>
    public sealed record Delete(string Key, string? ETag) : RowChange(Key);
}

/// <summary>The outcome of a batch.</summary>
/// <param name="Applied">True: all changes were made. False: none was, because of <paramref name="Conflict"/>.</param>
/// <param name="Conflict">Key of the first change whose precondition failed; null when applied.</param>
/// <param name="ETags">When applied: the new ETag for each change in order (empty string for a delete).</param>
public sealed record BatchOutcome(bool Applied, string? Conflict, IReadOnlyList<string> ETags);

/// <summary>Limits every adapter keeps, so that what works on a laptop works on Azure Tables.</summary>
public static class StoreLimits
{
    /// <summary>Changes in one batch.</summary>
    public const int BatchRows = 100;

    /// <summary>Bytes of one row's body in UTF-8 (an Azure entity may have 1 MiB in all; this leaves room for keys and UTF-16).</summary>
    public const int RowBytes = 400 * 1024;

    /// <summary>Bytes of all bodies of one batch.</summary>
    public const int BatchBytes = 2 * 1024 * 1024;

    /// <summary>Characters of a partition or row key.</summary>
    public const int KeyLength = 512;
}

/// <summary>A fault of the store itself, not of the caller's request: out of reach, full, read-only, forbidden, locked, corrupt, too new.</summary>
/// <param name="code">
/// Stable code: <c>full</c>, <c>read-only</c>, <c>forbidden</c> (the store does not know or not permit who is asking), <c>busy</c> (locked or
/// throttled), <c>unreachable</c>, <c>corrupt</c>, <c>newer-version</c>, <c>other</c>.
/// </param>
/// <param name="message">A sentence with the place and what would mend it.</param>
/// <param name="inner">The adapter's exception.</param>
public sealed class StoreException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;
}

/// <summary>
/// Where sweeps are kept: tables of small rows and blobs. Only what Azure Tables and Blobs can do is in the port: rows addressed by
/// (partition, key), ranges in key order within one partition, atomic batches within one partition, ETags, no joins, no secondary indices.
/// Table names are 3 to 63 letters and digits beginning with a letter; names of another form, and bodies that are no Unicode text or hold
/// U+0000, are refused with an <see cref="ArgumentException"/> before anything is done. Names that differ in case only must not be used: on
/// Azure they are one table. An empty batch is applied.
/// Every call carries a name for the counter of storage calls (<see cref="StoreCalls"/>). Implementations are safe for concurrent use by
/// many threads and processes, and durable: what a completed call wrote survives <c>kill -9</c>.
/// </summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>What the store is, for people: a path or an account URL, without secrets.</summary>
    string Description { get; }

    /// <summary>
    /// Whether several machines may work on it, so that a run may go on elsewhere than it began. Default: one machine alone. A store that
    /// wraps another hands its answer on.
    /// </summary>
    bool IsShared => false;

    /// <summary>Counts the calls made through this instance.</summary>
    StoreCalls Calls { get; }

    /// <summary>Reads one row; null when there is none.</summary>
    ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation);

    /// <summary>
    /// Reads the rows of a partition whose key is greater than <paramref name="after"/> (null: from the beginning) and at most
    /// <paramref name="through"/> (null: to the end), ascending, at most <paramref name="limit"/> of them. Fewer than the limit means that
    /// there are no more. A snapshot is not promised, but rows of one batch appear together or not at all in one call's answer unless the
    /// limit cuts between them, or the answer is longer than what the store reads at once (on Azure 1,000 rows or 4 MiB).
    /// </summary>
    ValueTask<IReadOnlyList<StoredRow>> Query(
        string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation);

    /// <summary>
    /// Applies all changes of one partition atomically, or none. At most <see cref="StoreLimits.BatchRows"/> changes with distinct keys.
    /// </summary>
    /// <exception cref="ArgumentException">A limit of <see cref="StoreLimits"/> or the form of a key is violated; nothing was written.</exception>
    ValueTask<BatchOutcome> Apply(string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation);

    /// <summary>
    /// Names of the tables, ascending by ordinal: every table that holds a row, and maybe some whose rows were all deleted. For copying a
    /// store whole; sweeps are run without it.
    /// </summary>
    ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation);

    /// <summary>
    /// Keys of the partitions of a table that hold rows and are greater than <paramref name="after"/> (null: from the beginning), ascending by
    /// ordinal, at most <paramref name="limit"/> of them. Costs as much as reading one row of each.
    /// </summary>
    ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation);

    /// <summary>
    /// Writes a blob whole. Names are segments of <c>[A-Za-z0-9._~-]</c>, none ending with '.', joined by '/', at most 1024 characters in all.
    /// </summary>
    /// <param name="call">Name for the counter.</param>
    /// <param name="name">Blob name.</param>
    /// <param name="content">Content, at most 64 MiB.</param>
    /// <param name="onlyIfAbsent">True: leave an existing blob alone and answer false.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>Whether it was written.</returns>
    ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation);

    /// <summary>Reads a blob whole; null when there is none.</summary>
    ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation);

    /// <summary>Names of blobs that begin with <paramref name="prefix"/> and are greater than <paramref name="after"/>, ascending by ordinal.</summary>
    ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation);

    /// <summary>Deletes a blob; true when it existed.</summary>
    ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation);

    /// <summary>Makes everything written so far survive a power failure, where the adapter defers that.</summary>
    ValueTask Flush(string call, CancellationToken cancellation);
}

/// <summary>Counts storage calls by name, so that "transactions per run" is a number we print.</summary>
public sealed class StoreCalls
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Notes one call.</summary>
    public void Count(string call) => _counts.AddOrUpdate(call, 1, static (_, n) => n + 1);

    /// <summary>The counts so far, by name.</summary>
    public IReadOnlyDictionary<string, long> Snapshot() => new SortedDictionary<string, long>(_counts, StringComparer.Ordinal);

    /// <summary>All calls together.</summary>
    public long Total => _counts.Values.Sum();
}
