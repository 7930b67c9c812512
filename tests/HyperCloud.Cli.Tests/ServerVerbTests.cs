using System.Net;
using System.Text;
using System.Text.Json;

namespace HyperCloud.Cli.Tests;

/// <summary>The verbs that work at a server: the same answers as from the store, and clear words when the server does not answer.</summary>
public sealed class ServerVerbTests
{
    private const string Key = "0123456789abcdef";

    private const string Quick = """
        name: remote
        objective: {metric: loss}
        space: {x: {type: float, min: -5, max: 5, default: 3.0}}
        search: {algorithm: tpe, seed: 7}
        limits: {trials: 6, parallel: 1}
        seeds:
          selection: {top: 2, runs: 4}
          evaluation: {seeds: 3, holdout: none}
        trial: {command: [sh, run.sh, "${param.x}"]}
        """;

    private const string Script = """
        echo "x is $1"
        awk -v x="$1" -v s="$HYPERCLOUD_SEED" 'BEGIN { printf "::hypercloud:: {\"loss\": %.17g, \"other\": 1}\n", x*x + (s % 1000) / 1000 }'
        """;

    [Fact]
    public async Task Submit_watch_and_every_other_verb_say_the_same_as_the_store_does()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", Script);
        string spec = place.Write("s.yaml", Quick);
        using Served server = await Served.Start(place);

