namespace HyperCloud.Storage;

/// <summary>How a <see cref="SqliteStore"/> is opened.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>
    /// Open for reading only: no store is made, no row or blob changed, writing calls answer <c>read-only</c>. Works on read-only media too.
    /// Default false.
    /// </summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// How long a call waits for another thread or process before it answers <c>busy</c>: 1 ms to 1 h, default 10 s. When another process
    /// holds the lock, shorter times than a second count as a second.
    /// </summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
