using System.Globalization;
using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage;

/// <summary>Opens connections to one store's file and sets them up.</summary>
/// <param name="path">Absolute path of the file.</param>
/// <param name="options">How to open it.</param>
internal sealed class SqliteConnections(string path, SqliteStoreOptions options)
{
    private const int CannotOpen = 14;

    // Set when the file could only be opened as immutable, which then holds for all readers.
    private bool _immutable;

    /// <summary>Absolute path of the file.</summary>
    public string Path { get; } = path;

    /// <summary>
    /// Opens the connection that writes; makes the file when there is none. The journal is a write-ahead log (WAL), so that readers and the
    /// writer do not wait for each other. With <c>synchronous=NORMAL</c> a commit appends to the log without waiting for the disk: a killed
    /// process loses nothing, because what was handed to the operating system stays there; a power failure may take the last commits, never
    /// the consistency (https://sqlite.org/pragma.html#pragma_synchronous). <see cref="SqliteWriter.Flush"/> closes that gap where it matters.
    /// </summary>
    public SqliteConnection OpenWriter()
    {
        SqliteConnection connection = Open(new SqliteConnectionStringBuilder { DataSource = Path, Mode = SqliteOpenMode.ReadWriteCreate });
        try
        {
            // SQLite falls back to reading when the file may not be written; find out now rather than at the first result of a run.
            if (SQLitePCL.raw.sqlite3_db_readonly(connection.Handle, "main") == 1) throw SqliteErrors.ReadOnlyAt(Path, "open the store for writing");
            SqliteSchema.CheckOwner(connection, Path);
            // Of a new file only. A row longer than a quarter of a page spills into one of its own: at 8 KiB those up to 2 KB do not, which
            // measured twice as fast and half as large as the usual 4 KiB for rows of 1.5 KB, and no slower for small ones.
            Execute(connection, "PRAGMA page_size=8192");
            // Changing the mode needs the file alone for a moment. Where another process opens it just now, the provider tries again.
            if (Text(connection, "PRAGMA journal_mode") != "wal" && Text(connection, "PRAGMA journal_mode=WAL") is var mode && mode != "wal")
            {
                throw new StoreException("other",
                    $"cannot open the store '{Path}': its file system does not support write-ahead logging (journal mode stays '{mode}'); use a local disk");
            }

            Execute(connection, "PRAGMA synchronous=NORMAL");
            // Gives room back after a large batch has made the log grow.
            Execute(connection, "PRAGMA journal_size_limit=16777216");
            SqliteSchema.CreateIfMissing(connection);
            SqliteSchema.CheckVersion(connection, Path);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads.</summary>
    public SqliteConnection OpenReader()
    {
        if (options.ReadOnly) return OpenReadOnly();
        // Not SqliteOpenMode.ReadOnly: a reader must be able to recover the shared index of the log after a crash.
        SqliteConnection connection = Open(new SqliteConnectionStringBuilder { DataSource = Path, Mode = SqliteOpenMode.ReadWrite });
        Execute(connection, "PRAGMA query_only=1");
        return connection;
    }

    private SqliteConnection OpenReadOnly()
    {
        if (!_immutable)
        {
            SqliteConnection connection = Open(new SqliteConnectionStringBuilder { DataSource = Path, Mode = SqliteOpenMode.ReadOnly });
            try
            {
                Check(connection);
                return connection;
            }
            catch (SqliteException e) when (e.SqliteErrorCode == CannotOpen && !HasLog())
            {
                // A write-ahead log cannot be opened in a read-only folder. There is none, so nobody is writing and the file holds everything.
                connection.Dispose();
                _immutable = true;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        string uri = new Uri(Path).AbsoluteUri.Replace("?", "%3F", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal);
        SqliteConnection immutable = Open(new SqliteConnectionStringBuilder { DataSource = uri + "?immutable=1", Mode = SqliteOpenMode.ReadOnly });
        try
        {
            Check(immutable);
            return immutable;
        }
        catch
        {
            immutable.Dispose();
            throw;
        }

        void Check(SqliteConnection opened)
        {
            SqliteSchema.CheckOwner(opened, Path);
            SqliteSchema.CheckVersion(opened, Path);
        }
    }

    private bool HasLog() => new FileInfo(Path + "-wal") is { Exists: true, Length: > 0 };

    private SqliteConnection Open(SqliteConnectionStringBuilder builder)
    {
        builder.Pooling = false; // the store keeps its own few connections
        // The provider itself polls every 150 ms until this many seconds are over; SQLite's busy handler, set below, waits far more finely.
        builder.DefaultTimeout = Math.Max(1, (int)options.BusyTimeout.TotalSeconds);
        var connection = new SqliteConnection(builder.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={(int)options.BusyTimeout.TotalMilliseconds}"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs one statement without an answer.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first value of a statement's answer as text; null when there is none.</summary>
    public static string? Text(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
