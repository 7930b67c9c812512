using System.Globalization;
using System.Text;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>Blobs.</summary>
public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_blob_comes_back_as_it_was_written()
    {
        byte[] content = [.. Enumerable.Range(0, 3 * 1024 * 1024).Select(i => (byte)(i * 31 + (i >> 8)))];
        Assert.Null(await Store.GetBlob("blob", "a/b.bin", None));
        Assert.True(await Store.PutBlob("blob", "a/b.bin", content, false, None));
        Assert.Equal(content, await Store.GetBlob("blob", "a/b.bin", None));
    }

    [Fact]
    public async Task A_part_of_an_array_and_nothing_at_all_are_kept_exactly()
    {
        byte[] array = [1, 2, 3, 4, 5];
        await Store.PutBlob("blob", "part", array.AsMemory(1, 3), false, None);
        await Store.PutBlob("blob", "empty", default, false, None);
        Assert.Equal("\u0002\u0003\u0004", Text(await Store.GetBlob("blob", "part", None)));
        Assert.Equal("", Text(await Store.GetBlob("blob", "empty", None)));
    }

    [Fact]
    public async Task A_blob_is_replaced_unless_it_must_be_absent()
    {
        Assert.True(await Store.PutBlob("blob", "b", Bytes("1"), true, None));
        Assert.False(await Store.PutBlob("blob", "b", Bytes("2"), true, None));
        Assert.Equal("1", Text(await Store.GetBlob("blob", "b", None)));
        Assert.True(await Store.PutBlob("blob", "b", Bytes("3"), false, None));
        Assert.Equal("3", Text(await Store.GetBlob("blob", "b", None)));
    }

    [Fact]
    public async Task The_store_keeps_its_own_copy_of_a_blob()
    {
        byte[] content = Bytes("1");
        await Store.PutBlob("blob", "b", content, false, None);
        content[0] = (byte)'9';
        (await Store.GetBlob("blob", "b", None))![0] = (byte)'8';
        Assert.Equal("1", Text(await Store.GetBlob("blob", "b", None)));
    }

    [Fact]
    public async Task A_deleted_blob_is_gone_and_may_be_added_again()
    {
        Assert.False(await Store.DeleteBlob("blob", "b", None));
        await Store.PutBlob("blob", "b", Bytes("1"), false, None);
        Assert.True(await Store.DeleteBlob("blob", "b", None));
        Assert.Null(await Store.GetBlob("blob", "b", None));
        Assert.False(await Store.DeleteBlob("blob", "b", None));
        Assert.True(await Store.PutBlob("blob", "b", Bytes("2"), true, None));
    }

    [Fact]
    public async Task A_listing_is_in_ordinal_order_and_keeps_to_its_prefix()
    {
        string[] names = ["b", "a/1", "a/10", "a/2", "a-", "a.b", "A/1", "a", "a/x/y", "ab", "~", "a/~"];
        foreach (string name in names) await Store.PutBlob("blob", name, Bytes(name), false, None);
        Assert.Equal(names.Order(StringComparer.Ordinal), await List("", null));
        Assert.Equal(["a/1", "a/10", "a/2", "a/x/y", "a/~"], await List("a/", null));
        Assert.Equal(["a", "a-", "a.b", "a/1", "a/10", "a/2", "a/x/y", "a/~", "ab"], await List("a", null));
        Assert.Equal(["a/1", "a/10"], await List("a/1", null));
        Assert.Equal(["a/x/y", "a/~"], await List("a/", "a/2"));
        Assert.Equal(["a/1", "a/10", "a/2", "a/x/y", "a/~"], await List("a/", "A/1"));
        Assert.Equal(["a-", "a.b", "a/1", "a/10", "a/2", "a/x/y", "a/~", "ab"], await List("a", "a"));
        Assert.Empty(await List("a/", "b"));
        Assert.Empty(await List("c", null));
        Assert.Equal("a/2", Text(await Store.GetBlob("blob", "a/2", None)));

        async Task<IReadOnlyList<string>> List(string prefix, string? after) => await Store.ListBlobs("list", prefix, after, 100, None);
    }

    [Fact]
    public async Task Pages_of_a_listing_give_every_blob_once()
    {
        string[] names = [.. Enumerable.Range(0, 25).Select(i => "x/" + i.ToString("D2", CultureInfo.InvariantCulture))];
        foreach (string name in names.Append("a").Append("z")) await Store.PutBlob("blob", name, default, false, None);
        foreach (int limit in (int[])[1, 4, 25, 26])
        {
            List<string> seen = [];
            IReadOnlyList<string> page;
            do
            {
                page = await Store.ListBlobs("list", "x/", seen.LastOrDefault(), limit, None);
                seen.AddRange(page);
                Assert.True(page.Count <= limit);
            }
            while (page.Count == limit);
            Assert.Equal(names, seen);
        }
    }

    [Fact]
    public async Task Of_many_who_add_a_blob_one_wins_and_his_is_kept()
    {
        IStore other = await Another();
        bool[] won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            await (i % 2 == 0 ? Store : other).PutBlob("blob", "lock", Bytes(i.ToString(CultureInfo.InvariantCulture)), true, None))));
        Assert.Single(won, true);
        Assert.Equal(Array.IndexOf(won, true).ToString(CultureInfo.InvariantCulture), Text(await Store.GetBlob("blob", "lock", None)));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);
}
