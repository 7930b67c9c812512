using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>Workers and reporting programs against the real server process.</summary>
public sealed class WorkerProcessTests
{
    private const string Pulled = """
        name: pulled
        objective: {metric: loss}
        space: {x: {type: float, min: -5, max: 5, default: 3.0}}
        search: {algorithm: tpe, seed: 7}
        limits: {trials: 10, parallel: 1}
        seeds:
          selection: {top: 2, runs: 6}
          evaluation: {seeds: 3, holdout: none}
        """;

    private static string Value(JsonElement run) =>
        (Math.Pow(run.GetProperty("params").GetProperty("x").GetDouble(), 2) + run.GetProperty("seed").GetInt32() % 1000 / 1e3).ToString("R", CultureInfo.InvariantCulture);

    private static async Task<JsonElement?> Ask(Served server, string id)
    {
        JsonElement answer = await server.Post($"/api/sweeps/{id}/ask", """{"worker": "test", "lease": "10m"}""");
        return answer.GetProperty("done").GetBoolean() ? null : answer.GetProperty("runs").EnumerateArray().Single();
    }

    private static Task<JsonElement> Tell(Served server, string id, JsonElement run) => server.Post(
        $"/api/sweeps/{id}/tell", $"{{\"run\": \"{run.GetProperty("run").GetString()}\", \"attempt\": {run.GetProperty("attempt").GetInt32()}, \"state\": \"completed\", \"value\": {Value(run)}}}");

    [Fact]
    public async Task A_server_that_is_killed_between_a_workers_words_loses_none_of_them()
    {
        using var undisturbed = new Workplace();
        using (Served server = await Served.Start(undisturbed))
        {
            string id = await server.Submit(Pulled);
            while (await Ask(server, id) is { } run) await Tell(server, id, run);
        }

        using var place = new Workplace();
        string? sweep = null;
        JsonElement? held = null;
        bool over = false;
        for (int kills = 0; !over; kills++)
        {
            using Served server = await Served.Start(place);
            sweep ??= await server.Submit(Pulled);
            for (int words = 0; words < 8 && !over; words++)
            {
                if (held is { } run)
                {
                    await Tell(server, sweep, run);
                    held = null;
                }
                else
                {
                    held = await Ask(server, sweep);
                    over = held is null;
                }
            }

            // In the first half after an answer to a request, in the second after one to a result: both ways something is in the air.
            if (!over && kills % 2 == 0 && held is null) held = await Ask(server, sweep);
            await server.Kill();
        }

        SweepState state = await place.State();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(Workplace.Fingerprint(await undisturbed.State()), Workplace.Fingerprint(state));
        place.Run("replay").Expect(ExitCodes.Ok);
    }

    [Fact]
    public async Task A_program_may_report_over_http_and_is_told_to_stop()
    {
        Needs.Python();
        using var place = new Workplace();
        place.Write("train.py", """
            import json, os, sys, urllib.request
            x = float(sys.argv[1])
            for epoch in range(1, 10):
                request = urllib.request.Request(os.environ["HYPERCLOUD_REPORT_URL"], json.dumps({"step": epoch, "loss": x * x + 1 / epoch}).encode(),
                    {"Authorization": "Bearer " + os.environ["HYPERCLOUD_REPORT_TOKEN"]})
                if json.load(urllib.request.urlopen(request))["decision"] == "stop":
                    sys.exit(3)  # However it ends: it was told to
            """);
        using Served server = await Served.Start(place);
        string id = await server.Submit("""
            name: posting
            objective: {metric: loss}
            space: {x: {type: float, min: -5, max: 5, default: 0.5}}
            search: {algorithm: random, seed: 1}
            limits: {trials: 8, parallel: 1}
            seeds:
              selection: {top: 2, runs: 2}
              evaluation: {seeds: 3, holdout: none}
            earlyStopping: {rule: asha, resource: epoch, min: 1, max: 9}
            trial: {command: [python3, train.py, "${param.x}"]}
            """);
        await server.WatchToTheEnd(id);
        server.End().Expect(ExitCodes.Ok);
        SweepState state = await place.State();
        Assert.Equal(SweepStatus.Finished, state.Status);
        RunRecord[] search = [.. Workplace.Runs(state).Where(r => r.Key.Pool == SeedPool.Search)];
        Assert.Contains(search, r => r.Result is { State: RunState.Stopped, Code: "asha" });
        Assert.All(search, r => Assert.False(r.Failed));
        Assert.All(Workplace.Runs(state).Where(r => r.Key.Pool != SeedPool.Search), r => Assert.Equal(9, r.Result!.Step));
        place.Run("replay").Expect(ExitCodes.Ok);
    }
}
