using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Web.Tests;

/// <summary>Workers that pull runs over HTTP, and runs that report.</summary>
public sealed class WorkerTests
{
    // A function anybody can compute: of the parameters and the seed.
    private static double Value(JsonElement run) =>
        Math.Pow(run.GetProperty("params").GetProperty("x").GetDouble(), 2) + Math.Pow(run.GetProperty("params").GetProperty("y").GetDouble(), 2) + run.GetProperty("seed").GetInt32() % 1000 / 1e4;

    private static string Hostless(string extra = "") => string.Join("\n", Specs.Small().Split('\n').Where(l => !l.StartsWith("trial:", StringComparison.Ordinal))) + "\n" + extra;

    private static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    private static Task<Answer> Ask(Server server, string id, string body = "{}", params (string, string)[] headers) =>
        server.Send(HttpMethod.Post, $"/api/sweeps/{id}/ask", Body(body), headers);

    private static async Task<JsonElement> AskOne(Server server, string id) =>
        (await Ask(server, id)).Expect(200).Json.GetProperty("runs").EnumerateArray().Single();

    private static Task<Answer> Report(Server server, JsonElement run, string body, string? token = null) =>
        server.Send(HttpMethod.Post, new Uri(run.GetProperty("reportUrl").GetString()!).AbsolutePath, Body(body), ("Authorization", $"Bearer {token ?? run.GetProperty("token").GetString()}"));

    private static Task<Answer> Tell(Server server, string id, JsonElement run, string rest) =>
        server.Send(HttpMethod.Post, $"/api/sweeps/{id}/tell", Body($"{{\"run\": \"{run.GetProperty("run").GetString()}\", \"attempt\": {run.GetProperty("attempt").GetInt32()}, {rest}}}"));

