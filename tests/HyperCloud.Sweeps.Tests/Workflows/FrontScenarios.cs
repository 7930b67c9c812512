using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Sweeps with several objectives: no champion, a front.</summary>
public sealed class FrontScenarios
{
    // Loss (x − 1)² + (y − 1)², noisy, against reach x + y, exact and to be maximised.
    private static SweepSpec Spec(int trials = 24, string algorithm = "auto", bool noise = true) => Scenario.Spec(trials, algorithm: algorithm) with
    {
        Objective = new ObjectiveSpec { Metric = "loss", NoNoise = !noise },
        MoreObjectives = [new ObjectiveSpec { Metric = "reach", Goal = Goal.Maximize, NoNoise = !noise, Reference = 0 }],
    };

    private static double At(RunRequest r, string name) => r.Assignment[name]!.Value.AsNumber();

    private static SimulatedSweep Sweep(SweepSpec spec, double noise = 0.5, Func<RunRequest, bool>? fails = null)
    {
        var sweep = new SimulatedSweep(spec, r =>
        {
            double u = new RandomStream((ulong)r.Seed, StreamPurpose.Run).NextDouble();
            double loss = Math.Pow(At(r, "x") - 1, 2) + Math.Pow(At(r, "y") - 1, 2) + noise * (u - 0.5);
            return (TimeSpan.FromSeconds(1 + u), fails?.Invoke(r) == true ? new RunOutcome.Failed("exit", "as asked") : new RunOutcome.Finished(), loss);
        });
        sweep.Runner.Others = r => new() { ["reach"] = At(r, "x") + At(r, "y") };
        return sweep;
    }

    private static double[] Means(SweepState state, int trial, SeedPool pool) =>
        state.Spec.ToLosses(Objective.Values(state.Spec, pool == SeedPool.Search ? state.Trials[trial].SearchResults : state.Trials[trial].In(pool))!);

    [Theory]
    [InlineData("auto")]
    [InlineData("gp")]
    [InlineData("nsga2")]
    [InlineData("tpe")]
    [InlineData("random")]
    public void The_front_of_search_is_selected_and_measured_and_all_is_replayed(string algorithm)
    {
        SimulatedSweep sweep = Sweep(Spec(algorithm: algorithm));
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal([StageKind.Search, StageKind.Selection, StageKind.Evaluation], state.Stages.Select(s => s.Kind));
        Assert.Null(state.Champion);
        Assert.Equal(4, state.Front!.Standings.Length); // seeds.selection.top
        Assert.Equal(24, state.Runs().Count(r => r.Key.Pool == SeedPool.Selection));
        // By the definition: no other candidate's selection means dominate a member's, and every other candidate's are dominated.
        int[] candidates = [.. state.Front.Standings.Select(s => s.Trial)];
        bool Dominated(int t) => candidates.Any(c => ParetoFront.Dominates(Means(state, c, SeedPool.Selection), Means(state, t, SeedPool.Selection)));
        Assert.Equal(candidates.Where(t => !Dominated(t)), state.Front.Trials.Order());
        Assert.Equal(state.Front.Trials.OrderBy(t => Means(state, t, SeedPool.Selection)[0]), state.Front.Trials);
        int measured = state.Front.Trials.Append(0).Distinct().Count();
        Assert.Equal(10 * measured, state.Runs().Count(r => r.Key.Pool == SeedPool.Evaluation));
        Assert.Equal("evaluated", state.End!.Code);
        ReplayResult.Verified verified = Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        Assert.Equal(1, verified.Decisions["front-chosen"]);
    }

    [Fact]
    public void A_front_that_was_tampered_with_does_not_replay()
    {
        SimulatedSweep sweep = Sweep(Spec());
        sweep.Run();
        ImmutableArray<LogEntry> log = [.. new EventLog(sweep.Store, sweep.Id).ReadNew(CancellationToken.None).Now()];
        ReplayResult result = new Replayer().Replay([.. log.Select(e => e.Event is SweepEvent.FrontChosen f ? e with { Event = f with { Trials = [.. f.Trials.Take(f.Trials.Length - 1), 0] } } : e)]);
        Assert.Equal("front-chosen", Assert.IsType<ReplayResult.Mismatch>(result).Kind);
    }

