using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Web.Tests;

/// <summary>Bad days of the store and of the server.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("unreachable", "5")]
    [InlineData("busy", "5")]
    [InlineData("full", "60")]
    public async Task A_store_that_fails_is_503_without_its_secrets(string code, string retryAfter)
    {
        var store = new FaultyStore(new MemoryStore());
        await using Server server = await Server.Start(store, supervise: false);
        string id = await server.Submitted(Specs.Small());
        store.Fails = _ => code;
        foreach (string path in new[] { "/api/health", "/api/sweeps", $"/api/sweeps/{id}", $"/api/sweeps/{id}/report", $"/api/sweeps/{id}/events" })
        {
            Answer answer = await server.Get(path);
            answer.Problem(503, "store");
            Assert.Equal(retryAfter, answer.Header("Retry-After"));
            Assert.DoesNotContain("secret", answer.Text, StringComparison.Ordinal);
            Assert.Contains("traceId", answer.Text, StringComparison.Ordinal);
        }

        (await server.Submit(Specs.Small())).Problem(503, "store");
        (await server.Post($"/api/sweeps/{id}/pause")).Problem(503, "store");
        (await server.Delete($"/api/sweeps/{id}")).Problem(503, "store");
        store.Fails = _ => null;
        (await server.Post($"/api/sweeps/{id}/pause")).Expect(202);
    }

    [Fact]
    public async Task A_fault_of_ours_is_500_without_its_insides()
    {
        await using Server server = await Server.Start(configure: o => o with { Specs = null! }, supervise: false);
        string text = (await server.Submit(Specs.Small())).Problem(500, "internal").ToString();
        Assert.Contains("traceId", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_while_a_log_is_read_loses_no_entry()
    {
        await using var inner = new MemoryStore();
        var log = new EventLog(inner, "s");
        Assert.NotNull(await log.TryAppend([new SweepEvent.Paused(true, "test"), new SweepEvent.Paused(false, "test")], DateTimeOffset.UnixEpoch, 0, CancellationToken.None));
        int reads = 0;
        var store = new FaultyStore(inner) { Fails = _ => ++reads == 2 ? "busy" : null };
        var reader = new EventLog(store, "s");
        await Assert.ThrowsAsync<StoreException>(async () => await reader.ReadNew(CancellationToken.None));
        Assert.Equal([0, 1], (await reader.ReadNew(CancellationToken.None)).Select(e => e.Seq));
    }

    [Fact]
    public async Task A_damaged_record_is_said_and_can_be_deleted()
    {
        await using var store = new MemoryStore();
        await using Server server = await Server.Start(store, supervise: false);
        string id = await server.Submitted(Specs.Small());
        string partition = EventLog.Partition(id, 0);
        StoredRow row = (await store.Query("t", EventLog.Table, partition, null, null, 1, CancellationToken.None))[0];
        await store.Apply("t", EventLog.Table, partition, [new RowChange.Put(row.Key, row.Body.Replace("small", "other", StringComparison.Ordinal))], CancellationToken.None);
        await using Server other = await Server.Start(store, supervise: false);
        (await other.Get($"/api/sweeps/{id}")).Problem(500, "record-damaged");
        (await other.Get("/api/sweeps")).Expect(200);
        (await other.Delete($"/api/sweeps/{id}")).Expect(204);
        (await other.Get($"/api/sweeps/{id}")).Problem(404, "not-found");
    }
}
