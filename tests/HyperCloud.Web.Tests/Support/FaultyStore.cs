using HyperCloud.Sweeps;

namespace HyperCloud.Web.Tests;

/// <summary>A store that fails where it is told to, by the name of the call.</summary>
internal sealed class FaultyStore(IStore inner) : IStore
{
    /// <summary>Whether a call fails, and with which code; null: it goes through.</summary>
    public Func<string, string?> Fails { get; set; } = _ => null;

    public string Description => inner.Description;

    public StoreCalls Calls => inner.Calls;

    public ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation) => Through(call).Get(call, table, partition, key, cancellation);

    public ValueTask<IReadOnlyList<StoredRow>> Query(string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation) =>
        Through(call).Query(call, table, partition, after, through, limit, cancellation);

    public ValueTask<BatchOutcome> Apply(string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation) =>
        Through(call).Apply(call, table, partition, changes, cancellation);

    public ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation) => Through(call).ListTables(call, cancellation);

    public ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation) =>
        Through(call).ListPartitions(call, table, after, limit, cancellation);

    public ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation) =>
        Through(call).PutBlob(call, name, content, onlyIfAbsent, cancellation);

    public ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation) => Through(call).GetBlob(call, name, cancellation);

    public ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation) =>
        Through(call).ListBlobs(call, prefix, after, limit, cancellation);

    public ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation) => Through(call).DeleteBlob(call, name, cancellation);

    public ValueTask Flush(string call, CancellationToken cancellation) => Through(call).Flush(call, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private IStore Through(string call) => Fails(call) is { } code ? throw new StoreException(code, $"cannot {call}: /secret/place of the store") : inner;
}
