using HyperCloud.Core;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Sweeps whose runs are stopped at rungs, or pause there and go on.</summary>
public sealed class StoppingScenarios
{
    private static SweepSpec Spec(string rule, bool pause = false, int trials = 30, int parallel = 4, int searchRuns = 1, bool trend = false)
    {
        SweepSpec spec = Scenario.Spec(trials, parallel, algorithm: "random");
        return spec with
        {
            EarlyStopping = new EarlyStoppingSpec { Rule = rule, Min = 1, Max = 27, Reduction = 3, Pause = pause, ByTrend = trend },
            Seeds = spec.Seeds with { Search = searchRuns, Selection = new SelectionSpec { Top = 4, Runs = 12, MaxSeeds = 10, Race = false } },
        };
    }

    // A learning curve that falls from 10 towards the configuration's own level, a little noisy, and noisy in its speed.
    private static double Curve(RunRequest request, double step)
    {
        double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
        double u = new RandomStream((ulong)request.Seed, StreamPurpose.Run).NextDouble();
        return x * x + y * y + 10 * Math.Exp(-step / 6) + 0.3 * (u - 0.5);
    }

    private static SimulatedSweep Sweep(SweepSpec spec, IStore? store = null, ulong timing = 1)
    {
        var sweep = new SimulatedSweep(spec, Scenario.Sphere(timing), store);
        sweep.Runner.Curve = Curve;
        return sweep;
    }

    [Theory]
    [InlineData("asha", false)]
    [InlineData("hyperband", false)]
    [InlineData("median", false)]
    [InlineData("asha", true)]
    [InlineData("hyperband", true)]
    [InlineData("asha", false, true)]
    [InlineData("asha", true, true)]
    [InlineData("hyperband", false, true)]
    public void Spends_less_finds_an_answer_and_replays(string rule, bool pause, bool trend = false)
    {
        SimulatedSweep sweep = Sweep(Spec(rule, pause, trend: trend));
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());

        // Selection and evaluation run to full length, and only trials at full length enter selection.
        Assert.All(state.Runs().Where(r => r.Key.Pool != SeedPool.Search), r => Assert.True(r.CompletedInFull && r.Resource == 27 && r.Result!.Step == 27));
        Assert.All(state.Champion!.Standings, s => Assert.All(state.Trials[s.Trial].SearchResults, r => Assert.True(r.CompletedInFull)));
        Assert.Equal(4, state.Champion.Standings.Length);

