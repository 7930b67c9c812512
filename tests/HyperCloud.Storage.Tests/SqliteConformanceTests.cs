using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

public sealed class SqliteConformanceTests : StoreConformance
{
    private readonly TemporaryFolder _folder = new();

    protected override ValueTask<IStore> OpenInstance() => new(SqliteStore.Open(_folder.File("store.db")));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
