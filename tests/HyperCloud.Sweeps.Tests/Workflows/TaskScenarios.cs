using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Sweeps over several tasks: every trial is run on each, in every pool.</summary>
public sealed class TaskScenarios
{
    private static readonly TaskSpec[] s_three =
        [new() { Name = "easy", Reference = (0, 50) }, new() { Name = "hard", Reference = (100, 600) }, new() { Name = "odd", Reference = (-1, 0) }];

    // One configuration is the better the nearer to 0; the tasks have scales of their own, which their references undo.
    private static Script Tasks(double noise = 0.1, Func<RunRequest, RunOutcome?>? otherwise = null) => request =>
    {
        double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
        double score = ((x * x) + (y * y)) / 50 + noise * new RandomStream((ulong)request.Seed, StreamPurpose.Run, (ulong)request.Run.Trial).NextNormal();
        (double zero, double one) = request.Task!.Reference ?? (0, 1);
        double u = new RandomStream((ulong)request.Seed ^ (5UL << 32), StreamPurpose.Run).NextDouble();
        RunOutcome? other = otherwise?.Invoke(request);
        return (TimeSpan.FromSeconds(1 + u), other ?? new RunOutcome.Finished(), other is null ? zero + ((one - zero) * score) : null);
    };

    private static SweepSpec Spec(int trials = 12, StatisticKind statistic = StatisticKind.Iqm, bool race = false, int also = 0, string algorithm = "tpe", SearchOrder order = SearchOrder.Async) =>
        Scenario.Spec(trials, algorithm: algorithm, order: order) with
        {
            Tasks = [.. s_three],
            Objective = new ObjectiveSpec { Metric = "loss", Statistic = new StatisticSpec(statistic) },
            Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 4, Runs = 72, MaxSeeds = 10, Race = race }, Evaluation = new EvaluationSpec { Seeds = 6, Also = also } },
        };

    [Fact]
    public void Every_pool_runs_trials_on_all_tasks_with_seeds_of_their_own()
    {
        var sweep = new SimulatedSweep(Spec(), Tasks());
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(12 * 3, state.Runs().Count(r => r.Key.Pool == SeedPool.Search));
        Assert.Equal(72, state.Runs().Count(r => r.Key.Pool == SeedPool.Selection)); // 4 trials × 6 seeds × 3 tasks
        Assert.Equal(36, state.Runs().Count(r => r.Key.Pool == SeedPool.Evaluation)); // 2 trials × 6 seeds × 3 tasks
        foreach (SeedPool pool in new[] { SeedPool.Selection, SeedPool.Evaluation })
        {
            RunRecord[] runs = [.. state.Runs().Where(r => r.Key.Pool == pool)];
            // Common to all trials, and no two tasks share one.
            Assert.All(runs.GroupBy(r => r.Key.Series), g => Assert.Single(g.Select(r => r.Seed).Distinct()));
            Assert.Equal(18, runs.Select(r => r.Seed).Distinct().Count());
        }

        Assert.Equal(36, state.Runs().Where(r => r.Key.Pool == SeedPool.Search).Select(r => r.Seed).Distinct().Count());
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Values_are_on_the_common_scale_and_what_was_reported_is_kept()
    {
        SweepState state = new SimulatedSweep(Spec(), Tasks(noise: 0)).Run();
        foreach (RunRecord run in state.Runs())
        {
            Assignment a = state.Trials[run.Key.Trial].Assignment;
            double score = (Math.Pow(a["x"]!.Value.AsNumber(), 2) + Math.Pow(a["y"]!.Value.AsNumber(), 2)) / 50;
            Assert.Equal(score, run.Result!.Value!.Value, 9);
            Assert.Equal(s_three[run.Key.Task].OnScale(run.Result.Metrics["loss"]), run.Result.Value!.Value, 12);
        }
    }

    [Theory]
    [InlineData(StatisticKind.Mean, true)]
    [InlineData(StatisticKind.Iqm, false)]
    public void A_race_compares_the_mean_over_tasks_on_each_seed_and_everything_replays(StatisticKind statistic, bool races)
    {
        var sweep = new SimulatedSweep(Spec(statistic: statistic, race: true), Tasks(noise: 0.02));
        SweepState state = sweep.Run();
        Assert.Equal(races ? "race" : "selection", state.Champion!.Code);
        Assert.Equal(races, state.Stages.Count(s => s.Kind == StageKind.Selection) > 1 || state.Eliminated.Count > 0);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Lagged_sweeps_over_tasks_come_out_the_same_at_any_timing()
    {
        SweepSpec spec = Spec(order: SearchOrder.Lagged);
        Script slow = r =>
        {
            (TimeSpan duration, RunOutcome outcome, double? value) = Tasks()(r);
            return (duration * (1 + (r.Seed % 7)), outcome, value);
        };
        Assert.Equal(Scenario.Fingerprint(new SimulatedSweep(spec, Tasks()).Run()), Scenario.Fingerprint(new SimulatedSweep(spec, slow).Run()));
    }

    [Fact]
    public void The_report_tells_tasks_profile_gain_anatomy_and_the_other_candidates()
    {
        var sweep = new SimulatedSweep(Spec(also: 2), Tasks());
        SweepState state = sweep.Run();
        SweepReport report = ReportBuilder.Build(state);
        ReportPerformance e = report.Champion!.Evaluation!;
        Assert.Equal(["easy", "hard", "odd"], report.Tasks);
        Assert.Equal(18, e.Pool.Completed);
        Assert.Equal(Objective.ByTask(state.Spec, state.Trials[report.Champion.Number].In(SeedPool.Evaluation)).Select(t => t.Count), e.Tasks.Select(t => t.Completed));
        double[] pooled = [.. state.Trials[report.Champion.Number].In(SeedPool.Evaluation).Select(r => r.Result!.Value!.Value)];
        Assert.Equal(Aggregate.Of(new(StatisticKind.Iqm), Goal.Minimize, pooled), e.Pool.Value);
        Assert.StartsWith("trimmed t, stratified by task", e.Interval.Method, StringComparison.Ordinal);
        Assert.InRange(e.Pool.Value!.Value, e.Interval.Low!.Value, e.Interval.High!.Value);
        Assert.Equal(25, e.Profile.Length);
        Assert.Equal(report.Default!.Evaluation!.Profile.Select(p => p.Threshold), e.Profile.Select(p => p.Threshold));
        Assert.Equal(2, report.Comparisons.Length);
        Assert.All(report.Comparisons, c => Assert.Equal(18, c.Gain.Pairs));
        Assert.True(report.Gain!.Shown);
        Assert.True(report.Gain.Probability!.Value > 0.9);
        Assert.True(report.Gain.Probability.Interval.Low > 0.5);
        Assert.Equal(["configuration", "task", "configuration × task", "seed", "configuration × seed"], report.Anatomy!.Parts.Select(p => p.Source));
        Assert.Equal(1, report.Anatomy.Parts.Sum(p => p.Share ?? 0), 9);
        Assert.Empty(report.Plan.Deviations);
        Assert.Contains("by its iqm over 3 tasks (easy, hard, odd)", report.Plan.Declared, StringComparison.Ordinal);

        string text = ReportText.ToText(report);
        foreach (string part in new[] { "18 evaluation runs on 3 tasks", "Task by task", "Performance profile", "Where the spread comes from", "Next: ", "Power: ", "Against trial", "One run of the champion is better than one of the default configuration", "Declared plan", "no deviation", "not about others" })
            Assert.Contains(part, text.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("\"profile\"", ReportText.ToJson(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_without_a_result_makes_evaluation_incomplete_in_words_and_not_a_number()
    {
        var sweep = new SimulatedSweep(Spec(), Tasks(otherwise: r => r.Run.Pool == SeedPool.Evaluation && r.Task!.Name == "hard" ? new RunOutcome.Failed("exit", "no such file") : null));
        SweepState state = sweep.Run();
        SweepReport report = ReportBuilder.Build(state);
        ReportPerformance e = report.Champion!.Evaluation!;
        Assert.Null(e.Pool.Value);
        Assert.Null(e.Interval.Low);
        Assert.Equal("no run of the task 'hard' has completed", e.Interval.WhyNone);
        Assert.Equal("incomplete: no run of the task 'hard' has completed, so there is no value over all tasks", e.Pool.Note);
        Assert.Equal((0, 6), (e.Tasks[1].Completed, e.Tasks[1].Failed));
        Assert.Contains("Incomplete: no run of the task 'hard'", ReportText.ToText(report), StringComparison.Ordinal);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_candidate_that_never_completes_a_task_is_not_chosen_and_failures_count_as_the_worst_there()
    {
        SweepState good = new SimulatedSweep(Spec(), Tasks(noise: 0)).Run();
        int best = good.Champion!.Trial;
        var sweep = new SimulatedSweep(Spec(), Tasks(noise: 0, r => r.Run.Pool == SeedPool.Selection && r.Run.Trial == best && r.Run.Task == 1 ? new RunOutcome.Lost("killed", "gone") : null));
        SweepState state = sweep.Run();
        Standing lost = state.Champion!.Standings.Single(s => s.Trial == best);
        Assert.Null(lost.Value);
        Assert.Equal(6, lost.Incomplete);
        Assert.NotEqual(best, state.Champion.Trial);
        sweep = new SimulatedSweep(Spec(), Tasks(noise: 0, r => r.Run.Pool == SeedPool.Selection && r.Run.Trial == best && r.Run.Task == 1 ? new RunOutcome.Failed("exit", "no") : null));
        state = sweep.Run();
        Assert.NotNull(state.Champion!.Standings.Single(s => s.Trial == best).Value);
        Assert.Equal(6, state.Champion.Standings.Single(s => s.Trial == best).Failed);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_rung_compares_a_trial_once_all_its_tasks_have_reached_it()
    {
        SweepSpec spec = Spec(trials: 15) with { EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Min = 1, Max = 9 } };
        var sweep = new SimulatedSweep(spec, Tasks());
        sweep.Runner.Curve = (r, step) =>
        {
            (double zero, double one) = r.Task!.Reference!.Value;
            double x = r.Assignment["x"]!.Value.AsNumber();
            return zero + ((one - zero) * (Math.Abs(x) + (1 / step)));
        };
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Contains(state.Trials, t => t.StopReason is not null);
        // The last task to reach a rung ended the trial there: tasks that had gone on were told, those that were through had been run in vain.
        Assert.All(state.Trials.Where(t => t.StopReason is not null), t =>
        {
            Assert.Contains(t.In(SeedPool.Search), r => r.Result!.State == RunState.Stopped);
            Assert.Equal(ObservationState.Stopped, Objective.Observe(state.Spec, t)!.State);
        });
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_target_needs_three_runs_and_whole_replicates()
    {
        SweepSpec spec = Spec(trials: 30) with { Tasks = [.. s_three[..2]], Objective = new ObjectiveSpec { Metric = "loss", Target = 0.3 } };
        var sweep = new SimulatedSweep(spec, Tasks(noise: 0.01));
        SweepState state = sweep.Run();
        Assert.Equal("target", state.SearchEnded!.Code);
        Assert.Contains(state.Trials, t => t.In(SeedPool.Search).Count() == 4); // two tasks: a second replicate makes three runs, and one more
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Constant_runs_and_a_failed_pool_are_said_in_words()
    {
        SweepReport constant = ReportBuilder.Build(new SimulatedSweep(Spec() with { Tasks = [] }, r => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), 1)).Run());
        Assert.Contains("the runs do not vary at all", constant.Anatomy!.Says, StringComparison.Ordinal);
        Assert.Contains(constant.Warnings, w => w.Contains("no width", StringComparison.Ordinal));
        SweepReport failed = ReportBuilder.Build(new SimulatedSweep(Spec(), Tasks(otherwise: r => r.Run.Pool == SeedPool.Evaluation ? new RunOutcome.Failed("exit", "no") : null)).Run());
        Assert.Equal(SweepStatus.Failed, failed.Status);
        Assert.Contains("nothing can be said of its performance", ReportText.ToText(failed).ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void Search_that_cannot_tell_the_statistic_says_that_it_goes_by_the_mean()
    {
        SweepReport report = ReportBuilder.Build(new SimulatedSweep(Spec(), Tasks()).Run());
        ReportReason by = Assert.Single(report.Reasons, r => r.What == "search compares");
        Assert.Equal("trials by the mean of their runs, because iqm needs at least 4 and each trial has 3; selection and evaluation go by iqm", by.Reason);
        SweepReport few = ReportBuilder.Build(new SimulatedSweep(Spec() with { Tasks = [], Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 4, Runs = 8 }, Evaluation = new EvaluationSpec { Seeds = 3 } } }, Scenario.Sphere()).Run());
        Assert.Contains(few.Reasons, r => r.What == "champion chosen" && r.Reason.Contains("best mean (for iqm needs 4 runs)", StringComparison.Ordinal));
        Assert.Equal("the mean, because iqm needs at least 4 runs and there are 3", few.Champion!.Evaluation!.Pool.Note);
    }

    [Fact]
    public async Task What_is_done_otherwise_than_declared_stands_in_the_report()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 5), Scenario.Sphere());
        Assert.Empty(ReportBuilder.Build(sweep.Run()).Plan.Deviations);
        await sweep.Service.Extend(sweep.Id, new LimitsSpec { Trials = 8, Parallel = 4 }, CancellationToken.None);
        SweepReport report = ReportBuilder.Build(sweep.Run());
        Assert.Equal(2, report.Plan.Deviations.Length);
        Assert.Contains("\"trials\":5", report.Plan.Deviations[0].What, StringComparison.Ordinal);
        Assert.Contains("\"trials\":8", report.Plan.Deviations[0].What, StringComparison.Ordinal);
        Assert.Equal("evaluation seeds were added after an earlier evaluation could be looked at", report.Plan.Deviations[1].What);
        Assert.Contains("at most 5 trials", report.Plan.Declared, StringComparison.Ordinal);
    }

    [Fact]
    public void Nights_repeat_whole_replicates_and_compare_seeds_over_all_tasks()
    {
        var sweep = new SimulatedSweep(Spec() with { Schedule = new ScheduleSpec { Cron = "0 2 * * *", Seeds = 4, Neighbours = 1 } }, Tasks());
        sweep.Run();
        sweep.Clock.CreateTimer(_ => { }, null, TimeSpan.FromHours(3), Timeout.InfiniteTimeSpan);
        sweep.Clock.Advance();
        Assert.NotNull(sweep.Service.BeginDue(sweep.Id, CancellationToken.None).Now());
        SweepState state = sweep.Run();
        RunRecord[] runs = [.. state.RunsOf(state.Stage!.Index)];
        Assert.Equal(3, runs.Count(r => r.Key.Repeat == 1));
        Assert.Equal(2 * 4 * 3, runs.Count(r => r.Key.Repeat == 0));
        Assert.Equal(4, state.Judgements[state.Stage.Index].RecentRuns + state.Judgements[state.Stage.Index].BaselineRuns - 6);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }
}