    [Fact]
    public void The_report_gives_every_member_a_mean_and_an_interval_in_each_objective()
    {
        SweepState state = Sweep(Spec()).Run();
        SweepReport report = ReportBuilder.Build(state);
        Assert.Null(report.Champion);
        Assert.True(report.Front!.Chosen);
        Assert.Equal(state.Front!.Trials, report.Front.Trials.Select(t => t.Number));
        foreach (ReportTrial t in report.Front.Trials)
        {
            Assert.Equal(["loss", "reach"], t.Objectives!.Value.Select(o => o.Metric));
            ReportPerformance loss = t.Objectives.Value[0].Evaluation!, reach = t.Objectives.Value[1].Evaluation!;
            Assert.InRange(loss.Pool.Value!.Value, loss.Interval.Low!.Value, loss.Interval.High!.Value);
            Assert.Equal(state.Trials[t.Number].Assignment["x"]!.Value.AsNumber() + state.Trials[t.Number].Assignment["y"]!.Value.AsNumber(), reach.Pool.Value!.Value, 1e-9);
            // The default, (4, 4), reaches 8 exactly, so the gain is known by hand.
            if (t.Number != 0) Assert.Equal(reach.Pool.Value!.Value - 8, t.Objectives.Value[1].Gain!.Value!.Value, 1e-9);
        }

        // Search's hypervolume, computed here from the two sums of its definition: from the reference, loss the worst seen and a tenth of the range, reach 0 as given.
        double[][] losses = [.. state.Trials.Select(t => Means(state, t.Number, SeedPool.Search))];
        double worst = losses.Max(l => l[0]), best = losses.Min(l => l[0]), reference = worst + 0.1 * (worst - best), volume = 0, reached = 0;
        foreach (double[] l in losses.OrderBy(l => l[0]))
        {
            if (-l[1] <= reached) continue;
            volume += (reference - l[0]) * (-l[1] - reached);
            reached = -l[1];
        }

        Assert.Equal(volume, report.Front.Hypervolume!.Search!.Value, 1e-6 * volume);
        Assert.Equal([reference, 0], report.Front.Hypervolume.Reference.Select(r => Math.Round(r, 9)), (a, b) => Math.Abs(a - b) < 1e-6);
        string text = ReportText.ToText(report), markdown = ReportText.ToMarkdown(report);
        Assert.Contains("no single best", text);
        Assert.Contains("Where the intervals of two of them overlap", text.ReplaceLineEndings(" "));
        Assert.Contains("Hypervolume of search", text);
        Assert.Contains("| trial | loss | interval | reach | interval |", markdown);
        Assert.Contains("minimize loss, maximize reach", text);
        Assert.Contains("\"front\"", ReportText.ToJson(report));
    }

    [Fact]
    public void Without_noise_the_front_of_search_is_measured_and_nothing_is_selected()
    {
        SweepState state = Sweep(Spec(noise: false), noise: 0).Run();
        Assert.Equal([StageKind.Search, StageKind.Evaluation], state.Stages.Select(s => s.Kind));
        Assert.Equal("no-noise", state.Front!.Code);
        double[][] all = [.. state.Trials.Select(t => Means(state, t.Number, SeedPool.Search))];
        Assert.All(state.Front.Trials, t => Assert.DoesNotContain(all, l => ParetoFront.Dominates(l, all[t])));
        Assert.True(state.Front.Trials.Length <= 4);
    }

