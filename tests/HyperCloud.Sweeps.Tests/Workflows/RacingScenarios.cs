using HyperCloud.Core;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Selection as a race, in whole sweeps: eliminated from the log, whatever the order of completion and whoever dies.</summary>
public sealed class RacingScenarios
{
    [Fact]
    public void Trials_that_are_shown_to_be_worse_leave_and_the_report_says_with_which_evidence()
    {
        var sweep = new SimulatedSweep(Spec(parallel: 1), Scenario.Sphere());
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal("race", state.Champion!.Code);

        // Four trials on five seeds, one set aside, and two of three lose the first seven seeds: nothing is left to run for.
        Assert.Equal([7, 7], state.Eliminated.Select(e => e.Seeds));
        Assert.Equal([2, 1], state.Eliminated.Select(e => e.Left));
        Assert.All(state.Eliminated, e => Assert.True(e.Evidence >= 20 && e.Rival == state.Champion.Trial));
        Assert.Equal(4 * 5 + 3 * 2, state.Runs().Count(r => r.Key.Pool == SeedPool.Selection));
        Assert.Equal(2, state.Stages.Count(s => s.Kind == StageKind.Selection));

        SweepReport report = ReportBuilder.Build(state);
        Assert.Equal(3, report.Candidates.Count(c => c.LeftRace is not null));
        Assert.Single(report.Candidates, c => c.LeftRace is { Shown: false, Seeds: 5 });
        Assert.Null(report.Champion!.LeftRace);
        Assert.Equal(state.Champion.Trial, report.Candidates[0].Number);
        Assert.Contains(report.Reasons, r => r is { What: "trial eliminated", Code: "sign" } && r.Reason.Contains("typical seed", StringComparison.Ordinal));
        string text = ReportText.ToText(report);
        Assert.Contains("worse, after 7", text, StringComparison.Ordinal);
        Assert.Contains("set aside after 5", text, StringComparison.Ordinal);
        var verified = Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        Assert.Equal(2, verified.Decisions["eliminated"]);
    }

    [Fact]
    public void Who_is_eliminated_depends_neither_on_the_order_of_completion_nor_on_the_lanes()
    {
        string expected = Eliminated(new SimulatedSweep(Spec(parallel: 1), Scenario.Sphere()).Run());
        foreach (int parallel in new[] { 3, 8 })
        {
            for (ulong timing = 1; timing <= 5; timing++)
            {
                var sweep = new SimulatedSweep(Spec(parallel), Scenario.Sphere(timing));
                SweepState state = sweep.Run();
                Assert.Equal(expected, Eliminated(state));
                Assert.InRange(state.Runs().Count(r => r.Key.Pool == SeedPool.Selection), 26, 60);
                Assert.All(state.Runs(), r => Assert.True(r.Completed));
                Assert.IsType<ReplayResult.Verified>(sweep.Replay());
            }
        }
    }

