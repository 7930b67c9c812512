using System.Text;
using System.Text.Json;
using HyperCloud.Local;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Web.Tests;

/// <summary>Schedules over HTTP, run by a server.</summary>
public sealed class ScheduleTests
{
    private static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    [Fact]
    public async Task A_finished_sweep_runs_again_when_it_is_due()
    {
        await using var store = new MemoryStore();
        await using Server server = await Server.Start(store, supervision: new SupervisorOptions { ScanEvery = TimeSpan.FromMilliseconds(50) });
        // Two servers look at the clock, and each due time comes once all the same: a second one would not replay.
        await using Server other = await Server.Start(store, supervision: new SupervisorOptions { ScanEvery = TimeSpan.FromMilliseconds(50) });
        string id = await server.Submitted(Specs.Small());
        await server.Watch(id, "sweep-ended");
        Assert.Empty((await server.Get("/api/schedules")).Expect(200).Json.GetProperty("items").EnumerateArray());

        JsonElement put = (await server.Send(HttpMethod.Put, $"/api/schedules/{id}", Body("""{"cron": "* * * * * *", "seeds": 2}"""))).Expect(200).Json;
        Assert.Equal("* * * * * *", put.GetProperty("cron").GetString());
        await server.Watch(id, "due");
        Assert.Equal(id, (await server.Get("/api/schedules")).Json.GetProperty("items")[0].GetProperty("sweep").GetString());
        (await server.Delete($"/api/schedules/{id}")).Expect(204);
        (await server.Delete($"/api/schedules/{id}")).Expect(204);
        Assert.Empty((await server.Get("/api/schedules")).Json.GetProperty("items").EnumerateArray());
        JsonElement report = (await server.Get($"/api/sweeps/{id}/report")).Expect(200).Json;
        Assert.NotEmpty(report.GetProperty("nights").EnumerateArray());
        Assert.IsType<ReplayResult.Verified>(await Replayer.Replay(store, id, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_schedule_is_told_where()
    {
        await using Server server = await Server.Start(supervise: false);
        string id = await server.Submitted(Specs.Small());
        Assert.Equal("/cron", Pointer(await Put("""{"cron": "61 * * * *"}""")));
        Assert.Equal("/sedes", Pointer(await Put("""{"cron": "0 2 * * *", "sedes": 3}""")));
        Assert.Equal("/kind", Pointer(await Put("""{"cron": "0 2 * * *", "kind": "tunability"}""")));
        (await Put("""{"cron": """)).Problem(400, "bad-request");
        (await Put("[]")).Problem(422, "invalid-body");
        (await server.Send(HttpMethod.Put, "/api/schedules/none", Body("{}"))).Problem(404, "not-found");

        Task<Answer> Put(string json) => server.Send(HttpMethod.Put, $"/api/schedules/{id}", Body(json));
        static string? Pointer(Answer answer) => answer.Problem(422, "invalid-body").GetProperty("errors")[0].GetProperty("pointer").GetString();
    }
}
