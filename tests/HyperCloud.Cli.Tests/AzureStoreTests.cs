using System.Text.Json;
using System.Text.RegularExpressions;
using HyperCloud.Azurite;

namespace HyperCloud.Cli.Tests;

/// <summary>A store on Azure (here Azurite), named by a connection string whose key is never shown.</summary>
public sealed partial class AzureStoreTests(AzuriteFixture azurite)
{
    private const string Spec = """
        name: cloud
        objective: {metric: loss}
        space: {x: {type: float, min: -5, max: 5, default: 3.0}}
        search: {algorithm: random, seed: 3}
        limits: {trials: 4, parallel: 2}
        seeds:
          selection: {top: 2, runs: 4}
          evaluation: {seeds: 3, holdout: none}
        trial: {command: [sh, run.sh]}
        """;

    private const string Script = """
        echo "store: $HYPERCLOUD_STORE."
        echo '::hypercloud:: {"loss": 1}'
        """;

    [Fact]
    public async Task Run_status_and_the_rest_work_on_a_connection_string_and_show_no_key()
    {
        Needs.Posix();
        string account = await azurite.ConnectionString(), store = $"{account}#{AzuriteFixture.NewPrefix()}", key = AccountKey().Match(account).Groups[1].Value;
        using var place = new Workplace();
        place.Write("run.sh", Script);
        string spec = place.Write("s.yaml", Spec);
        var environment = new Dictionary<string, string?> { ["HYPERCLOUD_STORE"] = store };
        List<Outcome> all = [];

        Keep(place.Run("list", "--store", store), ExitCodes.Ok);
        Keep(place.Run("run", spec, "--store", store), ExitCodes.Ok);
        Assert.True(Directory.Exists(Path.Combine(place.Folder, ".hypercloud", "work")));
        Assert.False(File.Exists(place.StorePath));
        Assert.Contains("finished", Keep(place.Run("status", "--store", store), ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("cloud-", Keep(place.RunIn(environment, "list"), ExitCodes.Ok).Out, StringComparison.Ordinal);
        Keep(place.RunIn(environment, "run", spec, "--set", "limits.trials=5"), ExitCodes.Ok);
        // Runs need not know the store.
        Assert.Contains("store: .", Keep(place.RunIn(environment, "logs", "4"), ExitCodes.Ok).Out, StringComparison.Ordinal);
        Keep(place.RunIn(environment, "replay"), ExitCodes.Ok);
        Keep(place.RunIn(environment, "list", "--help"), ExitCodes.Ok);
        JsonElement doctor = JsonDocument.Parse(Keep(place.RunIn(environment, "doctor", "--output", "json"), ExitCodes.Ok).Out).RootElement;
        Assert.Contains(doctor.GetProperty("checks").EnumerateArray(), c => c.GetProperty("check").GetString() == "store clock" && c.GetProperty("result").GetString() == "ok");
        Keep(place.Run("store", "copy", store, "local.db"), ExitCodes.Ok);
        Assert.Equal(Keep(place.Run("report", "--store", "local.db"), ExitCodes.Ok).Out, Keep(place.RunIn(environment, "report"), ExitCodes.Ok).Out);
        Keep(place.RunIn(environment, "delete", "cloud"), ExitCodes.Ok);
        Keep(place.Run("list", "--store", account.Replace("AccountKey=", "AccountKye=")), ExitCodes.BadInput);

        Assert.NotEqual("", key);
        Assert.All(all, o => Assert.DoesNotContain(key, o.Out + o.Error, StringComparison.Ordinal));

        Outcome Keep(Outcome outcome, int exitCode)
        {
            all.Add(outcome);
            return outcome.Expect(exitCode);
        }
    }

    [GeneratedRegex("AccountKey=([^;]+)")]
    private static partial Regex AccountKey();
}