        double search = sweep.Runner.Steps - state.Runs().Count(r => r.Key.Pool != SeedPool.Search) * 27.0, everything = 30 * 27;
        Assert.InRange(search, 30, (rule == "asha" ? 0.5 : 0.8) * everything);
        // Every stop has its rule and its sentence.
        RunRecord[] stopped = [.. state.Runs().Where(r => r.Result!.State == RunState.Stopped)];
        Assert.Equal(pause, stopped.Length == 0);
        Assert.All(stopped, r => Assert.True(r.Result!.Code == rule && r.Result.Reason.Length > 20 && r.Key.Pool == SeedPool.Search));
    }

    // Forty trials by TPE on a noisy sphere with learning curves, ten sweep seeds. The champion's true value (the curve's limit, without noise)
    // is what the saving must not be paid with.
    [Theory]
    [InlineData("asha", false, 0.6)]
    [InlineData("asha", true, 0.4)]
    [InlineData("hyperband", false, 0.75)]
    public void Spends_a_part_of_the_budget_and_finds_as_good_an_answer(string rule, bool pause, double share)
    {
        double spent = 0, whole = 0, stopped = 0, full = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SweepSpec with = Spec(rule, pause, trials: 40) with { Search = new SearchSpec { Algorithm = "tpe", Seed = seed } };
            SimulatedSweep early = Sweep(with), late = Sweep(with with { EarlyStopping = with.EarlyStopping! with { Min = 26.9, Reduction = 100 } });
            stopped += TrueValue(early.Run());
            full += TrueValue(late.Run());
            spent += early.Runner.Steps - 27.0 * early.State.Runs().Count(r => r.Key.Pool != SeedPool.Search);
            whole += 27.0 * 40;
        }

        TestContext.Current.SendDiagnosticMessage($"{rule} {(pause ? "pause" : "stop")}: {spent / whole:P0} of the budget, true value {stopped / 10:0.000} against {full / 10:0.000}");
        Assert.InRange(spent / whole, 0.05, share);
        Assert.True(stopped <= full * 1.25 + 0.05, $"{stopped / 10} against {full / 10}");

        static double TrueValue(SweepState state)
        {
            Assignment a = state.Trials[state.Champion!.Trial].Assignment;
            return Math.Pow(a["x"]!.Value.AsNumber(), 2) + Math.Pow(a["y"]!.Value.AsNumber(), 2);
        }
    }

    [Fact]
    public void A_pausing_trial_goes_on_where_it_paused_and_repeats_no_step()
    {
        SimulatedSweep sweep = Sweep(Spec("asha", pause: true));
        SweepState state = sweep.Run();
        int[] promoted = [.. state.Trials.Where(t => t.In(SeedPool.Search).Count() > 1).Select(t => t.Number)];
        Assert.NotEmpty(promoted);
        double steps = state.Trials.Sum(t => t.SearchResults.Sum(r => r.Resource!.Value)) + state.Runs().Count(r => r.Key.Pool != SeedPool.Search) * 27.0;
        Assert.Equal(steps, sweep.Runner.Steps);
        // The rungs below full length follow each other, whatever the order in which trials were promoted.
        foreach (int t in promoted)
            Assert.All(state.Trials[t].In(SeedPool.Search).Where(r => r.IsSlice), r => Assert.Equal(1 * Math.Pow(3, r.Key.Rung), r.Resource));
    }

    [Fact]
    public void A_slow_run_holds_nobody_up()
    {
        SweepSpec spec = Spec("asha", pause: true, trials: 20) with { Limits = new LimitsSpec { Trials = 20, Parallel = 4 } };
        var sweep = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(r.Run is { Trial: 2, Pool: SeedPool.Search } ? 10_000 : 1), new RunOutcome.Finished(), null));
        sweep.Runner.Curve = Curve;
        long whenOthersWereDone = 0;
        sweep.Hub.Folded += (_, s, e) =>
        {
            if (e.Event is SweepEvent.Suggested { First: 19 }) whenOthersWereDone = e.ActiveMs;
        };
        sweep.Run();
        Assert.InRange(whenOthersWereDone, 1, 60_000);
    }

    [Fact]
    public void With_several_search_runs_a_rung_is_compared_once_all_have_reached_it()
    {
        SimulatedSweep sweep = Sweep(Spec("asha", searchRuns: 3, trials: 15));
        List<(SweepEvent.Reported Report, int Reached)> seen = [];
        sweep.Hub.Folded += (_, s, e) =>
        {
            if (e.Event is SweepEvent.Reported r && RunKey.TryParse(r.Run, out RunKey key))
                seen.Add((r, s.Trials[key.Trial].In(SeedPool.Search).Count(run => run.Phase == RunPhase.Ended || s.Trials[key.Trial].RungValues.GetValueOrDefault(run.Key.Series)?.Count > r.Rung)));
        };
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Contains(seen, s => s.Report.Then == RungVerdict.Wait && s.Reached < 3);
        Assert.All(seen.Where(s => s.Report.Then == RungVerdict.Stop), s => Assert.Equal(3, s.Reached));
        Assert.Contains(seen, s => s.Report.Then == RungVerdict.Stop);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_host_that_dies_at_any_storage_call_changes_no_decision(bool pause)
    {
        // One lane: the order in which rungs are reached is then the same, and so is every decision.
        SweepSpec spec = Spec("asha", pause, trials: 6, parallel: 1) with
        {
            Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 2 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
        };
        string undisturbed = Scenario.Fingerprint(Sweep(spec).Run());
        var counting = new MemoryStore();
        Sweep(spec, counting).Run();
        for (int crash = 2; crash < counting.Calls.Total; crash++)
        {
            foreach (bool after in new[] { true, false })
            {
                var store = new DyingStore(new MemoryStore(), crash, after);
                SimulatedSweep sweep = Sweep(spec, store);
                SweepState state = sweep.RunThroughDeath(store);
                Assert.Equal(undisturbed, Scenario.Fingerprint(state));
                Assert.IsType<ReplayResult.Verified>(sweep.Replay());
            }
        }
    }

    [Fact]
    public void A_metric_that_is_not_finite_at_a_rung_ends_the_run_as_failed()
    {
        SimulatedSweep sweep = Sweep(Spec("asha", trials: 10));
        sweep.Runner.Curve = (r, step) => r.Run.Trial == 3 ? double.NaN : Curve(r, step);
        SweepState state = sweep.Run();
        RunRecord run = state.Trials[3].In(SeedPool.Search).Single();
        Assert.True(run.Failed);
        Assert.Equal(1, sweep.Runner.Checkpoints.GetValueOrDefault("/nowhere/simulated/3-search-0/checkpoint"));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void When_time_runs_out_before_any_trial_is_at_full_length_the_best_one_is_run_to_the_end()
    {
        SweepSpec spec = Spec("asha", pause: true, trials: 200) with { Limits = new LimitsSpec { Trials = 200, Parallel = 4, Time = TimeSpan.FromSeconds(40) } };
        var sweep = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(3), new RunOutcome.Finished(), null));
        sweep.Runner.Curve = Curve;
        SweepState state = sweep.Run();
        Assert.Equal("time", state.SearchEnded!.Code);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.All(state.Champion!.Standings, s => Assert.All(state.Trials[s.Trial].SearchResults, r => Assert.True(r.CompletedInFull)));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void The_report_says_what_early_stopping_saved()
    {
        SimulatedSweep sweep = Sweep(Spec("asha", pause: true));
        SweepReport report = ReportBuilder.Build(sweep.Run());
        ReportReason reason = Assert.Single(report.Reasons, r => r.Code == "asha");
        Assert.Contains("rungs 1, 3, 9, 27", reason.Reason, StringComparison.Ordinal);
    }
}
