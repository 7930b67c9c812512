using System.Globalization;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>Several writers and instances at once.</summary>
public abstract partial class StoreConformance
{
    [Fact]
    public async Task What_one_instance_wrote_another_sees()
    {
        IStore other = await Another();
        string etag = (await Apply(new RowChange.Insert("k", "1"))).ETags[0];
        Assert.Equal(new StoredRow("p", "k", "1", etag), await other.Get("get", Table, "p", "k", None));
        Assert.True((await Apply(other, Table, "p", new RowChange.Replace("k", "2", etag))).Applied);
        Assert.Equal("2", (await Get("k"))!.Body);
        Assert.Equal("k", (await Apply(new RowChange.Replace("k", "3", etag))).Conflict);
        await other.PutBlob("blob", "b", Bytes("x"), true, None);
        Assert.False(await Store.PutBlob("blob", "b", Bytes("y"), true, None));
    }

    [Fact]
    public async Task Concurrent_writers_lose_no_insert_and_win_each_key_once()
    {
        const int writers = 8, keys = 60;
        IStore[] stores = [Store, await Another()];
        int[] won = await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            int mine = 0;
            for (int i = 0; i < keys; i++)
            {
                // Every key is wanted by all; each writer also has one of its own that nobody may lose.
                string key = i.ToString("D3", CultureInfo.InvariantCulture), body = w.ToString(CultureInfo.InvariantCulture);
                BatchOutcome outcome = await Apply(stores[w % 2], Table, "p", new RowChange.Insert("shared-" + key, body));
                if (outcome.Applied) mine++;
                Assert.True((await Apply(stores[w % 2], Table, "p", new RowChange.Insert($"own-{body}-{key}", body))).Applied);
            }

            return mine;
        })));
        Assert.Equal(keys, won.Sum());
        IReadOnlyList<StoredRow> rows = await Query("p");
        Assert.Equal(keys + writers * keys, rows.Count);
        Assert.Distinct(rows.Select(r => r.ETag));
        for (int w = 0; w < writers; w++)
            Assert.Equal(won[w], rows.Count(r => r.Key.StartsWith("shared-", StringComparison.Ordinal) && r.Body == w.ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Optimistic_increments_from_many_writers_add_up()
    {
        const int writers = 6, each = 25;
        IStore[] stores = [Store, await Another()];
        await Apply(new RowChange.Insert("counter", "0"));
        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            for (int done = 0; done < each;)
            {
                StoredRow row = (await stores[w % 2].Get("get", Table, "p", "counter", None))!;
                string next = (int.Parse(row.Body, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
                if ((await Apply(stores[w % 2], Table, "p", new RowChange.Replace("counter", next, row.ETag))).Applied) done++;
            }
        })));
        Assert.Equal((writers * each).ToString(CultureInfo.InvariantCulture), (await Get("counter"))!.Body);
    }

    [Fact]
    public async Task A_reader_sees_a_batch_whole_or_not_at_all()
    {
        const int rounds = 60;
        IStore other = await Another();
        Task writer = Task.Run(async () =>
        {
            for (int i = 0; i < rounds; i++)
                await Apply([.. Enumerable.Range(0, 10).Select(k => new RowChange.Put($"k{k}", i.ToString(CultureInfo.InvariantCulture)))]);
        });
        do
        {
            IReadOnlyList<StoredRow> rows = await other.Query("query", Table, "p", null, null, 100, None);
            Assert.True(rows.Count is 0 or 10);
            Assert.True(rows.Select(r => r.Body).Distinct().Count() <= 1);
        }
        while (!writer.IsCompleted);
        await writer;
        Assert.All(await Query("p"), r => Assert.Equal("59", r.Body));
    }

    [Fact]
    public async Task Two_conflicting_batches_at_once_leave_one_of_them_whole()
    {
        IStore other = await Another();
        for (int round = 0; round < 25; round++)
        {
            string common = $"c{round}";
            RowChange[] left = [new RowChange.Insert($"l{round}", "l"), new RowChange.Insert(common, "l")];
            RowChange[] right = [new RowChange.Insert($"r{round}", "r"), new RowChange.Insert(common, "r")];
            BatchOutcome[] outcomes = await Task.WhenAll(
                Task.Run(async () => await Apply(Store, Table, "p", left)), Task.Run(async () => await Apply(other, Table, "p", right)));
            Assert.Single(outcomes, o => o.Applied);
            Assert.Equal(common, Assert.Single(outcomes, o => !o.Applied).Conflict);
            string winner = outcomes[0].Applied ? "l" : "r";
            Assert.Equal(winner, (await Get(common))!.Body);
            Assert.Null(await Get((winner == "l" ? "r" : "l") + round.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
