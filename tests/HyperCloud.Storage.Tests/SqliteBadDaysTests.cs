using System.Globalization;
using HyperCloud.Sweeps;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Storage.Tests;

/// <summary>Full disks, read-only media, files that are damaged, foreign or too new, locks that are not given back.</summary>
public sealed class SqliteBadDaysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationToken _none = CancellationToken.None;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_disk_is_said_so_and_once_there_is_room_the_store_goes_on()
    {
        using var disk = new SmallDisk("2m");
        string path = disk.File("store.db"), ballast = disk.File("ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1024 * 1024], _none);
        await using SqliteStore store = SqliteStore.Open(path);
        List<string> written = [];
        StoreException full;
        while (true)
        {
            string key = written.Count.ToString("D5", CultureInfo.InvariantCulture);
            try
            {
                RowChange[] changes = [new RowChange.Insert(key, new string('x', 3000)), new RowChange.Put("last", key)];
                Assert.True((await store.Apply("apply", "things", "p", changes, _none)).Applied);
                written.Add(key);
            }
            catch (StoreException e)
            {
                full = e;
                break;
            }
        }

        Assert.Equal("full", full.Code);
        Assert.Contains(path, full.Message, StringComparison.Ordinal);
        Assert.Matches("[0-9]+ bytes free", full.Message);
        Assert.NotEmpty(written);
        Assert.Equal("full", (await Assert.ThrowsAsync<StoreException>(async () => await store.PutBlob("blob", "b", new byte[700_000], false, _none))).Code);
        await Unharmed(store, written);

        File.Delete(ballast);
        string next = written.Count.ToString("D5", CultureInfo.InvariantCulture);
        RowChange[] more = [new RowChange.Insert(next, new string('y', 3000)), new RowChange.Put("last", next)];
        Assert.True((await store.Apply("apply", "things", "p", more, _none)).Applied);
        written.Add(next);
        await store.Flush("flush", _none);
        await Unharmed(store, written);
        await using SqliteStore again = SqliteStore.Open(path);
        await Unharmed(again, written);

        async Task Unharmed(SqliteStore opened, List<string> expected)
        {
            IReadOnlyList<StoredRow> rows = await opened.Query("query", "things", "p", null, "99999", int.MaxValue, _none);
            Assert.Equal(expected, rows.Select(r => r.Key));
            Assert.All(rows, r => Assert.Equal(3000, r.Body.Length));
            Assert.Equal(expected[^1], (await opened.Get("get", "things", "p", "last", _none))!.Body);
        }
    }

    [Fact]
    public async Task A_disk_without_room_for_a_new_store_is_said_so()
    {
        using var disk = new SmallDisk("256k");
        await File.WriteAllBytesAsync(disk.File("ballast"), new byte[256 * 1024], _none);
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(disk.File("store.db")));
        Assert.Equal("full", e.Code);
        Assert.Contains("0 bytes free", e.Message, StringComparison.Ordinal);
        File.Delete(disk.File("ballast"));
        await using SqliteStore store = SqliteStore.Open(disk.File("store.db"));
        Assert.True((await store.Apply("apply", "things", "p", [new RowChange.Insert("k", "1")], _none)).Applied);
    }

    [Fact]
    public async Task A_closed_store_on_a_read_only_disk_can_be_read_and_not_written()
    {
        using var disk = new SmallDisk("4m");
        string path = disk.File("my #1 store?.db");
        await using (SqliteStore store = SqliteStore.Open(path)) await store.Apply("apply", "things", "p", [new RowChange.Insert("k", "1")], _none);
        disk.MakeReadOnly();
        await ReadableOnly(path);
    }

    [Fact]
    public async Task A_killed_store_on_a_read_only_disk_can_be_read_and_not_written()
    {
        using var disk = new SmallDisk("16m");
        string path = disk.File("store.db");
        using (var writer = new WriterProcess("append", path))
        {
            for (int i = 0; i < 20; i++) writer.ReadLine();
            writer.Kill();
        }

        disk.MakeReadOnly();
        Assert.Equal("read-only", Assert.Throws<StoreException>(() => SqliteStore.Open(path)).Code);
        await using SqliteStore store = SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = true });
        Assert.True((await store.Query("query", "crash", "p", null, null, int.MaxValue, _none)).Count > 40);
    }

    [Fact]
    public void A_store_cannot_be_made_on_a_read_only_disk()
    {
        using var disk = new SmallDisk("1m");
        disk.MakeReadOnly();
        foreach (string name in (string[])["store.db", "new/folder/store.db"])
        {
            StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(disk.File(name)));
            Assert.Equal("read-only", e.Code);
            Assert.Contains(disk.File(name), e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_store_opened_for_reading_beside_its_writer_sees_what_is_written_and_refuses_to_write()
    {
        string path = _folder.File("store.db");
        await using SqliteStore writer = SqliteStore.Open(path);
        await writer.Apply("apply", "things", "p", [new RowChange.Insert("k", "1")], _none);
        await ReadableOnly(path, checkWriter: false);
        await using SqliteStore reader = SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = true });
        await writer.Apply("apply", "things", "p", [new RowChange.Put("k", "2")], _none);
        Assert.Equal("2", (await reader.Get("get", "things", "p", "k", _none))!.Body);
    }

    [Fact]
    public void For_reading_the_store_must_be_there()
    {
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(_folder.File("absent.db"), new SqliteStoreOptions { ReadOnly = true }));
        Assert.Equal("unreachable", e.Code);
        Assert.Contains("absent.db", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_folder_or_a_file_in_the_place_of_a_folder_is_refused()
    {
        StoreException folder = Assert.Throws<StoreException>(() => SqliteStore.Open(_folder.Path));
        Assert.Equal("unreachable", folder.Code);
        Assert.Contains("is a folder", folder.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("file"), "");
        Assert.Equal("unreachable", Assert.Throws<StoreException>(() => SqliteStore.Open(_folder.File("file/store.db"))).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_newer_store_is_refused_and_left_as_it_is(bool readOnly)
    {
        string path = NewStore();
        Change(path, "UPDATE meta SET value=7 WHERE name='schemaVersion'");
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = readOnly }));
        Assert.Equal("newer-version", e.Code);
        Assert.Contains("schemaVersion 7", e.Message, StringComparison.Ordinal);
        Assert.Contains($"up to {SqliteSchema.Version}", e.Message, StringComparison.Ordinal);
        Assert.Equal("7", Ask(path, "SELECT value FROM meta WHERE name='schemaVersion'"));
    }

    [Fact]
    public async Task An_empty_file_is_no_store_for_reading_and_a_new_one_for_writing()
    {
        string path = _folder.File("store.db");
        await File.WriteAllBytesAsync(path, [], _none);
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = true }));
        Assert.Equal("unreachable", e.Code);
        Assert.Contains("is empty", e.Message, StringComparison.Ordinal);
        await using SqliteStore store = SqliteStore.Open(path);
        Assert.True((await store.Apply("apply", "things", "p", [new RowChange.Insert("k", "1")], _none)).Applied);
    }

    [Fact]
    public void A_store_without_a_version_is_refused()
    {
        string path = NewStore();
        Change(path, "DELETE FROM meta WHERE name='schemaVersion'");
        Assert.Equal("corrupt", Assert.Throws<StoreException>(() => SqliteStore.Open(path)).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_programs_database_is_refused_and_left_as_it_is(bool readOnly)
    {
        string path = _folder.File("other.db");
        Change(path, "CREATE TABLE songs(title TEXT)");
        byte[] before = File.ReadAllBytes(path);
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = readOnly }));
        Assert.Equal("corrupt", e.Code);
        Assert.Contains("none of HyperCloud's", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_no_database_is_refused_and_left_as_it_is(bool readOnly)
    {
        string path = _folder.File("notes.txt");
        string text = string.Concat(Enumerable.Repeat("these are my notes. ", 500));
        File.WriteAllText(path, text);
        StoreException e = Assert.Throws<StoreException>(() => SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = readOnly }));
        Assert.Equal("corrupt", e.Code);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Fact]
    public async Task Damage_in_the_middle_of_a_file_is_said_so_when_it_is_read()
    {
        string path = _folder.File("store.db");
        await using (SqliteStore store = SqliteStore.Open(path))
        {
            for (int i = 0; i < 40; i++) await store.Apply("apply", "things", "p", [new RowChange.Insert($"k{i:D3}", new string('x', 3000))], _none);
        }

        using (FileStream file = File.OpenWrite(path))
        {
            // All but the first pages, which hold the schema.
            file.Position = 4096 * 6;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)(file.Length - file.Position)).ToArray());
        }

        await using SqliteStore damaged = SqliteStore.Open(path);
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await damaged.Query("query", "things", "p", null, null, 1000, _none));
        Assert.Equal("corrupt", e.Code);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_is_not_given_back_ends_in_busy_and_afterwards_the_store_goes_on()
    {
        string path = _folder.File("store.db");
        await using SqliteStore store = SqliteStore.Open(path, new SqliteStoreOptions { BusyTimeout = TimeSpan.FromMilliseconds(50) });
        await store.Apply("apply", "things", "p", [new RowChange.Insert("k", "1")], _none);
        using (SqliteConnection other = Connect(path))
        {
            using SqliteTransaction transaction = other.BeginTransaction(deferred: false);
            StoreException e = await Assert.ThrowsAsync<StoreException>(async () =>
                await store.Apply("apply", "things", "p", [new RowChange.Put("k", "2")], _none));
            Assert.Equal("busy", e.Code);
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
            Assert.Equal("1", (await store.Get("get", "things", "p", "k", _none))!.Body); // readers do not wait for writers
        }

        Assert.True((await store.Apply("apply", "things", "p", [new RowChange.Put("k", "3")], _none)).Applied);
    }

    [Fact]
    public async Task A_reader_of_an_old_state_makes_Flush_busy()
    {
        string path = _folder.File("store.db");
        await using SqliteStore store = SqliteStore.Open(path, new SqliteStoreOptions { BusyTimeout = TimeSpan.FromMilliseconds(50) });
        using SqliteConnection other = Connect(path);
        using (SqliteTransaction transaction = other.BeginTransaction(deferred: true))
        {
            Assert.Equal("0", SqliteConnections.Text(other, "SELECT count(*) FROM rows"));
            await store.Apply("apply", "things", "p", [new RowChange.Insert("k", "1")], _none);
            Assert.Equal("busy", (await Assert.ThrowsAsync<StoreException>(async () => await store.Flush("flush", _none))).Code);
        }

        await store.Flush("flush", _none);
    }

    [Fact]
    public async Task A_closed_store_refuses_calls_and_may_be_closed_twice()
    {
        SqliteStore store = SqliteStore.Open(_folder.File("store.db"));
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.Get("get", "things", "p", "k", _none));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.Apply("apply", "things", "p", [], _none));
        Assert.Equal(["store.db"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName)); // the log is folded in
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3_600_001)]
    public void A_busy_timeout_out_of_range_is_refused(int milliseconds) => Assert.Throws<ArgumentOutOfRangeException>(() =>
        SqliteStore.Open(_folder.File("store.db"), new SqliteStoreOptions { BusyTimeout = TimeSpan.FromMilliseconds(milliseconds) }));

    private async Task ReadableOnly(string path, bool checkWriter = true)
    {
        if (checkWriter)
        {
            StoreException refused = Assert.Throws<StoreException>(() => SqliteStore.Open(path));
            Assert.Equal("read-only", refused.Code);
            Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        }

        await using SqliteStore store = SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = true });
        Assert.Equal("1", (await store.Get("get", "things", "p", "k", _none))!.Body);
        Assert.Empty(await store.ListBlobs("list", "", null, 10, _none));
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.Apply("apply", "things", "p", [new RowChange.Insert("new", "1")], _none));
        Assert.Equal("read-only", e.Code);
        Assert.Equal("read-only", (await Assert.ThrowsAsync<StoreException>(async () => await store.PutBlob("blob", "b", default, false, _none))).Code);
    }

    private string NewStore()
    {
        string path = _folder.File("store.db");
        SqliteStore.Open(path).DisposeAsync().AsTask().GetAwaiter().GetResult();
        return path;
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private static void Change(string path, string sql)
    {
        using SqliteConnection connection = Connect(path);
        SqliteConnections.Execute(connection, sql);
    }

    private static string? Ask(string path, string sql)
    {
        using SqliteConnection connection = Connect(path);
        return SqliteConnections.Text(connection, sql);
    }
}
