using System.Text.Json;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Web.Tests;

/// <summary>Pause, resume, cancel, delete.</summary>
public sealed class SteerTests
{
    [Fact]
    public async Task A_paused_sweep_lets_go_of_its_host_and_goes_on_when_resumed()
    {
        var gate = new Gate();
        await using Server server = await Server.Start(objectives: [gate]);
        string id = await server.Submitted(Specs.Small(objective: "gate"));
        await gate.Started.WaitAsync(TestContext.Current.CancellationToken);
        JsonElement running = (await server.Get($"/api/sweeps/{id}")).Json;
        Assert.NotEmpty(running.GetProperty("host").GetString()!);

        var left = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Supervisor.Ended += (_, how) => left.TrySetResult(how);
        Assert.Equal("paused", (await server.Post($"/api/sweeps/{id}/pause")).Expect(202).Json.GetProperty("status").GetString());
        (await server.Post($"/api/sweeps/{id}/pause")).Expect(200);
        gate.Open();
        Assert.Equal("paused", await left.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.False((await server.Get($"/api/sweeps/{id}")).Json.TryGetProperty("host", out _));
        Assert.Equal("paused", (await server.Get("/api/sweeps?status=paused")).Json.GetProperty("items")[0].GetProperty("status").GetString());

        Assert.Equal("running", (await server.Post($"/api/sweeps/{id}/resume")).Expect(202).Json.GetProperty("status").GetString());
        await server.Watch(id, "sweep-ended");
        Assert.Equal("finished", (await server.Post($"/api/sweeps/{id}/pause")).Expect(200).Json.GetProperty("status").GetString());
        Assert.Equal("finished", (await server.Post($"/api/sweeps/{id}/cancel")).Expect(200).Json.GetProperty("status").GetString());
        (await server.Post("/api/sweeps/none/pause")).Problem(404, "not-found");
    }

    [Fact]
    public async Task Cancelling_ends_the_runs_under_way()
    {
        var gate = new Gate();
        await using Server server = await Server.Start(objectives: [gate]);
        string id = await server.Submitted(Specs.Small(objective: "gate"));
        await gate.Started.WaitAsync(TestContext.Current.CancellationToken);
        JsonElement asked = (await server.Post($"/api/sweeps/{id}/cancel")).Expect(202).Json;
        // The host may have been quicker than the answer.
        Assert.True(asked.GetProperty("cancelling").GetBoolean() || asked.GetProperty("status").GetString() == "cancelled");
        await server.Watch(id, "sweep-ended"); // The gate never opened.
        Assert.Equal("cancelled", (await server.Post($"/api/sweeps/{id}/cancel")).Expect(200).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Retry_is_for_what_was_lost_and_for_sweeps_that_are_over()
    {
        var gate = new Gate();
        await using Server server = await Server.Start(objectives: [gate]);
        string id = await server.Submitted(Specs.Small(objective: "gate"));
        // Until the gate opens the sweep cannot be over.
        (await server.Post($"/api/sweeps/{id}/retry")).Problem(409, "over");
        gate.Open();
        await server.Watch(id, "sweep-ended");
        Assert.Empty((await server.Post($"/api/sweeps/{id}/retry")).Expect(200).Json.GetProperty("runs").EnumerateArray());
        (await server.Post("/api/sweeps/none/retry")).Problem(404, "not-found");
    }

    [Fact]
    public async Task A_paused_sweep_that_is_cancelled_ends()
    {
        await using var store = new MemoryStore();
        string id;
        await using (Server alone = await Server.Start(store, supervise: false))
        {
            id = await alone.Submitted(Specs.Small());
            await alone.Post($"/api/sweeps/{id}/pause");
            (await alone.Post($"/api/sweeps/{id}/cancel")).Expect(202);
        }

        // The server ended before anybody could write the end of it; the next one does.
        await using Server server = await Server.Start(store);
        await server.Watch(id, "sweep-ended");
        Assert.Equal("cancelled", (await server.Get($"/api/sweeps/{id}")).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Only_a_sweep_that_is_over_is_deleted_and_nothing_is_left()
    {
        await using var store = new MemoryStore();
        var gate = new Gate();
        await using Server server = await Server.Start(store, objectives: [gate]);
        string id = await server.Submitted(Specs.Small(objective: "gate"));
        await gate.Started.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("force", (await server.Delete($"/api/sweeps/{id}")).Problem(409, "not-over").GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await server.Delete($"/api/sweeps/{id}?force=true")).Expect(204);
        (await server.Get($"/api/sweeps/{id}")).Problem(404, "not-found");
        (await server.Delete($"/api/sweeps/{id}")).Problem(404, "not-found");
        await AssertEmpty(store, id);

        // The same spec again is a new sweep, with a log of its own.
        gate.Open();
        Assert.True((await server.Submit(Specs.Small(objective: "gate"))).Expect(202).Json.GetProperty("created").GetBoolean());
        await server.Watch(id, "sweep-ended");
        (await server.Delete($"/api/sweeps/{id}", ("If-Match", "\"0-old\""))).Problem(412, "precondition-failed");
        (await server.Delete($"/api/sweeps/{id}")).Expect(204);
        await AssertEmpty(store, id);
    }

    [Fact]
    public async Task A_sweep_that_another_process_deleted_and_made_again_is_not_mixed_up_with_the_old_one()
    {
        await using var store = new MemoryStore();
        await using Server one = await Server.Start(store, supervise: false), two = await Server.Start(store.OpenAnother());
        string id = await two.Submitted(Specs.Small());
        await two.Watch(id, "sweep-ended");
        Assert.Equal("finished", (await one.Get($"/api/sweeps/{id}")).Json.GetProperty("status").GetString());
        (await two.Delete($"/api/sweeps/{id}")).Expect(204);
        (await one.Get($"/api/sweeps/{id}")).Problem(404, "not-found");
        await two.Submitted(Specs.Small());
        await two.Watch(id, "sweep-ended");
        JsonElement a = (await one.Get($"/api/sweeps/{id}")).Expect(200).Json, b = (await two.Get($"/api/sweeps/{id}")).Expect(200).Json;
        Assert.Equal(b.GetProperty("headDigest").GetString(), a.GetProperty("headDigest").GetString());
        (await one.Get($"/api/sweeps/{id}/trials")).Expect(200);
    }

    [Theory]
    [InlineData("blobs.delete")]
    [InlineData("runs.delete")]
    [InlineData("events.delete")]
    [InlineData("sweeps.delete")]
    public async Task A_deletion_that_was_interrupted_can_only_be_completed(string at)
    {
        await using var inner = new MemoryStore();
        var store = new FaultyStore(inner);
        await using Server server = await Server.Start(store, supervise: false);
        string id;
        await using (Server host = await Server.Start(inner.OpenAnother()))
        {
            id = await host.Submitted(Specs.Small());
            await host.Watch(id, "sweep-ended");
        }

        store.Fails = call => call == at ? "unreachable" : null;
        (await server.Delete($"/api/sweeps/{id}")).Problem(503, "store");
        store.Fails = _ => null;
        (await server.Get($"/api/sweeps/{id}")).Problem(409, "being-deleted");
        (await server.Submit(Specs.Small())).Problem(409, "being-deleted");
        Assert.True((await server.Get("/api/sweeps")).Json.GetProperty("items")[0].GetProperty("deleting").GetBoolean());
        (await server.Delete($"/api/sweeps/{id}")).Expect(204);
        await AssertEmpty(inner, id);
    }

    private static async Task AssertEmpty(MemoryStore store, string id)
    {
        Assert.Null(await store.Get("t", "sweeps", "sweeps", id, CancellationToken.None));
        Assert.Empty(await store.Query("t", EventLog.Table, EventLog.Partition(id, 0), null, null, 10, CancellationToken.None));
        Assert.Empty(await store.Query("t", "runs", $"{id}~000000", null, null, 10, CancellationToken.None));
        Assert.Empty(await store.ListBlobs("t", $"sweeps/{id}/", null, 10, CancellationToken.None));
    }
}
