using System.Globalization;
using System.Text;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>Several processes on one file, and processes that are killed.</summary>
public sealed class SqliteProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationToken _none = CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(1200)] // past the first automatic checkpoint of the log
    public async Task What_a_killed_process_was_told_is_written_is_there(int lines)
    {
        string path = _folder.File("store.db");
        string last = "";
        using (var writer = new WriterProcess("append", path))
        {
            for (int i = 0; i < lines; i++) last = writer.ReadLine() ?? throw new InvalidOperationException("the writer ended by itself");
            // The last line may be cut by the kill.
            last = writer.Kill().LastOrDefault(l => l.Length == 8) ?? last;
        }

        int told = int.Parse(last, CultureInfo.InvariantCulture) + 1;
        await using SqliteStore store = SqliteStore.Open(path);
        IReadOnlyList<StoredRow> rows = await store.Query("query", "crash", "p", null, "99999999", int.MaxValue, _none);
        // One batch may have been written and not told any more; none may be there in part.
        Assert.InRange(rows.Count, 2 * told, 2 * (told + 1));
        Assert.Equal(0, rows.Count % 2);
        string newest = rows[^1].Body;
        Assert.Equal(
            Enumerable.Range(0, rows.Count / 2).Select(i => i.ToString("D8", CultureInfo.InvariantCulture)),
            rows.Where(r => r.Key.EndsWith('a')).Select(r => r.Body));
        Assert.Equal(newest, (await store.Get("get", "crash", "p", "last", _none))!.Body);
        IReadOnlyList<string> blobs = await store.ListBlobs("list", "crash/", null, int.MaxValue, _none);
        Assert.True(blobs.Count >= (told + 9) / 10);
        foreach (string blob in blobs) Assert.Equal(blob["crash/".Length..], Encoding.UTF8.GetString((await store.GetBlob("blob", blob, _none))!));

        // The ETags of the dead process are not given out again.
        HashSet<string> used = [.. rows.Select(r => r.ETag)];
        BatchOutcome more = await store.Apply("apply", "crash", "p", [.. Enumerable.Range(0, 100).Select(i => new RowChange.Insert($"new{i}", ""))], _none);
        Assert.DoesNotContain(more.ETags, used.Contains);
    }

    [Fact]
    public async Task A_store_that_was_killed_can_be_read_before_anyone_writes()
    {
        string path = _folder.File("store.db");
        using (var writer = new WriterProcess("append", path))
        {
            for (int i = 0; i < 20; i++) writer.ReadLine();
            writer.Kill();
        }

        await using SqliteStore store = SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = true });
        Assert.True((await store.Query("query", "crash", "p", null, null, int.MaxValue, _none)).Count > 40);
    }

    [Fact]
    public async Task Three_processes_create_one_store_and_count_together()
    {
        string path = _folder.File("sub/folder/store.db");
        using WriterProcess first = new("count", path, "150"), second = new("count", path, "150");
        await using (SqliteStore store = SqliteStore.Open(path))
        {
            for (int done = 0; done < 50;)
            {
                StoredRow? row = await store.Get("get", "crash", "p", "counter", _none);
                string next = (row is null ? 1 : int.Parse(row.Body, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
                RowChange change = row is null ? new RowChange.Insert("counter", next) : new RowChange.Replace("counter", next, row.ETag);
                if ((await store.Apply("apply", "crash", "p", [change], _none)).Applied) done++;
            }

            Assert.Equal("done", first.ReadLine());
            Assert.Equal("done", second.ReadLine());
            Assert.Equal("350", (await store.Get("get", "crash", "p", "counter", _none))!.Body);
        }
    }

    [Fact]
    public async Task Many_instances_may_create_one_store_at_once()
    {
        for (int round = 0; round < 5; round++)
        {
            string path = _folder.File($"new{round}.db");
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
            {
                await using SqliteStore store = SqliteStore.Open(path);
                Assert.True((await store.Apply("apply", "crash", "p", [new RowChange.Insert($"k{i}", "")], _none)).Applied);
            })));
            await using SqliteStore after = SqliteStore.Open(path);
            Assert.Equal(6, (await after.Query("query", "crash", "p", null, null, 10, _none)).Count);
        }
    }
}
