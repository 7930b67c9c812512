using System.Globalization;
using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage;

/// <summary>One connection that reads, with its prepared statements. Not safe for concurrent use: the store lends it to one call at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _get, _query, _nextTable, _nextPartition, _getBlob, _listBlobs;

    /// <summary>Takes over the connection.</summary>
    public SqliteReader(SqliteConnection connection)
    {
        _connection = connection;
        _get = Command("SELECT body, etag FROM rows WHERE tbl=$table AND partition=$partition AND key=$key", "$table", "$partition", "$key");
        _query = Command(
            "SELECT key, body, etag FROM rows WHERE tbl=$table AND partition=$partition AND key>$after AND key<=$through ORDER BY key LIMIT $limit",
            "$table", "$partition", "$after", "$through", "$limit");
        // The next one only: a step down the tree of the primary key for each, where DISTINCT would walk over all rows.
        _nextTable = Command("SELECT min(tbl) FROM rows WHERE tbl>$after", "$after");
        _nextPartition = Command("SELECT min(partition) FROM rows WHERE tbl=$table AND partition>$after", "$table", "$after");
        _getBlob = Command("SELECT content FROM blobs WHERE name=$name", "$name");
        _listBlobs = Command(
            "SELECT name FROM blobs WHERE name>=$from AND name<$end AND name<>$after ORDER BY name LIMIT $limit", "$from", "$end", "$after", "$limit");
    }

    /// <summary>Reads one row.</summary>
    public StoredRow? Get(string table, string partition, string key)
    {
        using SqliteDataReader reader = Run(_get, table, partition, key);
        return reader.Read() ? new StoredRow(partition, key, reader.GetString(0), ETag(reader, 1)) : null;
    }

    /// <summary>Reads a range of rows, in one statement: what it sees is one state of the store.</summary>
    public List<StoredRow> Query(string table, string partition, string? after, string? through, int limit)
    {
        List<StoredRow> found = [];
        using SqliteDataReader reader = Run(_query, table, partition, after ?? "", through ?? StoreRules.AfterEveryKey, limit);
        while (reader.Read()) found.Add(new StoredRow(partition, reader.GetString(0), reader.GetString(1), ETag(reader, 2)));
        return found;
    }

    /// <summary>Lists the tables that hold rows.</summary>
    public List<string> ListTables()
    {
        List<string> found = [];
        while (Next(_nextTable, found.LastOrDefault() ?? "") is { } table) found.Add(table);
        return found;
    }

    /// <summary>Lists the partitions of a table that hold rows.</summary>
    public List<string> ListPartitions(string table, string? after, int limit)
    {
        List<string> found = [];
        while (found.Count < limit && Next(_nextPartition, table, found.LastOrDefault() ?? after ?? "") is { } partition) found.Add(partition);
        return found;
    }

    /// <summary>Reads a blob.</summary>
    public byte[]? GetBlob(string name)
    {
        using SqliteDataReader reader = Run(_getBlob, name);
        return reader.Read() ? reader.GetFieldValue<byte[]>(0) : null;
    }

    /// <summary>Lists blobs.</summary>
    public List<string> ListBlobs(string prefix, string? after, int limit)
    {
        // One lower end only, so that a later page begins where the former ended and does not walk over it again.
        string from = after is not null && string.CompareOrdinal(after, prefix) > 0 ? after : prefix;
        List<string> found = [];
        using SqliteDataReader reader = Run(_listBlobs, from, prefix + StoreRules.AfterEveryKey, after ?? "", limit);
        while (reader.Read()) found.Add(reader.GetString(0));
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SqliteCommand command in (ReadOnlySpan<SqliteCommand>)[_get, _query, _nextTable, _nextPartition, _getBlob, _listBlobs]) command.Dispose();
        _connection.Dispose();
    }

    private static string ETag(SqliteDataReader reader, int column) => reader.GetInt64(column).ToString(CultureInfo.InvariantCulture);

    private static string? Next(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        using SqliteDataReader reader = Run(command, values);
        return reader.Read() && !reader.IsDBNull(0) ? reader.GetString(0) : null;
    }

    private static SqliteDataReader Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command.ExecuteReader();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (string name in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }
}
