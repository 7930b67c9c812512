using System.Globalization;
using System.Text;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>
/// What <see cref="IStore"/> promises, asked of every adapter by inheritance. Asks only what Azure Tables and Blobs can keep too.
/// The parts: rows here; batches, blobs, concurrency and refusals in the files beside this one.
/// </summary>
public abstract partial class StoreConformance : IAsyncLifetime
{
    private const string Table = "things";
    private readonly List<IStore> _opened = [];

    protected static CancellationToken None => CancellationToken.None;

    /// <summary>The store under test, empty at the beginning.</summary>
    protected IStore Store { get; private set; } = null!;

    /// <summary>Opens an instance on the content of this test, which is empty at the first call and shared by all instances.</summary>
    protected abstract ValueTask<IStore> OpenInstance();

    public virtual async ValueTask InitializeAsync() => Store = await Another();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (IStore store in _opened) await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async ValueTask<IStore> Another()
    {
        IStore store = await OpenInstance();
        _opened.Add(store);
        return store;
    }

    [Fact]
    public async Task A_row_that_is_not_there_reads_as_null()
    {
        Assert.Null(await Store.Get("get", Table, "p", "k", None));
        Assert.Empty(await Query("p"));
    }

    [Fact]
    public async Task A_row_comes_back_as_it_was_written()
    {
        BatchOutcome outcome = await Insert("p", "k", """{"a": 1}""");
        Assert.True(outcome.Applied);
        Assert.Null(outcome.Conflict);
        Assert.NotEqual("", Assert.Single(outcome.ETags));
        Assert.Equal(new StoredRow("p", "k", """{"a": 1}""", outcome.ETags[0]), await Store.Get("get", Table, "p", "k", None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("\"äöü ß 漢字 🚀 \\u0000 \u0001 \t\r\n \uFEFF \uFFFD \u2028\"")]
    [InlineData("'; DROP TABLE rows; --")]
    public async Task Any_text_is_kept_exactly(string body)
    {
        await Insert("p", "k", body);
        Assert.Equal(body, (await Store.Get("get", Table, "p", "k", None))!.Body);
        Assert.Equal(body, Assert.Single(await Query("p")).Body);
    }

    [Fact]
    public async Task Bodies_may_have_400_KiB_in_UTF8()
    {
        string ascii = new('x', StoreLimits.RowBytes);
        string wide = new('漢', StoreLimits.RowBytes / 3);
        await Insert("p", "ascii", ascii);
        await Insert("p", "wide", wide);
        Assert.Equal([ascii, wide], (await Query("p")).Select(r => r.Body));
    }

    [Fact]
    public async Task Partitions_and_tables_are_apart()
    {
        await Insert("p", "k", "1");
        await Insert("q", "k", "2");
        await Apply(Store, "others", "p", new RowChange.Insert("k", "3"));
        Assert.Equal("1", (await Store.Get("get", Table, "p", "k", None))!.Body);
        Assert.Equal("2", (await Store.Get("get", Table, "q", "k", None))!.Body);
        Assert.Equal("3", (await Store.Get("get", "others", "p", "k", None))!.Body);
        Assert.Equal("1", Assert.Single(await Query("p")).Body);
        Assert.Null(await Store.Get("get", "others", "q", "k", None));
    }

    [Fact]
    public async Task Keys_are_case_sensitive_and_may_be_long()
    {
        string longKey = new('~', StoreLimits.KeyLength);
        await Insert(longKey, longKey, "long");
        await Insert("p", "key", "lower");
        await Insert("p", "KEY", "upper");
        Assert.Equal("long", Assert.Single(await Query(longKey)).Body);
        Assert.Equal("lower", (await Store.Get("get", Table, "p", "key", None))!.Body);
        Assert.Equal("upper", (await Store.Get("get", Table, "p", "KEY", None))!.Body);
    }

    [Fact]
    public async Task A_query_is_in_ordinal_order()
    {
        // Every character a key may hold, shuffled by a stride that is coprime to their number.
        const string characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
        string[] keys = [.. Enumerable.Range(0, characters.Length).Select(i => "k" + characters[i * 29 % characters.Length]), "k", "k.k"];
        foreach (string[] some in keys.Chunk(20))
            Assert.True((await Apply(Store, Table, "p", [.. some.Select(k => new RowChange.Insert(k, k))])).Applied);
        Assert.Equal(keys.Order(StringComparer.Ordinal), (await Query("p")).Select(r => r.Key));
    }

    [Fact]
    public async Task The_range_of_a_query_excludes_its_lower_and_includes_its_upper_end()
    {
        foreach (string key in (string[])["a", "b", "c", "c.1", "d"]) await Insert("p", key, key);
        Assert.Equal(["b", "c", "c.1", "d"], await Keys("a", null));
        Assert.Equal(["a", "b", "c"], await Keys(null, "c"));
        Assert.Equal(["b", "c"], await Keys("a", "c"));
        Assert.Equal(["b", "c"], await Keys("a0", "c0".Replace("0", ".")));
        Assert.Equal(["c.1"], await Keys("c", "c.1"));
        Assert.Empty(await Keys("c", "c"));
        Assert.Empty(await Keys("d", null));
        Assert.Empty(await Keys("d", "a"));

        async Task<IEnumerable<string>> Keys(string? after, string? through) =>
            (await Store.Query("query", Table, "p", after, through, 100, None)).Select(r => r.Key);
    }

    [Fact]
    public async Task Pages_of_any_size_give_every_row_once()
    {
        string[] keys = [.. Enumerable.Range(0, 250).Select(i => i.ToString("D4", CultureInfo.InvariantCulture))];
        foreach (string[] some in keys.Chunk(100)) await Apply(Store, Table, "p", [.. some.Select(k => new RowChange.Insert(k, k))]);
        foreach (int limit in (int[])[1, 7, 50, 249, 250, 251, int.MaxValue])
        {
            List<string> seen = [];
            IReadOnlyList<StoredRow> page;
            do
            {
                page = await Store.Query("query", Table, "p", seen.LastOrDefault(), "0199", limit, None);
                seen.AddRange(page.Select(r => r.Key));
                Assert.True(page.Count <= limit);
            }
            while (page.Count == limit);
            Assert.Equal(keys.Take(200), seen);
        }
    }

    [Fact]
    public async Task Every_call_is_counted_by_its_name_and_instance()
    {
        IStore other = await Another();
        await Insert("p", "k", "1");
        await Store.Get("look", Table, "p", "k", None);
        await Store.Get("look", Table, "p", "absent", None);
        await Store.Query("page", Table, "p", null, null, 1, None);
        await Store.PutBlob("blob", "b", Encoding.UTF8.GetBytes("x"), false, None);
        await Store.GetBlob("blob", "b", None);
        await Store.ListBlobs("blob", "", null, 1, None);
        await Store.DeleteBlob("blob", "b", None);
        await Store.Flush("flush", None);
        await other.Get("other", Table, "p", "k", None);
        Assert.Equal(
            new Dictionary<string, long> { ["apply"] = 1, ["blob"] = 4, ["flush"] = 1, ["look"] = 2, ["page"] = 1 },
            new Dictionary<string, long>(Store.Calls.Snapshot()));
        Assert.Equal(9, Store.Calls.Total);
        Assert.Equal(1, other.Calls.Total);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Store.Apply("apply", Table, "p", [new RowChange.Insert("k", "1")], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutBlob("blob", "b", new byte[1], false, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.Get("get", Table, "p", "k", cancelled));
        Assert.Null(await Store.Get("get", Table, "p", "k", None));
        Assert.Null(await Store.GetBlob("blob", "b", None));
    }

    [Fact]
    public async Task Flush_may_be_called_at_any_time()
    {
        await Store.Flush("flush", None);
        await Insert("p", "k", "1");
        await Store.Flush("flush", None);
        await Store.Flush("flush", None);
        Assert.Equal("1", (await Store.Get("get", Table, "p", "k", None))!.Body);
    }

    [Fact]
    public void The_store_says_what_it_is() => Assert.NotEqual("", Store.Description);

    private static ValueTask<BatchOutcome> Apply(IStore store, string table, string partition, params RowChange[] changes) =>
        store.Apply("apply", table, partition, changes, None);

    private ValueTask<BatchOutcome> Apply(params RowChange[] changes) => Apply(Store, Table, "p", changes);

    private ValueTask<BatchOutcome> Insert(string partition, string key, string body) =>
        Apply(Store, Table, partition, new RowChange.Insert(key, body));

    private ValueTask<IReadOnlyList<StoredRow>> Query(string partition) => Store.Query("query", Table, partition, null, null, 1000, None);
}
