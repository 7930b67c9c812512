using System.Globalization;
using System.Runtime.InteropServices;
using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage;

/// <summary>The one connection of a store that writes, with its prepared statements. Not safe for concurrent use: the store guards it.</summary>
internal sealed class SqliteWriter : IDisposable
{
    // ETags are drawn from blocks: the counter in the file moves a block at a time, so that most commits need not touch its page. What a
    // process leaves of its block is never used; 2^63 / 2^16 blocks are more than anyone will open.
    private const long ETagBlock = 1 << 16;

    private const string AtRow = "WHERE tbl=$table AND partition=$partition AND key=$key";

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin, _commit, _rollback, _reserve, _flush;
    private readonly RowCommand _insert, _replace, _put, _delete, _deleteAny;
    private readonly SqliteCommand _putBlob, _addBlob, _deleteBlob;
    private long _lastETag, _lastOfBlock;

    /// <summary>Takes over the connection.</summary>
    public SqliteWriter(SqliteConnection connection)
    {
        _connection = connection;
        // IMMEDIATE takes the write lock at once, waiting for it; a deferred transaction could only fail when it finds itself overtaken.
        _begin = Command("BEGIN IMMEDIATE");
        _commit = Command("COMMIT");
        _rollback = Command("ROLLBACK");
        _reserve = Command(string.Create(CultureInfo.InvariantCulture, $"UPDATE meta SET value = value + {ETagBlock} WHERE name='etag' RETURNING value"));
        _flush = Command("PRAGMA wal_checkpoint(FULL)");
        const string insert = "INSERT INTO rows(tbl, partition, key, etag, body) VALUES($table, $partition, $key, $etag, $body)";
        _insert = new RowCommand(Command($"{insert} ON CONFLICT DO NOTHING"));
        _put = new RowCommand(Command($"{insert} ON CONFLICT DO UPDATE SET etag=excluded.etag, body=excluded.body"));
        _replace = new RowCommand(Command($"UPDATE rows SET etag=$etag, body=$body {AtRow} AND etag=$old"));
        _delete = new RowCommand(Command($"DELETE FROM rows {AtRow} AND etag=$old"));
        _deleteAny = new RowCommand(Command($"DELETE FROM rows {AtRow}"));
        _putBlob = Command("INSERT INTO blobs(name, content) VALUES($name, $content) ON CONFLICT DO UPDATE SET content=excluded.content", "$name", "$content");
        _addBlob = Command("INSERT INTO blobs(name, content) VALUES($name, $content) ON CONFLICT DO NOTHING", "$name", "$content");
        _deleteBlob = Command("DELETE FROM blobs WHERE name=$name", "$name");
    }

    /// <summary>Applies a batch that has been checked.</summary>
    public BatchOutcome Apply(string table, string partition, IReadOnlyList<RowChange> changes)
    {
        var tags = new string[changes.Count];
        return Transaction(() =>
        {
            for (int i = 0; i < tags.Length; i++)
            {
                RowChange change = changes[i];
                (bool done, tags[i]) = change switch
                {
                    RowChange.Insert c => Write(_insert, c.Body, null),
                    RowChange.Put c => Write(_put, c.Body, null),
                    RowChange.Replace c => TryReadETag(c.ETag, out long old) ? Write(_replace, c.Body, old) : (false, ""),
                    RowChange.Delete { ETag: null } => (_deleteAny.Run(table, partition, change.Key, null, null, null) >= 0, ""),
                    RowChange.Delete c => (TryReadETag(c.ETag!, out long old) && _delete.Run(table, partition, change.Key, null, null, old) == 1, ""),
                    _ => throw new ArgumentException($"unknown change {change.GetType().Name}", nameof(changes)),
                };
                if (!done) return (false, new BatchOutcome(false, change.Key, []));

                (bool, string) Write(RowCommand command, string body, long? old)
                {
                    long tag = NextETag();
                    return (command.Run(table, partition, change.Key, tag, body, old) == 1, tag.ToString(CultureInfo.InvariantCulture));
                }
            }

            return (true, new BatchOutcome(true, null, tags));
        });
    }

