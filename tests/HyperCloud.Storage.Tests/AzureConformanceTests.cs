using HyperCloud.Azurite;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

public sealed class AzureConformanceTests(AzuriteFixture azurite) : StoreConformance
{
    private readonly string _prefix = AzuriteFixture.NewPrefix();

    protected override async ValueTask<IStore> OpenInstance() =>
        AzureStore.Open(await azurite.ConnectionString(), new AzureStoreOptions { Prefix = _prefix });
}
