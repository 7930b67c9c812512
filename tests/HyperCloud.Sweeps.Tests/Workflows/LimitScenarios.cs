using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Limits hold for the whole sweep, and what is reserved stays reserved (SEMANTICS §4).</summary>
public sealed class LimitScenarios
{
    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(1000)]
    public void The_time_limit_ends_search_early_enough_for_evaluation(int seconds)
    {
        SweepSpec spec = Scenario.Spec(trials: 10_000, parallel: 4);
        spec = spec with { Limits = spec.Limits with { Time = TimeSpan.FromSeconds(seconds) } };
        var sweep = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(5), new RunOutcome.Finished(), Scenario.Sphere()(r).Value));
        SweepState state = sweep.Run();
        Assert.Equal("time", state.SearchEnded!.Code);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.InRange(sweep.Clock.Elapsed.TotalSeconds, seconds * 0.5, seconds + 5);
        Assert.Equal(10, state.Evaluation!.Opened.Plan[0].Count);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Without_time_selection_is_cut_first_and_evaluation_never_below_five_seeds()
    {
        SweepSpec spec = Scenario.Spec(trials: 10_000, parallel: 4);
        spec = spec with { Limits = spec.Limits with { Time = TimeSpan.FromSeconds(30) } };
        var sweep = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(10), new RunOutcome.Finished(), Scenario.Sphere()(r).Value));
        SweepState state = sweep.Run();
        Assert.Equal("selection-cut", state.Champion!.Code);
        Assert.Equal(5, state.Evaluation!.Opened.Plan[0].Count);
        Assert.Equal("time-cut", state.Evaluation.Opened.Code);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData("0.05", 10, "top", "champion")] // About 180 runs of 5 s: search ends with what selection and evaluation need left.
    [InlineData("0.01", 10, "cost-cut", "champion")] // About 36: selection is cut to leave evaluation its 20.
    [InlineData("0.01", 30, "selection-cut", "cost-cut")] // And evaluation to what is left.
    public void The_cost_limit_ends_search_early_enough_for_evaluation(string limit, int evaluationSeeds, string selection, string evaluation)
    {
        SweepSpec spec = Scenario.Spec(trials: 10_000, parallel: 4);
        decimal amount = decimal.Parse(limit, System.Globalization.CultureInfo.InvariantCulture);
        spec = spec with
        {
            Limits = spec.Limits with { Cost = new Money(amount, "USD") },
            Seeds = spec.Seeds with { Evaluation = spec.Seeds.Evaluation with { Seeds = evaluationSeeds } },
        };
        var sweep = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(5), new RunOutcome.Finished(), Scenario.Sphere()(r).Value)) { Options = o => o with { Costs = new CostOptions { InstanceMemoryMb = 2_048 } } };
        sweep.NewHost();
        SweepState state = sweep.Run();
        Assert.Equal("cost", state.SearchEnded!.Code);
        Assert.Contains(limit + " USD", state.SearchEnded.Reason, StringComparison.Ordinal);
        Assert.Equal(SweepStatus.Finished, state.Status);
        decimal run = state.Created!.Costs!.PriceOf(5_000);
        Assert.InRange(Budget.Spent(state), 0.5m * amount, amount + run);
        Assert.Equal(state.Trials.Sum(t => t.Runs.Values.Sum(r => r.Attempt)) * run, Budget.Spent(state), 12);
        Assert.Equal(selection, state.Stages.Find(s => s.Kind == StageKind.Selection)?.Opened.Code ?? state.Champion!.Code);
        Assert.Equal(evaluation, state.Evaluation!.Opened.Code);
        Assert.Contains("cost: about ", ReportText.ToText(ReportBuilder.Build(state)), StringComparison.Ordinal);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_cost_limit_where_nothing_is_billed_is_said_to_have_no_effect()
    {
        SweepSpec spec = Scenario.Spec(trials: 6);
        spec = spec with { Limits = spec.Limits with { Cost = new Money(1, "USD") } };
        SweepState state = new SimulatedSweep(spec, Scenario.Sphere()).Run();
        Assert.Equal("trials", state.SearchEnded!.Code);
        SweepReport report = ReportBuilder.Build(state);
        Assert.Null(report.Cost);
        Assert.Contains(report.Warnings, w => w.StartsWith("limits.cost 1 USD has no effect", StringComparison.Ordinal));
    }

    [Fact]
    public void The_clock_stands_still_while_no_host_runs_the_sweep()
    {
        SweepSpec spec = Scenario.Spec(trials: 30, parallel: 1);
        spec = spec with { Limits = spec.Limits with { Time = TimeSpan.FromHours(1) } };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        sweep.Hub.Folded += (_, s, e) =>
        {
            if (e.Event is SweepEvent.Started && s.Trials.Count == 10) sweep.Service.SetPaused(sweep.Id, true, "test", CancellationToken.None).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
        };
        SweepState paused = sweep.Run();
        Assert.Equal(SweepStatus.Paused, paused.Status);
        long active = paused.ActiveMs;
        Task.Delay(TimeSpan.FromHours(10), sweep.Clock).ContinueWith(_ => { }, TaskScheduler.Default);
        while (sweep.Clock.Elapsed < TimeSpan.FromHours(10)) Assert.True(sweep.Clock.Advance());
        sweep.NewHost();
        sweep.Service.SetPaused(sweep.Id, false, "test", CancellationToken.None).Now();
        SweepState state = sweep.Run();
        Assert.Equal("trials", state.SearchEnded!.Code);
        Assert.InRange(state.ActiveMs, active, 3_600_000);
    }

    [Fact]
    public void A_target_is_believed_only_after_three_runs()
    {
        SweepSpec spec = Scenario.Spec(trials: 200);
        spec = spec with { Objective = spec.Objective with { Target = 1.0 } };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere(noise: 4));
        SweepState state = sweep.Run();
        Assert.Equal("target", state.SearchEnded!.Code);
        Assert.True(state.Trials.Count < 200);
        Assert.Contains(state.Trials, t => t.In(SeedPool.Search).Count(r => r.Completed) >= 3
            && t.In(SeedPool.Search).Where(r => r.Completed).Average(r => r.Result!.Value!.Value) <= 1.0);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Without_noise_one_run_reaches_a_target_and_selection_is_not_needed()
    {
        SweepSpec spec = Scenario.Spec(trials: 200);
        spec = spec with { Objective = spec.Objective with { Target = 1.0, NoNoise = true } };
        SweepState state = new SimulatedSweep(spec, Scenario.Sphere(noise: 0)).Run();
        Assert.Equal("target", state.SearchEnded!.Code);
        Assert.Equal("no-noise", state.Champion!.Code);
        Assert.All(state.Trials, t => Assert.True(t.In(SeedPool.Search).Count() <= 1));
    }

    [Fact]
    public void Extending_a_finished_sweep_searches_on_and_measures_on_seeds_nobody_has_seen()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 12), Scenario.Sphere());
        SweepState first = sweep.Run();
        int[] seen = [.. first.Runs().Where(r => r.Key.Pool == SeedPool.Evaluation).Select(r => r.Seed)];
        string before = Scenario.Fingerprint(first).Split('\n')[5];

        Assert.True(sweep.Service.Extend(sweep.Id, sweep.Spec.Limits with { Trials = 24 }, CancellationToken.None).Now());
        SweepState state = sweep.Run();
        Assert.Equal(24, state.Trials.Count);
        Assert.Equal(6, state.Stages.Count);
        Assert.True(state.Evaluation!.Opened.LookedBefore);
        int[] fresh = [.. state.RunsOf(state.Evaluation.Index).Select(r => r.Seed)];
        Assert.Empty(fresh.Intersect(seen));
        Assert.Equal(before, Scenario.Fingerprint(state).Split('\n')[5][..before.Length]);
        Assert.Contains("looked before", string.Join("\n", ReportBuilder.Build(state).Warnings), StringComparison.Ordinal);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());

        Assert.False(sweep.Service.Extend(sweep.Id, sweep.Spec.Limits with { Trials = 24 }, CancellationToken.None).Now());
    }

    [Fact]
    public void Another_limit_of_parallel_runs_changes_the_lanes_but_not_the_lag()
    {
        SweepSpec spec = Scenario.Spec(trials: 30, parallel: 6, order: SearchOrder.Lagged);
        string expected = Scenario.Fingerprint(new SimulatedSweep(spec, Scenario.Sphere()).Run());
        foreach (int lanes in new[] { 2, 12 })
        {
            var sweep = new SimulatedSweep(spec, Scenario.Sphere());
            Assert.True(sweep.Service.Create(sweep.Id, spec, "/nowhere", [], CancellationToken.None).Now());
            Assert.True(sweep.Service.Extend(sweep.Id, spec.Limits with { Parallel = lanes }, CancellationToken.None).Now());
            SweepState state = sweep.Run();
            Assert.Equal(expected, Scenario.Fingerprint(state));
            Assert.Equal(lanes, sweep.Runner.MostAtOnce);
            Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        }
    }

    [Fact]
    public void Cancelling_ends_runs_under_way_and_keeps_what_was_measured()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 100), Scenario.Sphere());
        Cancel(sweep, after: 10);
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Cancelled, state.Status);
        Assert.InRange(state.CompletedRuns, 9, 14);
        Assert.Contains(state.Runs(), r => r.Result!.State == RunState.Cancelled);
        Assert.All(state.Runs(), r => Assert.Equal(RunPhase.Ended, r.Phase));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        Assert.Throws<SweepOverException>(() =>
            sweep.Service.Extend(sweep.Id, sweep.Spec.Limits with { Trials = 500 }, CancellationToken.None).Now());
    }

    private static void Cancel(SimulatedSweep sweep, int after)
    {
        // Another process cancels: it appends to the log; this one notices when it next looks.
        var other = new SweepHub(sweep.Store, new Dictionary<string, IRunner>(), sweep.Clock, new HubOptions { WorkRoot = "/nowhere" });
        bool asked = false;
        sweep.Hub.Folded += (id, state, _) =>
        {
            if (asked || state.CompletedRuns < after) return;
            asked = true;
            Assert.True(new SweepService(other).Cancel(id, "test", CancellationToken.None).Now());
        };
    }
}
