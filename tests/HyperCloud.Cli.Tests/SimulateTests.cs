using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary><c>simulate</c>: the plan of a sweep, as a real one keeps it.</summary>
public sealed class SimulateTests
{
    private const string Spec = """
        name: planned
        objective: {metric: loss, target: -1000}
        space: {x: {type: float, min: -5, max: 5, default: 3.0}, y: {type: int, min: 1, max: 9, default: 5}}
        search: {algorithm: random, seed: 3}
        limits: {trials: 14, parallel: 2, runTime: 10m}
        seeds:
          search: 2
          selection: {top: 3, runs: 10}
          evaluation: {seeds: 6, holdout: none}
        trial: {objective: noisy-sphere}
        """;

    [Fact]
    public async Task Counts_are_those_of_the_real_run()
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec);
        JsonElement plan = Simulate(place, spec);
        Assert.False(File.Exists(place.StorePath));
        place.Run("run", spec).Expect(ExitCodes.Ok);
        SweepState state = await place.State();
        Assert.Equal(state.Trials.Count, plan.GetProperty("trials").GetInt32());
        Assert.Equal(
            state.Stages.Select(s => (s.Kind.ToString().ToLowerInvariant(), state.RunsOf(s.Index).Count())),
            plan.GetProperty("stages").EnumerateArray().Select(s => (s.GetProperty("stage").GetString()!, s.GetProperty("runs").GetInt32())));
    }

    [Fact]
    public void The_same_seed_gives_the_same_plan_and_times_follow_the_run_time()
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec);
        string[] verb = ["simulate", spec, "--failure-rate", "0.2"];
        Assert.Equal(place.Run(verb).Expect(ExitCodes.Ok).Out, place.Run(verb).Expect(ExitCodes.Ok).Out);
        Assert.NotEqual(place.Run(verb).Out, place.Run([.. verb, "--seed", "4"]).Expect(ExitCodes.Ok).Out);

        // Without spread every run takes as long: 28 + 9 + 12 runs, two at a time.
        JsonElement plan = Simulate(place, spec, "--spread", "0");
        Assert.Equal(300, plan.GetProperty("assumed").GetProperty("runTimeSeconds").GetDouble());
        Assert.Equal(300 * (14 + 5 + 6), plan.GetProperty("wallSeconds").GetDouble(), 3);
        Assert.Equal(300 * (28 + 9 + 12) / 3600.0, plan.GetProperty("computeHours").GetDouble(), 6);
        Assert.Equal(60 * (14 + 5 + 6), Simulate(place, spec, "--spread", "0", "--run-time", "60s").GetProperty("wallSeconds").GetDouble(), 3);
        Assert.True(plan.GetProperty("assumed").GetProperty("targetLeftOut").GetBoolean());
        // 49 runs of 300 s on 2 GB at 0.000026 USD a GB-second.
        JsonElement cost = plan.GetProperty("cost");
        Assert.Equal((49, 49 * 600 * 0.000026m), (cost.GetProperty("attempts").GetInt32(), cost.GetProperty("compute").GetDecimal()));
        Assert.InRange(cost.GetProperty("total").GetDecimal(), cost.GetProperty("compute").GetDecimal(), 1.1m * cost.GetProperty("compute").GetDecimal());
    }

    [Fact]
    public void A_cost_limit_is_kept_in_a_simulation_and_other_prices_move_it()
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec);
        string[] options = ["--spread", "0", "--run-time", "10m", "--set", "limits.cost=1 USD"];
        JsonElement plan = Simulate(place, spec, options);
        Assert.Equal("cost", plan.GetProperty("searchEnded").GetString());
        Assert.InRange(plan.GetProperty("cost").GetProperty("total").GetDouble(), 0.6, 1.01);
        string cheap = place.Write("prices.json", """{"functionGbSecond": 0.000001, "asOf": "2030-01"}""");
        JsonElement other = Simulate(place, spec, [.. options, "--prices", cheap]);
        Assert.Equal("trials", other.GetProperty("searchEnded").GetString());
        Assert.StartsWith("2030-01", other.GetProperty("cost").GetProperty("prices").GetString(), StringComparison.Ordinal);
        Assert.Contains("'nowhere.json'", place.Run("simulate", spec, "--prices", "nowhere.json").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("pause")]
    public void A_stopping_rule_really_stops_in_a_simulation(string mode)
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec.Replace("search: 2\n", "search: 1\n").Replace("trials: 14", "trials: 60").Replace("trial: {objective: noisy-sphere}",
            $"earlyStopping: {{rule: asha, resource: epoch, min: 1, max: 27, reduction: 3, mode: {mode}}}\ntrial: {{command: [sh, run.sh]}}"));
        // The spec is looked at, the script is not: nothing is run.
        JsonElement stopping = Simulate(place, spec).GetProperty("earlyStopping");
        int[] reached = [.. stopping.GetProperty("rungs").EnumerateArray().Select(r => r.GetProperty("trials").GetInt32())];
        Assert.Equal([1, 3, 9, 27], stopping.GetProperty("rungs").EnumerateArray().Select(r => r.GetProperty("resource").GetDouble()));
        Assert.Equal(60, reached[0]);
        Assert.True(reached is [60, < 60, _, > 0] && reached.SequenceEqual(reached.OrderDescending()), string.Join(" ", reached));
        Assert.InRange(stopping.GetProperty("resourceSpent").GetDouble(), 60, 0.7 * stopping.GetProperty("resourceToTheEnd").GetDouble());
        Assert.Equal(60 * 27, stopping.GetProperty("resourceToTheEnd").GetDouble());
    }

    [Fact]
    public void A_time_limit_shows_what_is_kept_for_selection_and_evaluation()
    {
        using var place = new Workplace();
        JsonElement plan = Simulate(place, place.Write("s.yaml", Spec), "--spread", "0", "--run-time", "1m", "--set", "limits.time=20m");
        Assert.Equal("time", plan.GetProperty("searchEnded").GetString());
        JsonElement kept = plan.GetProperty("reserved");
        Assert.Equal((6 * 60, 5 * 60), (kept.GetProperty("evaluationSeconds").GetDouble(), kept.GetProperty("selectionSeconds").GetDouble()));
        Assert.InRange(plan.GetProperty("wallSeconds").GetDouble(), 60, 20 * 60);
    }

    [Theory]
    [InlineData("--run-time", "fast")]
    [InlineData("--spread", "-1")]
    [InlineData("--failure-rate", "2")]
    [InlineData("--memory", "64")]
    [InlineData("--pack-seconds", "-1")]
    public void Assumptions_that_make_no_sense_are_refused(string option, string value)
    {
        using var place = new Workplace();
        Assert.Contains(option, place.Run("simulate", place.Write("s.yaml", Spec), option, value).Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
    }

    private static JsonElement Simulate(Workplace place, string spec, params string[] options) =>
        JsonDocument.Parse(place.Run(["simulate", spec, "--output", "json", .. options]).Expect(ExitCodes.Ok).Out).RootElement;
}
