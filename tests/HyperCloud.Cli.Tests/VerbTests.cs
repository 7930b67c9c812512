using System.Text.Json;

namespace HyperCloud.Cli.Tests;

/// <summary>Every verb, as a user types it.</summary>
public sealed class VerbTests
{
    private const string Spec = """
        name: verbs
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          kind: {values: [plain, "it's"], default: plain}
        search: {algorithm: tpe, seed: 3}
        limits: {trials: 12, parallel: 2}
        seeds:
          selection: {top: 3, runs: 12}
          evaluation: {seeds: 6, holdout: none}
        trial: {objective: noisy-sphere}
        """;

    [Fact]
    public void The_whole_tour_of_a_sweep()
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec);
        Assert.Contains("is valid", place.Run("validate", spec).Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("nothing was stored", place.Run("run", spec, "--once").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.False(File.Exists(place.StorePath));
        Outcome run = place.Run("run", spec, "--set", "limits.trials=10").Expect(ExitCodes.Ok);
        Assert.Contains("EVALUATION", run.Out, StringComparison.Ordinal);
        Assert.Contains("trial 9:", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("PROVISIONAL", run.Out, StringComparison.Ordinal);

        Assert.Contains("verbs-", place.Run("list").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(place.Run("list", "--output", "json").Expect(ExitCodes.Ok).Out).RootElement.GetArrayLength());
        Assert.Contains("champion trial", place.Run("status", "verbs").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Equal("finished", JsonDocument.Parse(place.Run("status", "-o", "json").Expect(ExitCodes.Ok).Out).RootElement.GetProperty("status").GetString());
        Assert.Contains("0-evaluation-0", place.Run("show", "0").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Equal(7, JsonDocument.Parse(place.Run("show", "0", "-o", "json").Expect(ExitCodes.Ok).Out).RootElement.GetProperty("runs").EnumerateArray().Count(r => r.GetProperty("pool").GetString() != "selection"));
        Assert.Contains("run 0-search-0", place.Run("logs", "0").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("--x=", place.Run("best", "--as", "args").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("HYPERCLOUD_PARAM_X=", place.Run("best", "--as", "env").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Number, JsonDocument.Parse(place.Run("best", "--as", "json").Expect(ExitCodes.Ok).Out).RootElement.GetProperty("x").ValueKind);
        Assert.StartsWith("# verbs", place.Run("report", "--output", "markdown").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(place.Run("report", "--output", "json").Expect(ExitCodes.Ok).Out).RootElement;
        Assert.Equal(6, report.GetProperty("champion").GetProperty("evaluation").GetProperty("pool").GetProperty("completed").GetInt32());
        place.Run("replay").Expect(ExitCodes.Ok);

        Outcome more = place.Run("run", spec, "--more", "5").Expect(ExitCodes.Ok);
        Assert.Contains("15 trials", more.Out, StringComparison.Ordinal);
        Assert.Contains("ooked before", more.Out, StringComparison.Ordinal);
        Assert.Contains("differs", place.Run("run", spec, "--set", "space.x.max=6").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
        place.Run("run", spec, "--set", "space.x.max=6", "--new").Expect(ExitCodes.Ok);
        Assert.Equal(2, JsonDocument.Parse(place.Run("list", "--output", "json").Out).RootElement.GetArrayLength());
    }

    [Fact]
    public void The_same_spec_and_seed_give_the_same_sweep_with_one_run_at_a_time()
    {
        using Workplace a = new(), b = new();
        foreach (Workplace place in new[] { a, b }) place.Run("run", place.Write("s.yaml", Spec), "--set", "limits.parallel=1").Expect(ExitCodes.Ok);
        Assert.Equal(Champion(a), Champion(b));

        static string Champion(Workplace place) => JsonDocument.Parse(place.Run("report", "-o", "json").Out).RootElement.GetProperty("champion").GetRawText();
    }

    [Fact]
    public void Ask_tell_speaks_its_protocol_to_the_end_of_input()
    {
        using var place = new Workplace();
        string spec = place.Write("s.json", """{"name": "asked", "objective": {"metric": "loss"}, "space": {"x": {"type": "float", "min": 0.0, "max": 1.0}}}""");
        string[] lines = place.Run(["ask-tell", spec, "--algorithm", "random", "--seed", "5"],
            "{\"ask\": 2}\n{\"tell\": {\"number\": 0, \"value\": 0.31}}\n{\"tell\": {\"number\": 1, \"state\": \"failed\"}}\nnonsense\n{\"best\": true}\n").Expect(ExitCodes.Ok).Out.TrimEnd().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Equal(2, JsonDocument.Parse(lines[0]).RootElement.GetProperty("trials").GetArrayLength());
        Assert.True(JsonDocument.Parse(lines[1]).RootElement.GetProperty("ok").GetBoolean());
        Assert.True(JsonDocument.Parse(lines[3]).RootElement.TryGetProperty("error", out _));
        Assert.Equal(0, JsonDocument.Parse(lines[4]).RootElement.GetProperty("best").GetProperty("number").GetInt32());
    }

    [Theory]
    [InlineData("no such file", ExitCodes.BadInput, "there is no file", "run", "missing.yaml")]
    [InlineData("no such store", ExitCodes.NotFound, "there is no store", "status")]
    [InlineData("unknown verb", ExitCodes.BadInput, "frobnicate", "frobnicate")]
    [InlineData("unknown option", ExitCodes.BadInput, "--frob", "list", "--frob")]
    [InlineData("odd head", ExitCodes.BadInput, "at least 8", "replay", "--head", "xyz")]
    public void Wrong_input_is_named_and_starts_nothing(string what, int exitCode, string says, params string[] arguments)
    {
        using var place = new Workplace();
        Outcome outcome = place.Run(arguments).Expect(exitCode);
        Assert.True(outcome.Error.Contains(says, StringComparison.Ordinal), $"{what}: {outcome.Error}");
        Assert.Equal("", outcome.Out);
        Assert.False(File.Exists(place.StorePath));
    }

    [Fact]
    public void All_errors_of_a_spec_come_at_once_with_their_places()
    {
        using var place = new Workplace();
        Outcome outcome = place.Run("run", place.Write("bad.yaml", """
            name: bad
            objective: {metrik: loss}
            space:
              x: {type: float, min: 1, max: 0.1}
            limits: {trials: -3}
            trial: {objective: sphere}
            """)).Expect(ExitCodes.BadInput);
        Assert.Contains("bad.yaml:2:", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("metric", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("min=1, max=0.1", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("-3", outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(place.StorePath));
    }

    [Fact]
    public void Init_writes_a_spec_that_is_valid_and_never_overwrites()
    {
        using var place = new Workplace();
        string script = place.Write("train.py", "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=0.1)\np.add_argument('--layers', type=int, default=2)\n");
        place.Run("init", script, "--to", "made.yaml", "--metric", "loss").Expect(ExitCodes.Ok);
        place.Run("validate", "made.yaml").Expect(ExitCodes.Ok);
        Assert.Contains("lr", File.ReadAllText(Path.Combine(place.Folder, "made.yaml")), StringComparison.Ordinal);
        Assert.Contains("exists already", place.Run("init", "--to", "made.yaml").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
        Assert.Contains("objective", place.Run("init").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_counts_failures_and_qualifies_the_headline()
    {
        using var place = new Workplace();
        Outcome run = place.Run("run", place.Write("s.yaml", Spec.Replace("noisy-sphere", "flaky-sphere")), "--trials", "30");
        Assert.Matches(@"runs: \d+ completed, [1-9]\d* failed", run.Out);
    }

    [Theory]
    [InlineData("echo nothing of note", "no-metric")]
    [InlineData("printf '::hypercloud:: {\"loss\": NaN}\\n'", "non-finite")]
    [InlineData("kill -9 $$", "killed")]
    [InlineData("sleep 600", "timeout")]
    [InlineData("echo gone wrong >&2; exit 3", "exit")]
    public void A_trial_that_misbehaves_is_recorded_with_its_code(string script, string code)
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", script + "\n");
        string spec = place.Write("s.yaml", """
            name: bad-trials
            objective: {metric: loss}
            space: {x: {type: float, min: -5, max: 5}}
            search: {algorithm: random}
            limits: {trials: 2, parallel: 2, runTime: 2s}
            seeds: {evaluation: {seeds: 5, holdout: none}}
            trial: {command: [sh, run.sh]}
            """);
        Outcome run = place.Run("run", spec).Expect(ExitCodes.NoAnswer);
        Assert.Contains($"[{code}]", run.Error, StringComparison.Ordinal);
        Assert.Contains("No answer", run.Out, StringComparison.Ordinal);
        Assert.Contains($"[{code}]", place.Run("show", "0").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        place.Run("replay").Expect(ExitCodes.Ok);
    }
}
