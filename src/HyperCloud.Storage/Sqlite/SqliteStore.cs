using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage;

/// <summary>
/// A store in one SQLite file: the embedded default. Safe for many threads and processes on one machine (not on network shares). What a
/// completed call wrote survives <c>kill -9</c>; after <see cref="Flush"/> it survives a power failure too. Calls do their I/O on the caller's
/// thread; only waiting for another writer of this process is asynchronous.
/// </summary>
public sealed class SqliteStore : IStore
{
    // Connections kept for later reads; more are opened when more threads read at once.
    private const int IdleReaders = 8;

    private readonly SqliteConnections _connections;
    private readonly SqliteStoreOptions _options;
    private readonly SqliteWriter? _writer;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Stack<SqliteReader> _readers = []; // its own lock; no reader is added once disposed
    private volatile bool _disposed;

    private SqliteStore(SqliteConnections connections, SqliteStoreOptions options)
    {
        _connections = connections;
        _options = options;
        if (options.ReadOnly) _readers.Push(new SqliteReader(connections.OpenReader()));
        else _writer = new SqliteWriter(connections.OpenWriter());
    }

    /// <summary>The absolute path of the file.</summary>
    public string Description => _connections.Path;

    /// <inheritdoc/>
    public StoreCalls Calls { get; } = new();

    /// <summary>Opens a store. For writing, folder and file are made when they are absent; for reading only, the file must be there.</summary>
    /// <param name="path">The file, absolute or relative to the current directory.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="StoreException">
    /// <c>read-only</c>, <c>full</c>, <c>busy</c>, <c>corrupt</c> (also: another program's database), <c>newer-version</c>, <c>unreachable</c>
    /// (no such file, a folder, no permission), <c>other</c>.
    /// </exception>
    public static SqliteStore Open(string path, SqliteStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new SqliteStoreOptions();
        if (options.BusyTimeout < TimeSpan.FromMilliseconds(1) || options.BusyTimeout > TimeSpan.FromHours(1))
            throw new ArgumentOutOfRangeException(nameof(options), options.BusyTimeout, "`BusyTimeout` must be from 1 ms to 1 h");
        string full = Path.GetFullPath(path);
        const string doing = "open the store";
        if (Directory.Exists(full)) throw new StoreException("unreachable", $"cannot {doing}: '{full}' is a folder; name a file in it");
        if (options.ReadOnly && !File.Exists(full)) throw new StoreException("unreachable", $"cannot {doing}: there is no file '{full}'");
        try
        {
            if (!options.ReadOnly) Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            return new SqliteStore(new SqliteConnections(full, options), options);
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.From(e, full, doing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SqliteErrors.From(e, full, doing);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation)
    {
        StoreRules.CheckRow(table, partition, key);
        return Read(call, "read a row", r => r.Get(table, partition, key), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredRow>> Query(
        string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckQuery(table, partition, after, through, limit);
        return Read<IReadOnlyList<StoredRow>>(call, "read rows", r => r.Query(table, partition, after, through, limit), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<BatchOutcome> Apply(
        string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation)
    {
        StoreRules.CheckBatch(table, partition, changes);
        return Write(call, "write rows", w => w.Apply(table, partition, changes), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation) =>
        Read<IReadOnlyList<string>>(call, "list tables", r => r.ListTables(), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckPartitions(table, after, limit);
        return Read<IReadOnlyList<string>>(call, "list partitions", r => r.ListPartitions(table, after, limit), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation)
    {
        StoreRules.CheckBlob(name, content);
        return Write(call, "write a blob", w => w.PutBlob(name, content, onlyIfAbsent), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation)
    {
        StoreRules.CheckBlobName(name);
        return Read(call, "read a blob", r => r.GetBlob(name), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckList(prefix, after, limit);
        return Read<IReadOnlyList<string>>(call, "list blobs", r => r.ListBlobs(prefix, after, limit), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation)
    {
        StoreRules.CheckBlobName(name);
        return Write(call, "delete a blob", w => w.DeleteBlob(name), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask Flush(string call, CancellationToken cancellation)
    {
        const string doing = "flush the store to the disk";
        if (!await Write(call, doing, w => w.Flush(), cancellation).ConfigureAwait(false)) throw SqliteErrors.BusyFor(Description, doing);
    }

    /// <summary>Waits for a write under way, then closes the file. The last to close it folds the log into it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            lock (_readers)
            {
                if (_disposed) return;
                _disposed = true;
                while (_readers.TryPop(out SqliteReader? reader)) reader.Dispose();
            }

            _writer?.Dispose();
        }
        finally
        {
            _writing.Release();
        }
    }

    private ValueTask<T> Read<T>(string call, string doing, Func<SqliteReader, T> read, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        Calls.Count(call);
        SqliteReader? reader = null;
        try
        {
            lock (_readers) _readers.TryPop(out reader);
            reader ??= new SqliteReader(_connections.OpenReader());
            T result = read(reader);
            lock (_readers)
            {
                if (!_disposed && _readers.Count < IdleReaders)
                {
                    _readers.Push(reader);
                    reader = null;
                }
            }

            return new(result);
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.From(e, Description, doing);
        }
        finally
        {
            reader?.Dispose(); // one too many, or one that failed
        }
    }

    private async ValueTask<T> Write<T>(string call, string doing, Func<SqliteWriter, T> write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        Calls.Count(call);
        if (_writer is null) throw SqliteErrors.ReadOnlyAt(Description, doing);
        if (!await _writing.WaitAsync(_options.BusyTimeout, cancellation).ConfigureAwait(false)) throw SqliteErrors.BusyFor(Description, doing);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return write(_writer);
        }
        catch (SqliteException e)
        {
            throw SqliteErrors.From(e, Description, doing);
        }
        finally
        {
            _writing.Release();
        }
    }
}
