using System.Collections.Concurrent;
using System.Text.Json;
using HyperCloud.Local;
using HyperCloud.Runners;
using HyperCloud.Storage;
using HyperCloud.Sweeps;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Web.Tests;

/// <summary>Several servers on one store; deaths, faults and ends.</summary>
public sealed class SupervisorTests
{
    [Fact]
    public async Task Two_servers_share_the_sweeps_of_a_store_and_host_each_once()
    {
        await using var store = new MemoryStore();
        await using Server one = await Server.Start(store), two = await Server.Start(store.OpenAnother());
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? one : two).Submitted(Specs.Small($"s{i}"))));
        foreach (string id in ids)
        {
            List<JsonElement> events = await one.Watch(id, "sweep-ended");
            // One round: nobody took it from another.
            Assert.Single(events, e => Server.Type(e) == "round-opened");
            Assert.Equal("finished", (await two.Get($"/api/sweeps/{id}")).Json.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task A_server_that_ends_leaves_its_sweep_to_the_next()
    {
        await using var store = new MemoryStore();
        var first = new Gate();
        string id;
        await using (Server server = await Server.Start(store, objectives: [first]))
        {
            id = await server.Submitted(Specs.Small(objective: "gate"));
            await first.Started.WaitAsync(TestContext.Current.CancellationToken);
        }

        // Its runs went back into the queue, and nobody holds the sweep.
        Assert.Null(await SweepLease.Holder(store, id, TimeProvider.System, CancellationToken.None));
        var second = new Gate();
        second.Open();
        await using Server next = await Server.Start(store, objectives: [second]);
        List<JsonElement> events = await next.Watch(id, "sweep-ended");
        Assert.Equal(2, events.Count(e => Server.Type(e) == "round-opened"));
        JsonElement[] preempted = [.. events.Where(e => Server.Type(e) == "ended" && e.GetProperty("entry").GetProperty("event").GetProperty("state").GetString() == "Preempted")];
        Assert.Equal(2, preempted.Length);
        Assert.All(preempted, e => Assert.Equal("host-stopped", e.GetProperty("entry").GetProperty("event").GetProperty("code").GetString()));
        Assert.Equal(0, (await next.Get($"/api/sweeps/{id}")).Json.GetProperty("counts").GetProperty("attemptsLost").GetInt32());
    }

    [Fact]
    public async Task A_sweep_whose_host_died_is_taken_over_when_its_lease_has_ended()
    {
        await using var store = new MemoryStore();
        var time = new ManualTime();
        (string id, SweepSupervisor supervisor) = await Prepare(store, time);
        // A host that will never renew: it is this very process, so it does not look dead.
        await SweepLease.Acquire(store, id, "dead", time, CancellationToken.None);
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        supervisor.Ended += (_, how) => ended.TrySetResult(how);
        using var stop = new CancellationTokenSource();
        Task running = Task.Run(() => supervisor.Run(stop.Token), CancellationToken.None);
        await supervisor.Wake(id, CancellationToken.None);
        await Settled(store, "leases.get", 2);
        Assert.Empty(supervisor.Hosting);
        time.Advance(SweepLease.Duration + TimeSpan.FromSeconds(1));
        Assert.Equal("ended", await ended.Task.WaitAsync(TestContext.Current.CancellationToken));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_host_that_fails_is_said_and_tried_again_later()
    {
        await using var inner = new MemoryStore();
        var store = new FaultyStore(inner);
        var time = new ManualTime();
        (string id, SweepSupervisor supervisor) = await Prepare(store, time);
        bool broken = true;
        store.Fails = call => broken && call == "events.append" ? "full" : null;
        var ends = new BlockingCollection<string>();
        supervisor.Ended += (_, how) => ends.Add(how);
        using var stop = new CancellationTokenSource();
        Task running = Task.Run(() => supervisor.Run(stop.Token), CancellationToken.None);
        Assert.Equal("fault", ends.Take(TestContext.Current.CancellationToken));
        HostFault fault = supervisor.Fault(id)!;
        Assert.Equal(1, fault.Attempts);
        Assert.Equal(TimeSpan.FromSeconds(5), fault.RetryAt - fault.At);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("fault", ends.Take(TestContext.Current.CancellationToken));
        Assert.Equal(TimeSpan.FromSeconds(10), supervisor.Fault(id)!.RetryAt - supervisor.Fault(id)!.At);
        broken = false;
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("ended", ends.Take(TestContext.Current.CancellationToken));
        Assert.Null(supervisor.Fault(id));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task No_more_sweeps_than_the_cap_go_on_at_once_and_the_others_follow()
    {
        var gate = new Gate();
        await using Server server = await Server.Start(objectives: [gate], supervision: new SupervisorOptions { MaxSweeps = 1 });
        string[] ids = [await server.Submitted(Specs.Small("a", objective: "gate")), await server.Submitted(Specs.Small("b", objective: "gate"))];
        await gate.Started.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Single(server.Supervisor.Hosting);
        // Ending one that waits needs no place.
        string waiting = ids.Single(i => !server.Supervisor.Hosting.Contains(i));
        (await server.Post($"/api/sweeps/{waiting}/cancel")).Expect(202);
        await server.Watch(waiting, "sweep-ended");
        string third = await server.Submitted(Specs.Small("c", objective: "gate"));
        gate.Open();
        await server.Watch(third, "sweep-ended");
    }

    /// <summary>A store with one sweep, and a supervisor on a clock that stands still.</summary>
    private static async Task<(string Id, SweepSupervisor Supervisor)> Prepare(IStore store, TimeProvider time)
    {
        string id;
        await using (Server server = await Server.Start(store, supervise: false)) id = await server.Submitted(Specs.Small());
        Dictionary<string, IRunner> runners = RunnerRegistry.Create(time).All.ToDictionary(r => r.Kind, StringComparer.Ordinal);
        return (id, new SweepSupervisor(store, runners, time, new HubOptions { WorkRoot = Path.GetTempPath() }, new(), NullLogger<SweepSupervisor>.Instance));
    }

    /// <summary>Waits until the store has seen a call so many times.</summary>
    private static async Task Settled(IStore store, string call, long times)
    {
        while (store.Calls.Snapshot().GetValueOrDefault(call) < times) await Task.Yield();
    }
}