        Outcome submitted = server.Run("submit", spec, "--watch").Expect(ExitCodes.Ok);
        Assert.Contains("is created", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("run.sh is looked for in the server's folder", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("finished [evaluated]", submitted.Error, StringComparison.Ordinal);
        Assert.Contains(": finished", submitted.Out, StringComparison.Ordinal);

        string[][] verbs =
        [
            ["list"], ["status"], ["status", "remote-"], ["report"], ["report", "--output", "markdown"], ["importance"], ["show", "0"], ["best"], ["best", "--as", "args"],
            ["logs", "0"], ["logs", "1-search-0"], ["export"], ["export", "--what", "trials"], ["export", "--what", "events", "--format", "jsonl"], ["watch"],
        ];
        foreach (string[] verb in verbs)
        {
            foreach (string[] form in (string[][])[[], ["--output", "json"]])
            {
                if (form.Length > 0 && verb.Contains("--output")) continue;
                // Only a store knows how a run would be started: a server does not tell its folder.
                if (form.Length == 0 && verb[0] == "show") continue;
                string[] words = [.. verb, .. form];
                Outcome there = server.Run(words).Expect(ExitCodes.Ok), here = place.Run(words).Expect(ExitCodes.Ok);
                Assert.True(here.Out == there.Out, $"{string.Join(' ', words)}\n--- store\n{here.Out}\n--- server\n{there.Out}");
                Assert.NotEqual("", here.Out);
            }
        }

        // From the environment, and --store is stronger.
        var environment = new Dictionary<string, string?> { ["HYPERCLOUD_SERVER"] = server.Url };
        Assert.Contains("remote-", place.RunIn(environment, "list").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        place.RunIn(environment, "list", "--store", "elsewhere.db").Expect(ExitCodes.NotFound);
        Assert.Contains("two places", server.Run("list", "--store", "elsewhere.db").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);

        // The same spec again is the same sweep; other limits extend it; --set is the same spec as written out.
        JsonElement again = Json(server.Run("submit", spec, "--output", "json"));
        Assert.Equal((false, false), (again.GetProperty("created").GetBoolean(), again.GetProperty("extended").GetBoolean()));
        JsonElement more = Json(server.Run("submit", spec, "--set", "limits.trials=8", "--output", "json"));
        Assert.True(more.GetProperty("extended").GetBoolean());
        Assert.Equal(again.GetProperty("sweep").GetString(), more.GetProperty("sweep").GetString());
        server.Run("watch").Expect(ExitCodes.Ok);
        Assert.Equal(8, Json(server.Run("status", "--output", "json")).GetProperty("trials").GetInt32());
        server.End().Expect(ExitCodes.Ok);
    }

    [Fact]
    public async Task A_sweep_at_a_server_is_paused_resumed_cancelled_and_deleted()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", "sleep 600");
        using Served server = await Served.Start(place);
        JsonElement submitted = Json(server.Run("submit", place.Write("s.yaml", Quick), "--output", "json"));
        string id = submitted.GetProperty("sweep").GetString()!;

        Changed(true, "paused", "pause");
        Changed(false, "paused", "pause");
        Assert.Contains("'hypercloud delete --force'", server.Run("delete", id).Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
        Changed(true, "running", "resume");
        Changed(false, "running", "resume");
        Assert.Contains("is not over", server.Run("retry", id).Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
        Assert.True(Json(server.Run("delete", id, "--force", "--output", "json")).GetProperty("deleted").GetBoolean());
        Assert.Equal(0, Json(server.Run("list", "--output", "json")).GetArrayLength());
        server.Run("status", id).Expect(ExitCodes.NotFound);

        id = Json(server.Run("submit", "s.yaml", "--output", "json")).GetProperty("sweep").GetString()!;
        Assert.True(Json(server.Run("cancel", id, "--output", "json")).GetProperty("changed").GetBoolean());
        Assert.Contains("cancelled", server.Run("watch", id).Expect(ExitCodes.NoAnswer).Out, StringComparison.Ordinal);
        server.Run("delete", id).Expect(ExitCodes.Ok);
        server.End().Expect(ExitCodes.Ok);

        void Changed(bool changed, string status, string verb)
        {
            JsonElement answer = Json(server.Run(verb, id, "--output", "json"));
            Assert.Equal((changed, status), (answer.GetProperty("changed").GetBoolean(), answer.GetProperty("status").GetString()));
        }
    }

    [Fact]
    public async Task A_key_is_asked_for_by_the_name_of_its_option_and_never_shown()
    {
        using var place = new Workplace();
        using Served server = await Served.Start(place, Key);
        Assert.Contains("wants a key; give it with --key or $HYPERCLOUD_KEY", server.Run("list").Expect(ExitCodes.Key).Error, StringComparison.Ordinal);
        Outcome wrong = server.Run("list", "--key", "not the key of it");
        Assert.Contains("is not the one", wrong.Expect(ExitCodes.Key).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("not the key of it", wrong.Error, StringComparison.Ordinal);
        server.Run("list", "--key", Key).Expect(ExitCodes.Ok);
        place.RunIn(new Dictionary<string, string?> { ["HYPERCLOUD_KEY"] = Key, ["HYPERCLOUD_SERVER"] = server.Url }, "list").Expect(ExitCodes.Ok);
        Outcome doctor = server.Run("doctor", "--output", "json").Expect(ExitCodes.Unwell);
        Assert.Equal("fail", Check(doctor, "server key").GetProperty("result").GetString());
        Assert.Equal("ok", Check(server.Run("doctor", "--key", Key, "--output", "json").Expect(ExitCodes.Ok), "server").GetProperty("result").GetString());
    }

    [Fact]
    public async Task What_is_wrong_with_a_spec_comes_back_with_pointers_and_places()
    {
        using var place = new Workplace();
        using Served server = await Served.Start(place);
        Outcome refused = server.Run("submit", place.Write("bad.yaml", "name: bad\nobjective: {metrik: loss}\nspace: {x: {type: float, min: 1, max: 0.1}}\ntrial: {objective: sphere}\n")).Expect(ExitCodes.BadInput);
        Assert.Contains("/objective/metrik: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("(line 2, column", refused.Error, StringComparison.Ordinal);
        Assert.Contains("/space/x", refused.Error, StringComparison.Ordinal);
        Assert.Equal("", refused.Out);
        Assert.Contains("--server", place.Run("submit", "bad.yaml").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("out of reach", ExitCodes.Server, "http://127.0.0.1:1")]
    [InlineData("an address such as", ExitCodes.BadInput, "127.0.0.1:8484")]
    [InlineData("an address such as", ExitCodes.BadInput, "http://user:secret@127.0.0.1:1")]
    public void A_server_that_is_away_or_misnamed_has_its_own_words(string words, int exitCode, string url)
    {
        using var place = new Workplace();
        Outcome outcome = place.Run("list", "--server", url).Expect(exitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", outcome.Out);
    }

    [Fact]
    public async Task A_server_that_asks_for_patience_is_asked_again()
    {
        using var place = new Workplace();
        (string url, Task<int> served) = Stub(answered => answered switch
        {
            0 => (429, "application/problem+json", """{"detail": "later"}"""),
            1 => (503, "application/problem+json", """{"detail": "still later"}"""),
            _ => (200, "application/json", """{"items": []}"""),
        }, requests: 3);
        Assert.Equal(0, Json(place.Run("list", "--output", "json", "--server", url)).GetArrayLength());
        Assert.Equal(3, await served);
    }

    [Fact]
    public async Task Something_else_that_listens_there_is_said_to_be_no_HyperCloud_server()
    {
        using var place = new Workplace();
        (string url, Task<int> served) = Stub(_ => (404, "text/html", "<h1>Not here</h1>"), requests: 1);
        Assert.Contains("not as a HyperCloud server does", place.Run("list", "--server", url).Expect(ExitCodes.Server).Error, StringComparison.Ordinal);
        await served;
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Expect(ExitCodes.Ok).Out).RootElement;

    private static JsonElement Check(Outcome doctor, string check) =>
        JsonDocument.Parse(doctor.Out).RootElement.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("check").GetString() == check);

    /// <summary>A server that answers so many requests by script, asking to be asked again at once.</summary>
    private static (string Url, Task<int> Served) Stub(Func<int, (int Status, string Type, string Body)> answer, int requests)
    {
        var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", Task.Run(async () =>
        {
            for (int i = 0; i < requests; i++)
            {
                using System.Net.Sockets.TcpClient client = await listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream(), leaveOpen: true);
                while (await reader.ReadLineAsync() is { Length: > 0 }) { }
                (int status, string type, string body) = answer(i);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 {status} So\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nRetry-After: 0\r\nConnection: close\r\n\r\n{body}"));
            }

            listener.Stop();
            return requests;
        }));
    }
}