    /// <summary>Writes a blob; false when it is there already and must stay.</summary>
    public bool PutBlob(string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent)
    {
        SqliteCommand command = onlyIfAbsent ? _addBlob : _putBlob;
        // The provider binds whole arrays only.
        byte[] bytes = MemoryMarshal.TryGetArray(content, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : content.ToArray();
        command.Parameters[0].Value = name;
        command.Parameters[1].Value = bytes;
        try
        {
            return Transaction(() => (true, command.ExecuteNonQuery() == 1));
        }
        finally
        {
            command.Parameters[1].Value = null; // do not hold on to as much as 64 MiB
        }
    }

    /// <summary>Deletes a blob; false when there is none.</summary>
    public bool DeleteBlob(string name)
    {
        _deleteBlob.Parameters[0].Value = name;
        return Transaction(() => (true, _deleteBlob.ExecuteNonQuery() == 1));
    }

    /// <summary>
    /// Forces everything committed onto the disk: a full checkpoint syncs the log, moves it into the file and syncs that. Waits for other
    /// writers, and for readers of older states.
    /// </summary>
    /// <returns>False when others stayed in the way for the whole busy timeout.</returns>
    public bool Flush()
    {
        using SqliteDataReader reader = _flush.ExecuteReader();
        return reader.Read() && reader.GetInt64(0) == 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SqliteCommand command in (ReadOnlySpan<SqliteCommand>)[_begin, _commit, _rollback, _reserve, _flush, _putBlob, _addBlob, _deleteBlob])
            command.Dispose();
        foreach (RowCommand command in (ReadOnlySpan<RowCommand>)[_insert, _replace, _put, _delete, _deleteAny]) command.Dispose();
        _connection.Dispose();
    }

    private T Transaction<T>(Func<(bool Commit, T Result)> body)
    {
        _begin.ExecuteNonQuery();
        bool committed = false;
        try
        {
            (bool commit, T result) = body();
            if (commit)
            {
                _commit.ExecuteNonQuery();
                committed = true;
            }

            return result;
        }
        finally
        {
            if (!committed)
            {
                // A block reserved here is undone with the rest and may be reserved by others.
                _lastETag = _lastOfBlock = 0;
                // A full disk and some other errors have ended the transaction already.
                if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) _rollback.ExecuteNonQuery();
            }
        }
    }

    private long NextETag()
    {
        if (_lastETag == _lastOfBlock)
        {
            _lastOfBlock = (long)_reserve.ExecuteScalar()!;
            _lastETag = _lastOfBlock - ETagBlock;
        }

        return ++_lastETag;
    }

    /// <summary>Only the text that we would give out is the ETag: "+7" is not "7".</summary>
    private static bool TryReadETag(string text, out long tag) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tag) && text[0] != '0';

    private SqliteCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (string name in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    /// <summary>A prepared statement on one row.</summary>
    private sealed class RowCommand : IDisposable
    {
        private readonly SqliteCommand _command;
        private readonly SqliteParameter _table, _partition, _key;
        private readonly SqliteParameter? _etag, _body, _old;

        public RowCommand(SqliteCommand command)
        {
            _command = command;
            (_table, _partition, _key) = (Add("$table", SqliteType.Text)!, Add("$partition", SqliteType.Text)!, Add("$key", SqliteType.Text)!);
            (_etag, _body, _old) = (Add("$etag", SqliteType.Integer), Add("$body", SqliteType.Text), Add("$old", SqliteType.Integer));
        }

        /// <summary>Runs it; the answer is the number of rows it changed.</summary>
        public int Run(string table, string partition, string key, long? etag, string? body, long? old)
        {
            (_table.Value, _partition.Value, _key.Value) = (table, partition, key);
            if (_etag is not null) _etag.Value = etag;
            if (_body is not null) _body.Value = body;
            if (_old is not null) _old.Value = old;
            return _command.ExecuteNonQuery();
        }

        public void Dispose() => _command.Dispose();

        private SqliteParameter? Add(string name, SqliteType type) =>
            _command.CommandText.Contains(name, StringComparison.Ordinal) ? _command.Parameters.Add(name, type) : null;
    }
}
