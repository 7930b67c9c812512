using System.Globalization;
using System.Text;
using Azure.Data.Tables;
using HyperCloud.Azurite;
using HyperCloud.Sweeps;
using Fault = HyperCloud.Storage.Tests.FaultyTransport.Fault;
using FaultKind = HyperCloud.Storage.Tests.FaultyTransport.FaultKind;

namespace HyperCloud.Storage.Tests;

/// <summary>Throttling, outages, lost answers, refused identities; and the sizes that Azure permits.</summary>
public sealed class AzureBadDaysTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Table = "things";
    private readonly string _prefix = AzuriteFixture.NewPrefix();
    private readonly FaultyTransport _transport = new();
    private readonly JumpingClock _clock = new();
    private AzureStore _store = null!, _other = null!;

    private static CancellationToken None => CancellationToken.None;

    public static TheoryData<string> LostOrLate => ["LostAnswer", "LateAnswer"];

    public async ValueTask InitializeAsync()
    {
        string connection = await azurite.ConnectionString();
        _store = AzureStore.Open(connection, new AzureStoreOptions { Prefix = _prefix, Transport = _transport, Time = _clock });
        _other = AzureStore.Open(connection, new AzureStoreOptions { Prefix = _prefix });
        // Table and container exist before the first fault.
        Assert.True((await _other.Apply("a", Table, "warm", [new RowChange.Insert("k", "1")], None)).Applied);
        await _other.PutBlob("a", "warm", default, false, None);
    }

    public ValueTask DisposeAsync() => default;

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    public async Task A_store_that_is_busy_for_a_moment_is_asked_again(int status)
    {
        var fault = new Fault(FaultKind.Answer, Status: status);
        _transport.Next(fault, fault);
        string etag = (await Apply(new RowChange.Insert("k", "1"))).ETags[0];
        _transport.Next(fault);
        Assert.Equal(new StoredRow("p", "k", "1", etag), await Get("k"));
        _transport.Next(fault);
        Assert.Single(await _store.Query("q", Table, "p", null, null, 10, None));
        _transport.Next(fault);
        Assert.True(await _store.PutBlob("b", "b", new byte[3], true, None));
        _transport.Next(fault);
        Assert.Equal(3, (await _store.GetBlob("b", "b", None))!.Length);
        _transport.Next(fault);
        Assert.Equal(["b", "warm"], await _store.ListBlobs("b", "", null, 10, None));
        _transport.Next(fault);
        Assert.Contains("p", await _store.ListPartitions("l", Table, null, 10, None));
        _transport.Next(fault);
        Assert.Equal([Table], await _store.ListTables("l", None));
        _transport.Next(fault);
        Assert.True(await _store.DeleteBlob("b", "b", None));
        Assert.Equal(10, _clock.Pauses.Count);
        Assert.Equal(9, _store.Calls.Total); // calls of the port, not requests
    }

    [Fact]
    public async Task Pauses_grow_and_Retry_After_is_honoured()
    {
        var busy = new Fault(FaultKind.Answer, Status: 503);
        _transport.Next(busy, busy, busy, new Fault(FaultKind.Answer, Status: 429, Headers: "Retry-After: 17"), busy);
        Assert.True((await Apply(new RowChange.Insert("k", "1"))).Applied);
        double[] expected = [0.4, 0.8, 1.6, 17, 6.4];
        Assert.Equal(expected.Length, _clock.Pauses.Count);
        for (int i = 0; i < expected.Length; i++)
            if (i == 3) Assert.Equal(17, _clock.Pauses[i].TotalSeconds);
            else Assert.InRange(_clock.Pauses[i].TotalSeconds, expected[i] * 0.8, expected[i] * 1.2);
    }

    [Fact]
    public async Task A_Retry_After_beyond_all_patience_is_given_up_at_once()
    {
        _transport.Next(new Fault(FaultKind.Answer, Status: 503, Headers: "Retry-After: 3600"));
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await Apply(new RowChange.Insert("k", "1")));
        Assert.Equal("busy", e.Code);
        Assert.Empty(_clock.Pauses);
    }

    [Theory]
    [MemberData(nameof(LostOrLate))]
    public async Task A_write_whose_answer_was_lost_is_reported_once_as_applied(string kind)
    {
        FaultKind lost = Enum.Parse<FaultKind>(kind);
        string etag = await Applied(new RowChange.Insert("k", "1"));
        etag = await Applied(new RowChange.Replace("k", "2", etag));
        etag = await Applied(new RowChange.Put("k", "3"));
        Assert.Equal("", await Applied(new RowChange.Delete("k", etag)));
        Assert.Null(await Get("k"));
        // Unconditionally, there and not there.
        await Applied(new RowChange.Insert("k", "4"));
        await Applied(new RowChange.Delete("k", null));
        Assert.Null(await Get("k"));

        async Task<string> Applied(RowChange change)
        {
            _transport.Next(new Fault(lost, FaultyTransport.Writes));
            BatchOutcome outcome = await Apply(change);
            Assert.True(outcome.Applied);
            string? body = (change as RowChange.Insert)?.Body ?? (change as RowChange.Replace)?.Body ?? (change as RowChange.Put)?.Body;
            if (body is not null) Assert.Equal(new StoredRow("p", "k", body, outcome.ETags[0]), await Get("k"));
            return outcome.ETags[0];
        }
    }

    [Theory]
    [MemberData(nameof(LostOrLate))]
    public async Task A_batch_whose_answer_was_lost_is_reported_once_as_applied(string kind)
    {
        FaultKind lost = Enum.Parse<FaultKind>(kind);
        BatchOutcome before = await Apply([.. Enumerable.Range(0, 60).Select(i => new RowChange.Insert(Name(i), "old"))]);
        RowChange[] changes =
        [
            .. Enumerable.Range(0, 20).Select(i => new RowChange.Replace(Name(i), "replaced", before.ETags[i])),
            .. Enumerable.Range(20, 20).Select(i => new RowChange.Put(Name(i), "put")),
            .. Enumerable.Range(40, 20).Select(i => new RowChange.Delete(Name(i), i % 2 == 0 ? before.ETags[i] : null)),
            .. Enumerable.Range(60, 40).Select(i => new RowChange.Insert(Name(i), "new")),
        ];
        _transport.Next(new Fault(lost, FaultyTransport.Writes), new Fault(FaultKind.Refused));
        BatchOutcome outcome = await Apply(changes);
        Assert.True(outcome.Applied);
        IReadOnlyList<StoredRow> rows = await _other.Query("q", Table, "p", null, null, 1000, None);
        Assert.Equal(80, rows.Count);
        Assert.All(rows, r => Assert.Equal(outcome.ETags[Array.FindIndex(changes, c => c.Key == r.Key)], r.ETag));
        // The ETags are good for the next change.
        Assert.True((await Apply(new RowChange.Replace(Name(0), "next", outcome.ETags[0]), new RowChange.Delete(Name(99), outcome.ETags[99]))).Applied);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    public async Task Deletes_by_ETag_whose_answer_was_lost_are_reported_once_as_applied(int count)
    {
        BatchOutcome before = await Apply([.. Enumerable.Range(0, count).Select(i => new RowChange.Insert(Name(i), "old"))]);
        RowChange[] deletes = [.. before.ETags.Select((tag, i) => new RowChange.Delete(Name(i), tag))];
        _transport.Next(new Fault(FaultKind.LostAnswer, FaultyTransport.Writes));
        Assert.True((await Apply(deletes)).Applied);
        // Somebody else's same delete is told that it came too late, also when his first answer was a fault.
        _transport.Next(new Fault(FaultKind.Answer, Status: 500));
        BatchOutcome late = await Apply([.. deletes.Take(99)]);
        Assert.Equal((false, Name(0)), (late.Applied, late.Conflict));
        Assert.Empty(await _other.Query("q", Table, "p", null, null, 1000, None));
        Assert.DoesNotContain("p", await _other.ListPartitions("l", Table, null, 10, None)); // receipts are no rows
    }

    [Fact]
    public async Task Ours_is_recognised_when_another_has_replaced_it_since()
    {
        _transport.Next(new Fault(FaultKind.LostAnswer, FaultyTransport.Writes));
        _transport.Meanwhile = async () =>
        {
            StoredRow row = (await _other.Get("g", Table, "p", "k", None))!;
            Assert.True((await _other.Apply("a", Table, "p", [new RowChange.Replace("k", "theirs", row.ETag)], None)).Applied);
        };
        BatchOutcome outcome = await Apply(new RowChange.Insert("k", "ours"));
        Assert.True(outcome.Applied);
        Assert.Equal("theirs", (await Get("k"))!.Body);
        Assert.Equal("k", (await Apply(new RowChange.Replace("k", "again", outcome.ETags[0]))).Conflict);
        Assert.Equal("theirs", (await Get("k"))!.Body);
    }

    [Fact]
    public async Task Anothers_row_is_a_conflict_also_after_a_fault()
    {
        await _other.Apply("a", Table, "p", [new RowChange.Insert("k", "same")], None);
        _transport.Next(new Fault(FaultKind.Answer, Status: 500), new Fault(FaultKind.Answer, Status: 504));
        BatchOutcome outcome = await Apply(new RowChange.Insert("new", "1"), new RowChange.Insert("k", "same"));
        Assert.Equal((false, "k"), (outcome.Applied, outcome.Conflict));
        Assert.Null(await Get("new"));
    }

    [Theory]
    [MemberData(nameof(LostOrLate))]
    public async Task A_blob_whose_answer_was_lost_is_reported_once_as_written(string kind)
    {
        FaultKind lost = Enum.Parse<FaultKind>(kind);
        _transport.Next(new Fault(lost, FaultyTransport.Writes));
        Assert.True(await _store.PutBlob("b", "b", "ours"u8.ToArray(), true, None));
        _transport.Next(new Fault(FaultKind.Answer, Status: 500));
        Assert.False(await _store.PutBlob("b", "b", "ours"u8.ToArray(), true, None));
        _transport.Next(new Fault(lost, FaultyTransport.Writes));
        Assert.True(await _store.PutBlob("b", "b", "next"u8.ToArray(), false, None));
        Assert.Equal("next", Encoding.UTF8.GetString((await _store.GetBlob("b", "b", None))!));
        _transport.Next(new Fault(lost, FaultyTransport.Writes));
        Assert.True(await _store.DeleteBlob("b", "b", None));
        Assert.False(await _store.DeleteBlob("b", "b", None));
    }

    [Fact]
    public async Task A_store_that_is_away_for_a_minute_is_waited_for()
    {
        _transport.Always = new Fault(FaultKind.Refused);
        _clock.OnPause = () =>
        {
            if (_clock.Now > TimeSpan.FromSeconds(60)) _transport.Always = null;
        };
        Assert.True((await Apply(new RowChange.Insert("k", "1"))).Applied);
        Assert.InRange(_clock.Now.TotalSeconds, 60, 90);
        Assert.Equal("1", (await Get("k"))!.Body);
    }

    [Fact]
    public async Task A_store_that_stays_away_is_unreachable_and_nothing_is_half_written()
    {
        await Apply(new RowChange.Insert("a", "1"));
        _transport.Always = new Fault(FaultKind.Refused);
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await Apply(new RowChange.Put("a", "2"), new RowChange.Insert("b", "2")));
        Assert.Equal("unreachable", e.Code);
        Assert.Contains(_store.Description, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", e.ToString(), StringComparison.Ordinal);
        Assert.InRange(_clock.Now.TotalSeconds, 70, 90);
        foreach (Func<Task> call in (Func<Task>[])
        [
            async () => await Get("a"), async () => await _store.Query("q", Table, "p", null, null, 1, None), async () => await _store.ListTables("l", None),
            async () => await _store.GetBlob("b", "b", None), async () => await _store.PutBlob("b", "b", default, true, None),
        ])
            Assert.Equal("unreachable", (await Assert.ThrowsAsync<StoreException>(call)).Code);
        _transport.Always = new Fault(FaultKind.Answer, Status: 503);
        Assert.Equal("busy", (await Assert.ThrowsAsync<StoreException>(async () => await Get("a"))).Code);
        _transport.Always = null;
        Assert.Equal([("a", "1")], (await _store.Query("q", Table, "p", null, null, 10, None)).Select(r => (r.Key, r.Body)));
        Assert.True((await Apply(new RowChange.Insert("b", "3"))).Applied);
    }

    [Fact]
    public async Task A_write_that_may_have_gone_through_is_said_to_be_unknown()
    {
        _transport.Next(new Fault(FaultKind.LostAnswer, FaultyTransport.Writes));
        _transport.Meanwhile = () =>
        {
            _transport.Always = new Fault(FaultKind.Refused);
            return Task.CompletedTask;
        };
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await Apply(new RowChange.Insert("k", "1")));
        Assert.Equal("unreachable", e.Code);
        Assert.Contains("not known", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_account_is_said_so_after_seconds()
    {
        _transport.Always = new Fault(FaultKind.NoHost);
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await Get("k"));
        Assert.Equal("unreachable", e.Code);
        Assert.Contains("account's name", e.Message, StringComparison.Ordinal);
        Assert.InRange(_clock.Now.TotalSeconds, 0, 5);
    }

    [Theory]
    [InlineData(401, "NoAuthenticationInformation", "key")]
    [InlineData(403, "AuthenticationFailed", "clock")]
    [InlineData(403, "AuthorizationPermissionMismatch", "Storage Table Data Contributor")]
    [InlineData(403, "AuthorizationFailure", "firewall")]
    [InlineData(403, "KeyBasedAuthenticationNotPermitted", "identity")]
    public async Task Who_is_not_permitted_is_told_what_is_missing(int status, string code, string remedy)
    {
        _transport.Always = new Fault(FaultKind.Answer, Status: status, Headers: "x-ms-error-code: " + code);
        foreach (Func<Task> call in (Func<Task>[])
            [async () => await Get("k"), async () => await Apply(new RowChange.Put("k", "1")), async () => await _store.PutBlob("b", "b", default, true, None), async () => await _store.GetBlob("b", "b", None)])
        {
            StoreException e = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Equal("forbidden", e.Code);
            Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_clock.Pauses); // waiting would not help
    }

    [Fact]
    public async Task A_cancelled_wait_ends()
    {
        using var cancel = new CancellationTokenSource();
        _transport.Always = new Fault(FaultKind.Answer, Status: 503);
        _clock.OnPause = cancel.Cancel;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.Get("g", Table, "p", "k", cancel.Token));
    }

    [Fact]
    public async Task Numbers_appended_by_many_writers_have_no_gaps_and_no_doubles()
    {
        const int writers = 6, each = 15;
        AzureStore[] stores = [_store, _other];
        // Of one of the stores some answers are faults before the deed.
        int writes = 0;
        bool Third(Azure.Core.Request r) => FaultyTransport.Writes(r) && ++writes % 3 == 0;
        _transport.Next([.. Enumerable.Repeat(new Fault(FaultKind.Answer, Third, 500), 10)]);
        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            int next = 0;
            for (int done = 0; done < each; next++)
            {
                BatchOutcome outcome = await stores[w % 2].Apply("a", Table, "log", [new RowChange.Insert(Name(next), $"{w}:{done}")], None);
                if (outcome.Applied) done++;
                else Assert.Equal(Name(next), outcome.Conflict);
            }
        })));
        IReadOnlyList<StoredRow> rows = await _other.Query("q", Table, "log", null, null, 1000, None);
        Assert.Equal(Enumerable.Range(0, writers * each).Select(Name), rows.Select(r => r.Key));
        Assert.Distinct(rows.Select(r => r.Body));
        // The same again by one writer, of whom every third answer is lost.
        _transport.Next([.. Enumerable.Repeat(new Fault(FaultKind.LostAnswer, Third), 5)]);
        for (int i = 0; i < 20; i++) Assert.True((await _store.Apply("a", Table, "log2", [new RowChange.Insert(Name(i), "x")], None)).Applied);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('"')]
    [InlineData('~')]
    [InlineData('漢')]
    [InlineData('ä')]
    public async Task The_largest_batches_stay_below_4_MiB(char character)
    {
        int bytes = Encoding.UTF8.GetByteCount([character]);
        string longest = new('k', 505);
        // 100 rows that share 2 MiB equally, and the fewest rows that do.
        await Check(100, StoreLimits.BatchBytes / 100);
        await Check(5, StoreLimits.RowBytes);
        // 95 small ones, which could be text, beside five large ones.
        RowChange[] mixed =
        [
            .. Enumerable.Range(0, 5).Select(i => new RowChange.Put($"m{i}", Body(300 * 1024))), .. Enumerable.Range(5, 95).Select(i => new RowChange.Put($"m{i}", Body(5 * 1024))),
        ];
        Assert.True((await Apply(mixed)).Applied);
        Assert.InRange(_transport.Longest, 2_000_000, 4 * 1024 * 1024 - 1);
        await AzureLimits();

        string Body(int size) => new(character, size / bytes);

        async Task Check(int rows, int size)
        {
            Assert.True((await Apply([.. Enumerable.Range(0, rows).Select(i => new RowChange.Insert($"{longest}{rows:D3}.{i:D3}", Body(size)))])).Applied);
            Assert.All(await _store.Query("q", Table, "p", $"{longest}{rows:D3}.", $"{longest}{rows:D3}.~", 1000, None), r => Assert.Equal(Body(size), r.Body));
        }
    }

    [Fact]
    public async Task Small_rows_are_text_to_be_read_in_tools_and_have_a_version()
    {
        await Apply(new RowChange.Insert("k", """{"a": "ä"}"""));
        TableEntity entity = await Client().GetEntityAsync<TableEntity>("p", "k");
        Assert.Equal("""{"a": "ä"}""", entity["body"]);
        Assert.Equal(1, entity["schemaVersion"]);
        await AzureLimits();
    }

    [Fact]
    public async Task Rows_of_a_newer_version_and_strangers_are_refused()
    {
        await Client().AddEntityAsync(new TableEntity("p", "new") { ["schemaVersion"] = 2, ["write"] = "x", ["body"] = "1" });
        await Client().AddEntityAsync(new TableEntity("q", "strange") { ["name"] = "x" });
        Assert.Equal("newer-version", (await Assert.ThrowsAsync<StoreException>(async () => await Get("new"))).Code);
        Assert.Equal("newer-version", (await Assert.ThrowsAsync<StoreException>(async () => await _store.Query("q", Table, "p", null, null, 1, None))).Code);
        Assert.Equal("corrupt", (await Assert.ThrowsAsync<StoreException>(async () => await _store.Get("g", Table, "q", "strange", None))).Code);
    }

    [Fact]
    public async Task More_rows_than_a_page_of_Azure_come_in_one_answer()
    {
        const int count = 2500;
        foreach (int[] some in Enumerable.Range(0, count).Chunk(100))
            Assert.True((await Apply([.. some.Select(i => new RowChange.Insert(Name(i), Name(i)))])).Applied);
        int before = _transport.Sent;
        Assert.Equal(Enumerable.Range(0, count).Select(Name), (await _store.Query("q", Table, "p", null, null, int.MaxValue, None)).Select(r => r.Key));
        Assert.Equal(3, _transport.Sent - before);
        Assert.Equal(1700, (await _store.Query("q", Table, "p", null, null, 1700, None)).Count);
        Assert.Equal(Name(1001), (await _store.Query("q", Table, "p", Name(1000), null, 1001, None))[0].Key);
    }

    [Fact]
    public async Task An_append_and_a_read_are_one_request_each()
    {
        int before = _transport.Sent;
        string etag = (await Apply(new RowChange.Insert("k", "1"), new RowChange.Insert("l", "1"))).ETags[0];
        await Get("k");
        await Apply(new RowChange.Replace("k", "2", etag));
        await Apply(new RowChange.Insert("k", "3")); // a conflict with the first change needs no reading
        await _store.Query("q", Table, "p", null, null, 1000, None);
        Assert.Equal(5, _transport.Sent - before);
    }

    [Fact]
    public async Task A_store_opened_for_reading_makes_and_changes_nothing()
    {
        string prefix = AzuriteFixture.NewPrefix();
        await using AzureStore reader = AzureStore.Open(await azurite.ConnectionString(), new AzureStoreOptions { Prefix = prefix, ReadOnly = true });
        Assert.Null(await reader.Get("g", Table, "p", "k", None));
        Assert.Null(await reader.GetBlob("b", "b", None));
        Assert.Empty(await reader.ListBlobs("b", "", null, 1, None));
        Assert.Equal("read-only", (await Assert.ThrowsAsync<StoreException>(async () => await reader.Apply("a", Table, "p", [new RowChange.Put("k", "1")], None))).Code);
        Assert.Equal("read-only", (await Assert.ThrowsAsync<StoreException>(async () => await reader.PutBlob("b", "b", default, false, None))).Code);
        Assert.Equal("read-only", (await Assert.ThrowsAsync<StoreException>(async () => await reader.DeleteBlob("b", "b", None))).Code);
        Assert.Empty(await reader.ListTables("l", None));
    }

    [Fact]
    public async Task Many_who_write_first_make_the_table_and_the_container_once()
    {
        string connection = await azurite.ConnectionString(), prefix = AzuriteFixture.NewPrefix();
        AzureStore[] stores = [.. Enumerable.Range(0, 6).Select(_ => AzureStore.Open(connection, new AzureStoreOptions { Prefix = prefix }))];
        BatchOutcome[] outcomes = await Task.WhenAll(stores.Select(s => s.Apply("a", Table, "p", [new RowChange.Insert("k", "1")], None).AsTask()));
        Assert.Single(outcomes, o => o.Applied);
        Assert.Single(await Task.WhenAll(stores.Select(s => s.PutBlob("b", "b", default, true, None).AsTask())), true);
    }

    [Fact]
    public async Task A_server_that_is_started_again_has_all_and_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        AzuriteServer first = await AzuriteFixture.Server(AzuriteServer.Start(folder.Path));
        await using AzureStore store = AzureStore.Open(first.ConnectionString, new AzureStoreOptions { Prefix = _prefix, RetryDelay = TimeSpan.FromMilliseconds(50), RetryDelayMax = TimeSpan.FromMilliseconds(200) });
        string etag;
        await using (first)
        {
            etag = (await store.Apply("a", Table, "p", [new RowChange.Insert("k", "1")], None)).ETags[0];
            Assert.True(await store.PutBlob("b", "b", "blob"u8.ToArray(), true, None));
            await first.Stop();
        }

        Task<BatchOutcome> waiting = store.Apply("a", Table, "p", [new RowChange.Replace("k", "2", etag)], None).AsTask();
        await using AzuriteServer second = await AzuriteFixture.Server(AzuriteServer.Start(folder.Path, first));
        Assert.True((await waiting).Applied);
        Assert.Equal("2", (await store.Get("g", Table, "p", "k", None))!.Body);
        Assert.Equal("blob", Encoding.UTF8.GetString((await store.GetBlob("b", "b", None))!));
    }

    private static string Name(int i) => i.ToString("D4", CultureInfo.InvariantCulture);

    /// <summary>Azurite does not enforce them: an entity 1 MiB and 255 properties, a property 64 KiB (text in UTF-16).</summary>
    private async Task AzureLimits()
    {
        int entities = 0;
        await foreach (TableEntity entity in Client().QueryAsync<TableEntity>())
        {
            entities++;
            Assert.True(entity.Count <= 255);
            long all = 0;
            foreach ((string name, object value) in entity)
            {
                int size = value switch { string s => s.Length * 2, byte[] b => b.Length, BinaryData d => d.ToMemory().Length, _ => 8 };
                Assert.True(size <= 64 * 1024, $"{name} of {entity.RowKey} has {size} bytes");
                all += size + name.Length * 2;
            }

            Assert.True(all < 1024 * 1024);
        }

        Assert.NotEqual(0, entities);
    }

    private TableClient Client() => new(azurite.ConnectionString().GetAwaiter().GetResult(), _prefix + "1" + Table);

    private ValueTask<BatchOutcome> Apply(params RowChange[] changes) => _store.Apply("apply", Table, "p", changes, None);

    private ValueTask<StoredRow?> Get(string key) => _store.Get("get", Table, "p", key, None);
}