    [Fact]
    public void A_lagged_sweep_has_the_same_runs_whatever_the_order_of_completion_and_the_lanes()
    {
        SweepSpec spec = Spec(parallel: 3, SearchOrder.Lagged);
        string expected = Scenario.Fingerprint(new SimulatedSweep(spec, Scenario.Sphere()).Run());
        Assert.NotEmpty(new SimulatedSweep(spec, Scenario.Sphere()).Run().Eliminated);
        foreach (int lanes in new[] { 1, 12 })
        {
            var sweep = new SimulatedSweep(spec, Scenario.Sphere((ulong)lanes));
            sweep.Service.Create(sweep.Id, spec, "/nowhere", [], CancellationToken.None).Now();
            sweep.Service.Extend(sweep.Id, spec.Limits with { Parallel = lanes }, CancellationToken.None).Now();
            Assert.Equal(expected, Scenario.Fingerprint(sweep.Run()));
            Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public void A_host_that_dies_at_any_storage_call_changes_no_elimination_and_no_champion(int parallel, bool afterTheCall)
    {
        var whole = new MemoryStore();
        SweepState undisturbed = new SimulatedSweep(Spec(parallel), Scenario.Sphere(), whole).Run();
        int calls = (int)whole.Calls.Total;
        // Search is other tests' business: from the first selection run on.
        for (int crash = calls / 4; crash < calls; crash++)
        {
            var store = new DyingStore(new MemoryStore(), crash, afterTheCall);
            var sweep = new SimulatedSweep(Spec(parallel), Scenario.Sphere(), store);
            SweepState state = sweep.RunThroughDeath(store);
            Assert.Equal(Eliminated(undisturbed), Eliminated(state));
            // With several lanes it depends on when the host died which runs were under way when their trial left.
            if (parallel == 1) Assert.Equal(Scenario.Fingerprint(undisturbed), Scenario.Fingerprint(state));
            Assert.Equal(SweepStatus.Finished, state.Status);
            Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        }
    }

    [Fact]
    public void A_record_without_an_elimination_that_was_due_does_not_replay()
    {
        var sweep = new SimulatedSweep(Spec(parallel: 3), Scenario.Sphere());
        sweep.Run();
        IReadOnlyList<LogEntry> entries = new EventLog(sweep.Store, sweep.Id).ReadNew(CancellationToken.None).Now();
        int at = entries.ToList().FindIndex(e => e.Event is SweepEvent.Eliminated);
        ReplayResult result = new Replayer().Replay([.. entries.Take(at), .. entries.Skip(at + 1).Select(e => e with { Seq = e.Seq - 1 })]);
        Assert.True(result is ReplayResult.Mismatch m && m.Seq >= at, result.ToString());

        var forged = (SweepEvent.Eliminated)entries[at].Event;
        result = new Replayer().Replay([.. entries.Take(at), entries[at] with { Event = forged with { Evidence = forged.Evidence + 1e-12 } }]);
        Assert.Equal(at, Assert.IsType<ReplayResult.Mismatch>(result).Seq);
    }

    [Fact]
    public void A_sweep_made_before_there_were_races_goes_on_and_replays_as_it_began()
    {
        SweepSpec spec = Spec(parallel: 3);
        var made = new SimulatedSweep(spec, Scenario.Sphere());
        made.Service.Create(made.Id, spec, "/nowhere", [], CancellationToken.None).Now();
        var created = (SweepEvent.Created)new EventLog(made.Store, made.Id).ReadNew(CancellationToken.None).Now()[0].Event;

        var store = new MemoryStore();
        new EventLog(store, made.Id).TryAppend([created with { EngineVersion = 1 }], made.Clock.GetUtcNow(), 0, CancellationToken.None).Now();
        var sweep = new SimulatedSweep(spec, Scenario.Sphere(), store);
        SweepState state = sweep.Run();
        Assert.Equal("selection", state.Champion!.Code);
        Assert.Empty(state.Eliminated);
        Assert.Equal(60, state.Runs().Count(r => r.Key.Pool == SeedPool.Selection)); // 15 seeds each
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());

        IReadOnlyList<LogEntry> entries = new EventLog(store, made.Id).ReadNew(CancellationToken.None).Now();
        ReplayResult future = new Replayer().Replay([entries[0] with { Event = created with { EngineVersion = SweepService.EngineVersion + 1 } }]);
        Assert.IsType<ReplayResult.CannotReplay>(future);
    }

    [Fact]
    public void Failed_runs_lose_their_seed_and_lost_ones_say_nothing()
    {
        int best = new SimulatedSweep(Spec(parallel: 1), Scenario.Sphere()).Run().Champion!.Trial;
        Script sphere = Scenario.Sphere();
        var sweep = new SimulatedSweep(Spec(parallel: 2), r => r.Run.Pool != SeedPool.Selection ? sphere(r)
            : r.Run.Trial == best ? (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit", "it fell over"), null)
            : r.Run.Replicate == 1 ? (TimeSpan.FromSeconds(1), new RunOutcome.Lost("killed", "the worker died"), null)
            : sphere(r));
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.NotEqual(best, state.Champion!.Trial);
        Assert.All(state.Champion.Standings.Where(s => s.Trial != best), s => Assert.Equal(1, s.Incomplete));
        // Always failing it had the worst mean after the first round; who it could have beaten it was never compared with again.
        Assert.Contains(ReportBuilder.Build(state).Candidates, c => c.Number == best && c.LeftRace is not null);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_result_outside_of_the_declared_bounds_is_a_failure_that_says_so()
    {
        SweepSpec spec = Spec(parallel: 2);
        spec = spec with { Objective = spec.Objective with { Bounds = (0, 30) } };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        SweepState state = sweep.Run();
        RunRecord[] outside = [.. state.Runs().Where(r => r.Failed)];
        Assert.NotEmpty(outside); // the default configuration, at 4² + 4²
        Assert.All(outside, r => Assert.Equal("out-of-bounds", r.Result!.Code));
        Assert.Contains("outside of objective.bounds [0, 30]", outside[0].Result!.Reason, StringComparison.Ordinal);
        Assert.All(state.Runs().Where(r => r.Completed), r => Assert.InRange(r.Result!.Value!.Value, 0, 30));
        Assert.All(state.Eliminated, e => Assert.Equal("betting", e.Code));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Only_means_race()
    {
        SweepSpec spec = Spec(parallel: 2);
        spec = spec with { Objective = spec.Objective with { Statistic = new StatisticSpec(StatisticKind.Median) } };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        SweepState state = sweep.Run();
        Assert.Equal(60, state.Runs().Count(r => r.Key.Pool == SeedPool.Selection));
        Assert.Empty(state.Eliminated);
        Assert.Contains("no race: no test of elimination by median", state.Stages.Single(s => s.Kind == StageKind.Selection).Opened.Reason, StringComparison.Ordinal);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Extending_a_sweep_races_again_and_seeds_that_were_run_count()
    {
        var sweep = new SimulatedSweep(Spec(parallel: 3), Scenario.Sphere());
        int champion = sweep.Run().Champion!.Trial;
        sweep.Service.Extend(sweep.Id, sweep.Spec.Limits with { Trials = 14 }, CancellationToken.None).Now();
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(14, state.Trials.Count);
        int[] raced = [.. state.Champion!.Standings.Select(s => s.Trial)];
        Assert.Subset(raced.ToHashSet(), state.Eliminated.Select(e => e.Trial).ToHashSet());
        Assert.All(state.Runs().Where(r => r.Key.Pool == SeedPool.Selection).GroupBy(r => r.Key.Trial),
            runs => Assert.Equal(Enumerable.Range(0, runs.Count()), runs.Select(r => r.Key.Replicate)));
        Assert.True(champion >= 0);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_time_limit_shortens_the_race_and_keeps_evaluation()
    {
        SweepSpec spec = Spec(parallel: 2);
        var sweep = new SimulatedSweep(spec with { Limits = spec.Limits with { Time = TimeSpan.FromSeconds(130) } }, Scenario.Sphere());
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.True(state.Runs().Count(r => r.Key.Pool == SeedPool.Selection) < 60);
        Assert.Equal(6, state.Runs().Count(r => r.Key.Pool == SeedPool.Evaluation && r.Completed));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    private static SweepSpec Spec(int parallel, SearchOrder order = SearchOrder.Async) => Scenario.Spec(trials: 6, parallel: parallel, order: order) with
    {
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 4, Runs = 60, MaxSeeds = 20 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
    };

    private static string Eliminated(SweepState state) =>
        string.Join("\n", state.Eliminated.Select(e => $"{e.Trial} by {e.Rival} after {e.Seeds}: {e.Evidence:R}")) + $"\nchampion {state.Champion!.Trial}";
}
