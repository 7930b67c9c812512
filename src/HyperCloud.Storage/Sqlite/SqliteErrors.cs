using System.Globalization;
using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage;

/// <summary>
/// Says in our words what SQLite (https://sqlite.org/rescode.html) or the file system had against a call: the stable codes of
/// <see cref="StoreException"/> and a sentence with the place and what would mend it.
/// </summary>
internal static class SqliteErrors
{
    private const int Perm = 3, Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, Auth = 23, NotADatabase = 26;
    private const int ReadOnlyMoved = ReadOnly | (4 << 8);

    // errno values that are the same on Linux and macOS; .NET keeps them in HResult.
    private const int NoSpace = 28, ReadOnlyFileSystem = 30;

    // ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL as HRESULTs on Windows.
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Below this SQLite's unspecific I/O errors are taken for a full disk: less than what a checkpoint or a shared-memory index may need.</summary>
    private const long LittleSpace = 1024 * 1024;

    /// <summary>Translates an error of SQLite.</summary>
    /// <param name="error">What SQLite said.</param>
    /// <param name="path">Absolute path of the store's file.</param>
    /// <param name="doing">What was tried, to follow "cannot".</param>
    public static StoreException From(SqliteException error, string path, string doing) => error.SqliteErrorCode switch
    {
        Busy or Locked => BusyFor(path, doing, error),
        Full => FullAt(path, doing, error),
        IoError when FreeBytes(path) < LittleSpace => FullAt(path, doing, error),
        Corrupt or NotADatabase => new StoreException("corrupt",
            $"cannot {doing}: '{path}' is damaged or no SQLite database ({error.Message}); restore it from a copy, or take another --store", error),
        ReadOnly when error.SqliteExtendedErrorCode == ReadOnlyMoved => new StoreException("unreachable",
            $"cannot {doing}: '{path}' was moved or deleted while it was open", error),
        ReadOnly or Perm or Auth => ReadOnlyAt(path, doing, error),
        CannotOpen => CannotOpenAt(path, doing, error),
        _ => new StoreException("other", $"cannot {doing} in '{path}': {error.Message} (SQLite code {error.SqliteExtendedErrorCode})", error),
    };

    /// <summary>Translates an error of the file system.</summary>
    public static StoreException From(Exception error, string path, string doing) => error switch
    {
        IOException { HResult: NoSpace or WindowsDiskFull or WindowsHandleDiskFull } => FullAt(path, doing, error),
        IOException { HResult: ReadOnlyFileSystem } or UnauthorizedAccessException => ReadOnlyAt(path, doing, error),
        _ => new StoreException("unreachable", $"cannot {doing}: {error.Message}", error),
    };

    /// <summary>Another thread or process holds the lock.</summary>
    public static StoreException BusyFor(string path, string doing, Exception? inner = null) =>
        new("busy", $"cannot {doing}: '{path}' stayed locked by another thread or process; let it finish or end it, then try again", inner);

    /// <summary>Not to be written.</summary>
    public static StoreException ReadOnlyAt(string path, string doing, Exception? inner = null) =>
        new("read-only", $"cannot {doing}: '{path}' or its folder is read-only; make both writable, or take another --store", inner);

    private static StoreException FullAt(string path, string doing, Exception inner)
    {
        string free = FreeBytes(path) is { } bytes ? $"{bytes.ToString(CultureInfo.InvariantCulture)} bytes free" : "free space unknown";
        return new StoreException("full", $"cannot {doing}: the disk of '{path}' is full ({free}); what was stored stays; make room and try again", inner);
    }

    /// <summary>SQLite says only "unable to open": look for the cause it does not tell.</summary>
    private static StoreException CannotOpenAt(string path, string doing, SqliteException error)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) return new StoreException("unreachable", $"cannot {doing}: there is no folder '{folder}'", error);
        if (FreeBytes(path) < LittleSpace) return FullAt(path, doing, error);
        // A file of its own, never the store's: closing any handle on that drops this process's locks on it (POSIX advisory locks).
        string probe = Path.Combine(folder, $".hypercloud-{Guid.NewGuid():N}");
        try
        {
            using var _ = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return From(e, path, doing);
        }

        return new StoreException("unreachable", $"cannot {doing}: '{path}' cannot be opened ({error.Message}); look at its owner and permissions", error);
    }

    private static long? FreeBytes(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        while (folder is not null && !Directory.Exists(folder)) folder = Path.GetDirectoryName(folder);
        try
        {
            return folder is null ? null : new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // never a reason to call a disk full
        }
    }
}