    [Fact]
    public async Task Workers_take_a_sweep_from_its_first_run_to_its_answer()
    {
        await using var store = new MemoryStore();
        await using Server server = await Server.Start(store);
        string id = await server.Submitted(Hostless());
        HashSet<string> pools = [];
        while (true)
        {
            JsonElement answer = (await Ask(server, id, """{"count": 3, "worker": "test"}""")).Expect(200).Json;
            JsonElement[] runs = [.. answer.GetProperty("runs").EnumerateArray()];
            if (answer.GetProperty("done").GetBoolean()) break;
            Assert.NotEmpty(runs);
            foreach (JsonElement run in runs)
            {
                pools.Add(run.GetProperty("pool").GetString()!);
                string value = Value(run).ToString("R", CultureInfo.InvariantCulture);
                // Both ways of ending a run.
                if (pools.Count % 2 == 0) (await Tell(server, id, run, $"\"state\": \"completed\", \"value\": {value}")).Expect(200);
                else (await Report(server, run, $"{{\"state\": \"completed\", \"loss\": {value}}}")).Expect(200);
            }
        }

        Assert.Equal(["evaluation", "search", "selection"], pools.Order());
        JsonElement sweep = (await server.Get($"/api/sweeps/{id}")).Expect(200).Json;
        Assert.Equal("finished", sweep.GetProperty("status").GetString());
        Assert.Equal("finished", (await server.Get("/api/sweeps")).Json.GetProperty("items")[0].GetProperty("status").GetString());
        Assert.IsType<ReplayResult.Verified>(await Replayer.Replay(store, id, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_repeated_request_with_its_key_gets_the_same_run_and_without_one_another()
    {
        await using Server server = await Server.Start(supervise: false);
        string id = await server.Submitted(Hostless());
        (string, string) key = ("Idempotency-Key", "one");
        string first = (await Ask(server, id, "{}", key)).Expect(200).Text;
        Answer again = await Ask(server, id, "{}", key);
        Assert.Equal(first, again.Expect(200).Text);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        (await Ask(server, id, """{"count": 2}""", key)).Problem(422, "key-reused");
        Assert.NotEqual(first, (await Ask(server, id)).Text);
    }

    [Fact]
    public async Task Reports_are_answered_and_said_twice_late_or_for_another_attempt_change_nothing()
    {
        await using Server server = await Server.Start(supervise: false);
        string id = await server.Submitted(Hostless("earlyStopping: {rule: asha, resource: epoch, min: 1, max: 9}"));
        JsonElement run = await AskOne(server, id), other = await AskOne(server, id);
        Assert.Equal(9, run.GetProperty("resource").GetDouble());
        Assert.Equal("continue", (await Report(server, run, """{"step": 1, "loss": 0.5}""")).Expect(200).Json.GetProperty("decision").GetString());
        Assert.Equal("stop", (await Report(server, other, """{"step": 1, "loss": 0.9}""")).Expect(200).Json.GetProperty("decision").GetString());
        Assert.Equal("stop", (await Report(server, other, """{"step": 1, "loss": 0.9}""")).Expect(200).Json.GetProperty("decision").GetString());
        (await Report(server, other, """{"state": "completed"}""")).Expect(200);
        Assert.Equal("stopped", (await server.Get($"/api/sweeps/{id}/runs/{other.GetProperty("run").GetString()}")).Json.GetProperty("run").GetProperty("state").GetString());

        (await Report(server, run, "{}")).Expect(200); // a sign of life
        (await Report(server, run, """{"step": 9, "loss": NaN}""")).Expect(200); // as Python prints it
        (await Report(server, run, """{"state": "preempted"}""")).Expect(200);
        JsonElement second = await AskOne(server, id);
        Assert.Equal(2, second.GetProperty("attempt").GetInt32());
        (await Report(server, run, """{"step": 2, "loss": 0.1}""")).Problem(409, "run-over");
        (await Tell(server, id, run, "\"state\": \"completed\", \"value\": 0.1")).Problem(409, "run-over");
        (await Report(server, second, """{"state": "completed", "step": 9, "loss": 0.4}""")).Expect(200);
        (await Report(server, second, """{"state": "completed", "step": 9, "loss": 0.4}""")).Expect(200); // the same end is one
        (await Tell(server, id, second, "\"state\": \"completed\", \"value\": 0.4")).Expect(200);
        (await Tell(server, id, second, "\"state\": \"failed\"")).Problem(409, "run-over");
        Assert.Equal(0.4, (await server.Get($"/api/sweeps/{id}/runs/{second.GetProperty("run").GetString()}")).Json.GetProperty("run").GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task A_token_is_for_its_run_and_the_servers_key_for_the_rest()
    {
        await using Server server = await Server.Start(configure: o => o with { Key = "0123456789abcdef" }, supervise: false);
        (string, string) key = ("x-api-key", "0123456789abcdef");
        string id = (await server.Submit(Hostless(), key)).Expect(202).Json.GetProperty("id").GetString()!;
        (await Ask(server, id)).Problem(401, "unauthorized");
        JsonElement[] runs = [.. (await Ask(server, id, """{"count": 2}""", key)).Json.GetProperty("runs").EnumerateArray()];
        (await Report(server, runs[0], """{"step": 1, "loss": 1}""")).Expect(200);
        (await Report(server, runs[0], """{"step": 1, "loss": 1}""", runs[1].GetProperty("token").GetString())).Problem(401, "unauthorized");
        (await Report(server, runs[0], "{}", "0123456789abcdef")).Problem(401, "unauthorized");
        (await Tell(server, id, runs[0], "\"state\": \"completed\", \"value\": 1")).Problem(401, "unauthorized");
    }

    [Theory]
    [InlineData("ask", """{"count": 0}""", 422, "/count")]
    [InlineData("ask", """{"count": 101}""", 422, "/count")]
    [InlineData("ask", """{"lease": "1s"}""", 422, "/lease")]
    [InlineData("ask", """{"leese": "10m"}""", 422, "/leese")]
    [InlineData("ask", """[]""", 422, "")]
    [InlineData("ask", """{"count": """, 400, null)]
    [InlineData("tell", """{"attempt": 1, "state": "completed"}""", 422, "/run")]
    [InlineData("tell", """{"run": "x", "attempt": 1, "state": "completed"}""", 422, "/run")]
    [InlineData("tell", """{"run": "0-search-0", "state": "completed"}""", 422, "/attempt")]
    [InlineData("tell", """{"run": "0-search-0", "attempt": 1, "state": "done"}""", 422, "/state")]
    [InlineData("tell", """{"run": "0-search-0", "attempt": 1, "state": "completed", "value": "good"}""", 422, "/value")]
    [InlineData("tell", """{"run": "0-search-0", "attempt": 1, "state": "completed", "step": -1, "value": 1}""", 422, "/step")]
    public async Task Bad_bodies_are_told_where(string verb, string body, int status, string? pointer)
    {
        await using Server server = await Server.Start(supervise: false);
        string id = await server.Submitted(Hostless());
        JsonElement problem = (await server.Send(HttpMethod.Post, $"/api/sweeps/{id}/{verb}", Body(body))).Problem(status, status == 400 ? "bad-request" : "invalid-body");
        if (pointer is not null) Assert.Equal(pointer, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        (await server.Send(HttpMethod.Post, "/api/sweeps/none/ask", Body("{}"))).Problem(404, "not-found");
        (await server.Send(HttpMethod.Post, "/api/runs/none/reports", Body("{}"))).Problem(404, "not-found");
        (await server.Send(HttpMethod.Post, $"/api/runs/none~0-search-0/reports", Body("{}"))).Problem(404, "not-found");
        (await server.Send(HttpMethod.Post, $"/api/sweeps/{id}/tell", Body("""{"run": "99-search-0", "attempt": 1, "state": "completed"}"""))).Problem(404, "not-found");
    }

    [Fact]
    public async Task A_hosted_sweep_shares_its_queue_and_its_lanes_go_on_with_what_a_worker_told()
    {
        var gate = new Gate();
        await using Server server = await Server.Start(objectives: [gate]);
        string id = await server.Submitted(Specs.Small(objective: "gate", parallel: 1));
        await gate.Started.WaitAsync(TestContext.Current.CancellationToken);
        JsonElement run = await AskOne(server, id); // the lane holds another one
        gate.Open();
        await server.Watch(id, "search-ended");
        (await Tell(server, id, run, "\"state\": \"completed\", \"value\": 0.001")).Expect(200); // the lane was waiting for it
        await server.Watch(id, "sweep-ended");
        Assert.Equal(0.001, (await server.Get($"/api/sweeps/{id}/runs/{run.GetProperty("run").GetString()}")).Json.GetProperty("run").GetProperty("value").GetDouble());
    }
}
