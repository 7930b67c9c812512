using System.Globalization;
using System.Text;
using HyperCloud.Azurite;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

public sealed class StoreCopyTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string A = "20260101-aaaa", B = "20260102-bbbb";
    private readonly TemporaryFolder _folder = new();
    private readonly List<IStore> _opened = [];

    private static CancellationToken None => CancellationToken.None;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        foreach (IStore store in _opened) await store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task From_SQLite_to_Azure_and_back_every_row_and_blob_is_the_same()
    {
        IStore first = await Filled(Sqlite("first.db")), cloud = await Azure(), back = Sqlite("back.db");
        StoreCopyCounts there = await StoreCopy.Copy(first, cloud, null, None);
        StoreCopyCounts home = await StoreCopy.Copy(cloud, back, null, None);
        string content = await Content(first);
        Assert.Equal(content, await Content(cloud));
        Assert.Equal(content, await Content(back));
        Assert.Equal(there, home);
        Assert.Equal(new StoreCopyCounts(4, 10, 620, 0, 5, 0, 620, 5), there);
        // Again: all is there.
        Assert.Equal(new StoreCopyCounts(4, 10, 0, 620, 0, 5, 620, 5), await StoreCopy.Copy(first, cloud, null, None));
    }

    [Fact]
    public async Task One_sweep_is_copied_with_all_that_is_its_own()
    {
        IStore from = await Filled(new MemoryStore()), to = new MemoryStore();
        StoreCopyCounts counts = await StoreCopy.Copy(from, to, new StoreCopyOptions { Sweep = A }, None);
        Assert.Equal(2, counts.BlobsCopied);
        string[] expected = [.. (await Content(from)).Split('\n').Where(l => l.Contains(A, StringComparison.Ordinal) && !l.Contains(A + "x", StringComparison.Ordinal))];
        Assert.Equal(expected, (await Content(to)).Split('\n'));
        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => StoreCopy.Copy(from, to, new StoreCopyOptions { Sweep = "absent" }, None));
        Assert.Contains("'absent'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leases_stay_where_they_are()
    {
        IStore from = await Filled(new MemoryStore()), to = new MemoryStore();
        await from.Apply("a", "leases", A, [new RowChange.Put("lease", "{}")], None);
        await StoreCopy.Copy(from, to, null, None);
        Assert.DoesNotContain("leases", await to.ListTables("l", None));
    }

    [Fact]
    public async Task An_interrupted_copy_is_started_again_and_leaves_beginnings_of_logs()
    {
        IStore from = await Filled(new MemoryStore());
        string content = await Content(from);
        for (int at = 1; ; at += 3)
        {
            var to = new MemoryStore();
            var dying = new DyingAt(to.OpenAnother(), at);
            bool died = false;
            try
            {
                await StoreCopy.Copy(from, dying, null, None);
            }
            catch (StoreException)
            {
                died = true;
                foreach (string partition in await to.ListPartitions("l", "events", null, 100, None))
                {
                    string[] keys = [.. (await to.Query("q", "events", partition, null, null, 1000, None)).Select(r => r.Key)];
                    Assert.Equal(Enumerable.Range(0, keys.Length).Select(Key), keys);
                }
            }

            StoreCopyCounts counts = await StoreCopy.Copy(from, to, null, None);
            Assert.Equal(620, counts.RowsCopied + counts.RowsThere);
            Assert.Equal(content, await Content(to));
            if (!died) break;
        }
    }

    [Fact]
    public async Task A_different_row_is_refused_with_its_place_and_stays()
    {
        IStore from = await Filled(new MemoryStore()), to = await Azure();
        await to.Apply("a", "events", A + "~000000", [new RowChange.Insert(Key(150), "other")], None);
        StoreCopyException e = await Assert.ThrowsAsync<StoreCopyException>(() => StoreCopy.Copy(from, to, null, None));
        Assert.Equal($"events/{A}~000000/{Key(150)}", e.Place);
        Assert.Contains(Key(150), e.Message, StringComparison.Ordinal);
        Assert.Equal(130, e.Counts.RowsCopied); // the partition and the page before
        Assert.Equal("other", (await to.Get("g", "events", A + "~000000", Key(150), None))!.Body);
        Assert.Empty(await to.Query("q", "sweeps", "sweeps", null, null, 10, None)); // no sweep is listed that is not there
    }

    [Fact]
    public async Task A_different_blob_is_refused_with_its_name_and_stays()
    {
        IStore from = await Filled(new MemoryStore()), to = new MemoryStore();
        await to.PutBlob("b", $"sweeps/{A}/runs/1.json", "other"u8.ToArray(), true, None);
        StoreCopyException e = await Assert.ThrowsAsync<StoreCopyException>(() => StoreCopy.Copy(from, to, null, None));
        Assert.Equal($"blob sweeps/{A}/runs/1.json", e.Place);
        Assert.Equal("other", Encoding.UTF8.GetString((await to.GetBlob("b", $"sweeps/{A}/runs/1.json", None))!));
    }

    [Fact]
    public async Task Verification_finds_what_was_changed_meanwhile()
    {
        IStore from = await Filled(new MemoryStore()), to = new MemoryStore();
        var progress = new Once(() => from.Apply("a", "events", A + "x~000000", [new RowChange.Put(Key(0), "changed")], None).AsTask().Wait());
        StoreCopyException e = await Assert.ThrowsAsync<StoreCopyException>(() => StoreCopy.Copy(from, to, new StoreCopyOptions { Progress = progress }, None));
        Assert.Equal($"events/{A}x~000000/{Key(0)}", e.Place);
        Assert.Contains("was changed while it was copied", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_not_copied_onto_itself()
    {
        IStore store = new MemoryStore();
        await Assert.ThrowsAsync<ArgumentException>(() => StoreCopy.Copy(store, store, null, None));
    }

    [Fact]
    public async Task Large_rows_are_copied_in_batches_that_fit()
    {
        IStore from = new MemoryStore(), to = await Azure();
        for (int i = 0; i < 12; i++) await from.Apply("a", "runs", "p", [new RowChange.Insert(Key(i), new string((char)('a' + i), StoreLimits.RowBytes))], None);
        Assert.Equal(12, (await StoreCopy.Copy(from, to, null, None)).RowsVerified);
        Assert.Equal(await Content(from), await Content(to));
    }

    private static string Key(int i) => i.ToString("D12", CultureInfo.InvariantCulture);

    private SqliteStore Sqlite(string name) => Opened(SqliteStore.Open(_folder.File(name)));

    private async Task<AzureStore> Azure() =>
        Opened(AzureStore.Open(await azurite.ConnectionString(), new AzureStoreOptions { Prefix = AzuriteFixture.NewPrefix() }));

    private T Opened<T>(T store)
        where T : IStore
    {
        _opened.Add(store);
        return store;
    }

    /// <summary>620 rows in 10 partitions of 4 tables, and 5 blobs.</summary>
    private static async Task<IStore> Filled(IStore store)
    {
        await Rows("events", A + "~000000", 250);
        await Rows("events", A + "~000001", 100);
        await Rows("events", A + "x~000000", 30); // another sweep, whose id begins like A's
        await Rows("events", B + "~000000", 101);
        await Rows("runs", A + "~000000", 40);
        await Rows("runs", B + "~000000", 60);
        await Rows("runs", B, 1);
        await Rows("other", "p", 34);
        await Rows("other", A, 1);
        foreach (string sweep in (string[])[A, A + "x", B]) await store.Apply("a", "sweeps", "sweeps", [new RowChange.Put(sweep, $$"""{"id": "{{sweep}}"}""")], None);
        foreach (string name in (string[])[$"sweeps/{A}/runs/1.json", $"sweeps/{A}/runs/2.json", $"sweeps/{A}x/runs/1.json", $"sweeps/{B}/spec.yaml", "elsewhere"])
            await store.PutBlob("b", name, Encoding.UTF8.GetBytes(name + " é"), true, None);
        return store;

        async Task Rows(string table, string partition, int count)
        {
            foreach (int[] some in Enumerable.Range(0, count).Chunk(100))
                await store.Apply("a", table, partition, [.. some.Select(i => new RowChange.Insert(Key(i), $$"""{"n": {{i}}, "é": "漢 \"{{table}}\""}"""))], None);
        }
    }

    /// <summary>All of a store, a line for each row and blob.</summary>
    private static async Task<string> Content(IStore store)
    {
        List<string> lines = [];
        foreach (string table in await store.ListTables("l", None))
        {
            foreach (string partition in await store.ListPartitions("l", table, null, int.MaxValue, None))
                lines.AddRange((await store.Query("q", table, partition, null, null, int.MaxValue, None)).Select(r => $"{table} {partition} {r.Key} {r.Body}"));
        }

        foreach (string name in await store.ListBlobs("l", "", null, int.MaxValue, None))
            lines.Add($"{name} {Convert.ToHexString((await store.GetBlob("b", name, None))!)}");
        return string.Join('\n', lines);
    }

    private sealed class Once(Action action) : IProgress<StoreCopyCounts>
    {
        private bool _done;

        public void Report(StoreCopyCounts value)
        {
            if (_done) return;
            _done = true;
            action();
        }
    }

    /// <summary>Fails at its n-th call and ever after.</summary>
    private sealed class DyingAt(IStore inner, int at) : IStore
    {
        private int _calls;

        public string Description => inner.Description;

        public StoreCalls Calls => inner.Calls;

        public ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation) =>
            Alive().Get(call, table, partition, key, cancellation);

        public ValueTask<IReadOnlyList<StoredRow>> Query(string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation) =>
            Alive().Query(call, table, partition, after, through, limit, cancellation);

        public ValueTask<BatchOutcome> Apply(string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation) =>
            Alive().Apply(call, table, partition, changes, cancellation);

        public ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation) => Alive().ListTables(call, cancellation);

        public ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation) =>
            Alive().ListPartitions(call, table, after, limit, cancellation);

        public ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation) =>
            Alive().PutBlob(call, name, content, onlyIfAbsent, cancellation);

        public ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation) => Alive().GetBlob(call, name, cancellation);

        public ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation) =>
            Alive().ListBlobs(call, prefix, after, limit, cancellation);

        public ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation) => Alive().DeleteBlob(call, name, cancellation);

        public ValueTask Flush(string call, CancellationToken cancellation) => Alive().Flush(call, cancellation);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private IStore Alive() => ++_calls < at ? inner : throw new StoreException("unreachable", "the store died");
    }
}
