using System.Globalization;
using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage;

/// <summary>
/// The tables of a store's file. One table holds the rows of all tables of the port, another the blobs: what a row means is the business of
/// who wrote it, and a new kind of row needs no migration.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>Version of this layout: raised when an older program could misread a newer file.</summary>
    public const int Version = 1;

    /// <summary>"HypC" in the file's header: tells our files from other people's databases.</summary>
    public const int ApplicationId = 0x48797043;

    // `rows` is one B-tree in key order (WITHOUT ROWID): a range of a partition is one walk, and a small insert touches one page. Keys compare
    // as bytes (BINARY), which for their characters is ordinal comparison. Blobs may be large, so they keep a row id: their names stay apart.
    private static readonly string s_create = string.Create(CultureInfo.InvariantCulture, $"""
        CREATE TABLE meta(name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE rows(
            tbl TEXT NOT NULL, partition TEXT NOT NULL, key TEXT NOT NULL, etag INTEGER NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY(tbl, partition, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE blobs(name TEXT PRIMARY KEY NOT NULL, content BLOB NOT NULL) STRICT;
        INSERT INTO meta VALUES('schemaVersion', {Version}), ('etag', 0);
        PRAGMA application_id={ApplicationId};
        """);

    /// <summary>Refuses a database that is somebody else's; an empty file will do.</summary>
    public static void CheckOwner(SqliteConnection connection, string path)
    {
        // Tables first: another process may be creating the store just now, and whoever sees its tables then sees its mark too.
        if (SqliteConnections.Text(connection, "SELECT count(*) FROM sqlite_master") == "0" || IsOurs(connection)) return;
        throw new StoreException("corrupt", $"cannot open the store '{path}': it is an SQLite database, but none of HyperCloud's; take another --store");
    }

    /// <summary>Creates the tables, in one transaction: after a crash all are there or none.</summary>
    public static void CreateIfMissing(SqliteConnection connection)
    {
        if (IsOurs(connection)) return;
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        // Asked again under the lock: another process may have been faster.
        if (IsOurs(connection)) return;
        SqliteConnections.Execute(connection, s_create);
        transaction.Commit();
    }

    /// <summary>Refuses a file that a newer program has written, and one that holds no store.</summary>
    public static void CheckVersion(SqliteConnection connection, string path)
    {
        if (!IsOurs(connection)) throw new StoreException("unreachable", $"cannot open the store '{path}': the file is empty, no store was made in it yet");
        string? text = SqliteConnections.Text(connection, "SELECT value FROM meta WHERE name='schemaVersion'");
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int found) || found < 1)
            throw new StoreException("corrupt", $"cannot open the store '{path}': it has no schemaVersion; restore it from a copy, or take another --store");
        if (found > Version)
        {
            throw new StoreException("newer-version", string.Create(CultureInfo.InvariantCulture,
                $"cannot open the store '{path}': a newer HyperCloud wrote it (schemaVersion {found}; this one reads up to {Version}); update HyperCloud"));
        }
    }

    private static bool IsOurs(SqliteConnection connection) =>
        SqliteConnections.Text(connection, "PRAGMA application_id") == ApplicationId.ToString(CultureInfo.InvariantCulture);
}