    [Fact]
    public void A_run_without_one_of_the_metrics_has_failed_and_a_bad_configuration_is_not_on_the_front()
    {
        SimulatedSweep sweep = Sweep(Spec());
        sweep.Runner.Others = r => At(r, "x") < 0 ? [] : new() { ["reach"] = At(r, "x") + At(r, "y") };
        SweepState state = sweep.Run();
        RunRecord[] failed = [.. state.Runs().Where(r => r.Failed)];
        Assert.NotEmpty(failed);
        Assert.All(failed, r => Assert.Equal("the run reported no metric 'reach', which is an objective", r.Result!.Reason));
        Assert.All(state.Front!.Trials, t => Assert.True(state.Trials[t].Assignment["x"]!.Value.AsNumber() >= 0));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void What_breaks_a_constraint_is_on_the_front_only_where_nothing_keeps_it()
    {
        SimulatedSweep sweep = Sweep(Spec() with { Constraints = [new ConstraintSpec("weight", null, 3)] });
        sweep.Runner.Others = r => new() { ["reach"] = At(r, "x") + At(r, "y"), ["weight"] = At(r, "x") + 2 };
        SweepState state = sweep.Run();
        Assert.All(state.Front!.Trials, t => Assert.True(state.Trials[t].Assignment["x"]!.Value.AsNumber() <= 1));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Time_is_reserved_for_as_many_as_may_be_on_the_front()
    {
        SimulatedSweep sweep = Sweep(Spec(trials: 500) with { Limits = new LimitsSpec { Trials = 500, Parallel = 4, Time = TimeSpan.FromMinutes(2) } });
        SweepState state = sweep.Run();
        Assert.Equal("time", state.SearchEnded!.Code);
        Assert.Contains("reserved for evaluation", state.SearchEnded.Reason);
        // 4 of the front and the default configuration on 10 seeds.
        Assert.Equal(50, Budget.EvaluationRuns(SimulatedAt(sweep, StageKind.Search)));
        Assert.Equal(10 * state.Front!.Trials.Append(0).Distinct().Count(), state.Runs().Count(r => r.Key.Pool == SeedPool.Evaluation));
        Assert.True(state.ActiveMs <= 121_000, state.ActiveMs.ToString(CultureInfo.InvariantCulture));
    }

    private static SweepState SimulatedAt(SimulatedSweep sweep, StageKind kind)
    {
        var state = new SweepState();
        foreach (LogEntry entry in new EventLog(sweep.Store, sweep.Id).ReadNew(CancellationToken.None).Now())
        {
            state.Apply(entry);
            if (state.InStage(kind) && state.SearchEnded is not null) break;
        }

        return state;
    }

    [Fact]
    public void More_trials_reopen_the_search_and_choose_a_new_front()
    {
        SimulatedSweep sweep = Sweep(Spec(trials: 12));
        sweep.Run();
        sweep.Service.Extend(sweep.Id, sweep.Spec.Limits with { Trials = 18 }, CancellationToken.None).Now();
        SweepState state = sweep.Run();
        Assert.Equal(18, state.Trials.Count);
        Assert.True(state.Evaluation!.Opened.LookedBefore);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_schedule_is_refused_for_there_is_no_champion()
    {
        SimulatedSweep sweep = Sweep(Spec(trials: 6));
        sweep.Run();
        Assert.Contains("several objectives", Assert.Throws<SweepOverException>(() => sweep.Service.SetSchedule(sweep.Id, new ScheduleSpec { Cron = "0 2 * * *" }, "test", CancellationToken.None).Now()).Message);
    }

    [Fact]
    public void An_earlier_sweep_with_the_same_objectives_is_begun_with_and_another_is_refused()
    {
        var store = new HyperCloud.Storage.MemoryStore();
        Script script = r => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), Math.Pow(At(r, "x") - 1, 2));
        SimulatedSweep Next(SweepSpec spec, string id)
        {
            var sweep = new SimulatedSweep(spec, script, store) { Id = id };
            sweep.Runner.Others = r => new() { ["reach"] = At(r, "x") + At(r, "y") };
            return sweep;
        }

        Next(Spec(trials: 12), "first").Run();
        SimulatedSweep second = Next(Spec(trials: 8) with { WarmStart = "first" }, "second");
        SweepState state = second.Run();
        Assert.Equal(12, state.Earlier.Count);
        Assert.All(state.Earlier, o => Assert.Equal(2, o.Losses!.Count));
        Assert.IsType<ReplayResult.Verified>(second.Replay());
        Assert.Contains("another objective", Assert.Throws<WarmStartException>(() => Next(Scenario.Spec() with { WarmStart = "first" }, "third").Run()).Message);
    }
}
