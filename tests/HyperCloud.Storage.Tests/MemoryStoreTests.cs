using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

public sealed class MemoryStoreTests : StoreConformance
{
    private readonly MemoryStore _content = new();

    protected override ValueTask<IStore> OpenInstance() => new(_content.OpenAnother());

    [Fact]
    public void Every_call_completes_before_it_returns()
    {
        Assert.True(Store.Apply("a", "things", "p", [new RowChange.Insert("k", "1")], None).IsCompletedSuccessfully);
        Assert.True(Store.Get("a", "things", "p", "k", None).IsCompletedSuccessfully);
        Assert.True(Store.Query("a", "things", "p", null, null, 1, None).IsCompletedSuccessfully);
        Assert.True(Store.PutBlob("a", "b", default, false, None).IsCompletedSuccessfully);
        Assert.True(Store.GetBlob("a", "b", None).IsCompletedSuccessfully);
        Assert.True(Store.ListBlobs("a", "", null, 1, None).IsCompletedSuccessfully);
        Assert.True(Store.DeleteBlob("a", "b", None).IsCompletedSuccessfully);
        Assert.True(Store.Flush("a", None).IsCompletedSuccessfully);
    }
}
