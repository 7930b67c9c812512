using System.Net;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>The real server process: started, asked, killed, started again.</summary>
public sealed class ServeTests
{
    private const string Script = """
        sleep 0.0$(( (HYPERCLOUD_SEED % 4) + 1 ))
        awk -v x="$1" -v s="$HYPERCLOUD_SEED" 'BEGIN { printf "::hypercloud:: {\"loss\": %.17g}\n", x*x + (s % 1000) / 1000 }'
        """;

    private const string Spec = """
        name: served
        objective: {metric: loss}
        space: {x: {type: float, min: -5, max: 5, default: 3.0}}
        search: {algorithm: tpe, seed: 7}
        limits: {trials: 24, parallel: 1}
        seeds:
          selection: {top: 3, runs: 12}
          evaluation: {seeds: 6, holdout: none}
        trial: {command: [sh, run.sh, "${param.x}"]}
        """;

    [Fact]
    public async Task A_server_that_is_killed_in_the_middle_goes_on_to_the_very_same_result()
    {
        Needs.Posix();
        using var undisturbed = new Workplace();
        undisturbed.Write("run.sh", Script);
        undisturbed.Run("run", undisturbed.Write("s.yaml", Spec)).Expect(ExitCodes.Ok);

        using var place = new Workplace();
        place.Write("run.sh", Script);
        string? id = null;
        string cursor = "";
        for (int kills = 0; kills < 3; kills++)
        {
            using Served server = await Served.Start(place);
            id ??= await server.Submit(Spec);
            // Some way on from where it stood: in the middle of something.
            cursor = await server.WatchEntries(id, 15, cursor);
            await server.Kill();
        }

        using (Served server = await Served.Start(place))
        {
            await server.WatchToTheEnd(id!);
            Assert.Equal("finished", (await server.Get($"/api/sweeps/{id}")).GetProperty("status").GetString());
            Assert.False((await server.Get($"/api/sweeps/{id}/report")).GetProperty("provisional").GetBoolean());
            server.End().Expect(ExitCodes.Ok);
        }

        SweepState state = await place.State();
        Assert.Equal(Workplace.Fingerprint(await undisturbed.State()), Workplace.Fingerprint(state));
        Assert.True(state.Round!.Round >= 4);
        place.Run("replay").Expect(ExitCodes.Ok);
    }

    [Fact]
    public async Task Ending_the_server_pre_empts_its_runs_and_is_no_failure()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", "sleep 600");
        using Served server = await Served.Start(place);
        string id = await server.Submit(Spec);
        string cursor = "";
        for (bool started = false; !started;)
        {
            JsonElement page = await server.Get($"/api/sweeps/{id}/events?wait=20s{cursor}");
            started = page.GetProperty("items").EnumerateArray().Any(e => e.GetProperty("entry").GetProperty("event").GetProperty("type").GetString() == "started");
            cursor = $"&cursor={page.GetProperty("next").GetString()}";
        }

        // One who waits for more is let go at once.
        Task<JsonElement> waiting = server.Get($"/api/sweeps/{id}/events?wait=60s{cursor}");
        server.End().Expect(ExitCodes.Ok);
        await waiting;
        SweepState state = await place.State();
        Assert.Equal(SweepStatus.Running, state.Status);
        Assert.Empty(state.Running);
        Assert.Equal(1, Workplace.Runs(state).Sum(r => r.Preempted));
        Assert.Contains("interrupted", place.Run("status").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_from_the_environment_is_asked_for_and_hidden_from_runs()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", """
            echo "key: $HYPERCLOUD_KEY."
            echo '::hypercloud:: {"loss": 1}'
            """);
        using Served server = await Served.Start(place, "0123456789abcdef");
        using (HttpResponseMessage refused = await new HttpClient().GetAsync($"{server.Url}/api/sweeps", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        string id = await server.Submit(Spec);
        await server.WatchToTheEnd(id);
        JsonElement run = await server.Get($"/api/sweeps/{id}/runs/0-search-0");
        Assert.Equal("key: .", run.GetProperty("log")[0].GetString());
        server.End().Expect(ExitCodes.Ok);
    }

    [Theory]
    [InlineData("at least 16", "--key", "short")]
    [InlineData("give a key", "--url", "http://0.0.0.0:0")]
    [InlineData("give a key", "--url", "http://*:0")]
    [InlineData("http://ADDRESS:PORT", "--url", "https://localhost:0")]
    [InlineData("no folder", "--base", "nowhere")]
    [InlineData("at least 1", "--sweeps", "0")]
    public void What_would_not_be_safe_or_possible_is_refused(string words, params string[] options)
    {
        using var place = new Workplace();
        Assert.Contains(words, place.Run(["serve", .. options]).Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
    }
}
