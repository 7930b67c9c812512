using System.Globalization;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>Listings of tables and partitions.</summary>
public abstract partial class StoreConformance
{
    [Fact]
    public async Task An_empty_store_lists_nothing()
    {
        Assert.Empty(await Store.ListTables("list", None));
        Assert.Empty(await Store.ListPartitions("list", Table, null, 10, None));
    }

    [Fact]
    public async Task Every_table_with_rows_is_listed()
    {
        foreach (string table in (string[])["zebra", "events", "abc", "Beta"]) await Apply(Store, table, "p", new RowChange.Insert("k", "1"));
        Assert.Equal(["Beta", "abc", "events", "zebra"], await Store.ListTables("list", None));
        Assert.Equal(["Beta", "abc", "events", "zebra"], await (await Another()).ListTables("list", None));
    }

    [Fact]
    public async Task Pages_of_partitions_give_every_one_with_rows_once_in_ordinal_order()
    {
        string[] partitions = ["b", "a", "A", "a~000001", "a~000000", "a-", "a.b", "~", "0", .. Enumerable.Range(10, 15).Select(i => $"n{i.ToString(CultureInfo.InvariantCulture)}")];
        foreach (string partition in partitions)
            await Apply(Store, Table, partition, new RowChange.Insert("k", "1"), new RowChange.Insert("l", "2"), new RowChange.Insert("-", "3"));
        await Apply(Store, "others", "elsewhere", new RowChange.Insert("k", "1"));
        string etag = (await Insert("gone", "k", "1")).ETags[0];
        Assert.True((await Apply(Store, Table, "gone", new RowChange.Delete("k", etag))).Applied);
        string[] expected = [.. partitions.Order(StringComparer.Ordinal)];
        foreach (int limit in (int[])[1, 5, expected.Length, expected.Length + 1, int.MaxValue])
        {
            List<string> seen = [];
            IReadOnlyList<string> page;
            do
            {
                page = await Store.ListPartitions("list", Table, seen.LastOrDefault(), limit, None);
                seen.AddRange(page);
                Assert.True(page.Count <= limit);
            }
            while (page.Count == limit);
            Assert.Equal(expected, seen);
        }

        Assert.Equal(["a~000000", "a~000001", "b"], (await Store.ListPartitions("list", Table, "a~", 3, None)));
    }

    [Fact]
    public async Task Listings_of_another_form_are_refused()
    {
        await Refused(() => Store.ListPartitions("list", "no", null, 1, None));
        await Refused(() => Store.ListPartitions("list", Table, "a b", 1, None));
        await Refused(() => Store.ListPartitions("list", Table, null, 0, None));
        Assert.Equal(0, Store.Calls.Total);
    }
}
