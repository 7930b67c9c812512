using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Whole sweeps in virtual time, from the first event to the last.</summary>
public sealed class SweepScenarios
{
    [Theory]
    [InlineData(true, "no-data", "evaluation's fresh seeds are fresh data")]
    [InlineData(false, "unknown", "does not say whether evaluation reads data that search has seen")]
    public void Fresh_seeds_are_fresh_data_where_no_data_are_read(bool simulates, string holdout, string sentence)
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 4), Scenario.Sphere(), holdout: false);
        sweep.Runner.Simulates = simulates;
        SweepState state = sweep.Run();
        Assert.Equal(holdout, state.Created!.Holdout);
        SweepReport report = ReportBuilder.Build(state);
        Assert.Contains(report.Coverage, c => c.Contains(sentence, StringComparison.Ordinal));
        Assert.Equal(simulates, !report.Warnings.Any(w => w.Contains("no unread data", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_sweep_searches_selects_and_evaluates()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(), Scenario.Sphere());
        SweepState state = sweep.Run();

        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal([StageKind.Search, StageKind.Selection, StageKind.Evaluation], state.Stages.Select(s => s.Kind));
        Assert.Equal(20, state.Trials.Count);
        Assert.Equal("default", state.Trials[0].Algorithm);
        Assert.Equal("trials", state.SearchEnded!.Code);
        Assert.Equal(20, state.Runs().Count(r => r.Key.Pool == SeedPool.Search));
        Assert.Equal(24, state.Runs().Count(r => r.Key.Pool == SeedPool.Selection));
        Assert.Equal(20, state.Runs().Count(r => r.Key.Pool == SeedPool.Evaluation)); // champion and default, 10 seeds each
        Assert.All(state.Runs(), r => Assert.True(r.Completed));
        Assert.NotEqual(0, state.Champion!.Trial);
        Assert.Equal(4, sweep.Runner.MostAtOnce);
        Assert.All(state.Stages, s => Assert.False(string.IsNullOrWhiteSpace(s.Opened.Reason)));
        Assert.All(sweep.Runner.Starts.Values, n => Assert.Equal(1, n));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void No_seed_is_used_by_two_pools_and_selection_and_evaluation_seeds_are_paired()
    {
        SweepState state = new SimulatedSweep(Scenario.Spec(), Scenario.Sphere()).Run();
        ILookup<SeedPool, int> seeds = state.Runs().ToLookup(r => r.Key.Pool, r => r.Seed);
        Assert.Empty(seeds[SeedPool.Search].Intersect(seeds[SeedPool.Selection]));
        Assert.Empty(seeds[SeedPool.Search].Intersect(seeds[SeedPool.Evaluation]));
        Assert.Empty(seeds[SeedPool.Selection].Intersect(seeds[SeedPool.Evaluation]));
        Assert.Equal(20, seeds[SeedPool.Search].Distinct().Count());
        Assert.Equal(6, seeds[SeedPool.Selection].Distinct().Count());
        Assert.Equal(10, seeds[SeedPool.Evaluation].Distinct().Count());
    }

    [Fact] // thousands of them: bench/reports/honesty.md
    public void The_headline_is_the_champions_true_performance_on_average_and_a_search_score_is_not()
    {
        const int sweeps = 100, seeds = 10;
        double reported = 0, best = 0;
        for (ulong i = 0; i < sweeps; i++)
        {
            SweepSpec spec = Scenario.Spec(trials: 30, algorithm: "random", seed: i) with
            {
                Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 4, Runs = 24, MaxSeeds = 10 }, Evaluation = new EvaluationSpec { Seeds = seeds } },
            };
            // Noise of about one standard deviation of the configurations'.
            SweepState state = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(),
                Truth(r.Assignment) + 3 * new RandomStream((ulong)r.Seed, StreamPurpose.Run, (ulong)r.Run.Trial).NextNormal())).Run();
            SweepReport report = ReportBuilder.Build(state);
            double truth = Truth(Assignment.FromJson(spec.Space, report.Champion!.Params));
            reported += (report.Champion.Evaluation!.Pool.Value!.Value - truth) / 3 / sweeps;
            TrialRecord first = state.Trials.MinBy(t => t.SearchResults.Single().Result!.Value!.Value)!;
            best += (first.SearchResults.Single().Result!.Value!.Value - Truth(first.Assignment)) / 3 / sweeps;
        }

        // The standard error is 1 / √(100 · 10), 0.03.
        Assert.InRange(reported, -0.1, 0.1);
        Assert.True(best < -0.5, $"{best}");

        static double Truth(Assignment a) => a["x"]!.Value.AsNumber() + a["y"]!.Value.AsNumber() * 0.3;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Asynchronous_sweeps_replay_whatever_the_order_of_completion(ulong timing)
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 40, parallel: 8), Scenario.Sphere(timing));
        sweep.Run();
        var verified = Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        Assert.Equal(40, verified.Decisions["suggested"]);
        Assert.Equal(1, verified.Decisions["champion-chosen"]);
    }

    [Fact]
    public void Lagged_sweeps_are_the_same_whatever_the_order_of_completion()
    {
        SweepSpec spec = Scenario.Spec(trials: 40, parallel: 8, order: SearchOrder.Lagged);
        string[] prints = [.. Enumerable.Range(1, 4).Select(timing => Scenario.Fingerprint(new SimulatedSweep(spec, Scenario.Sphere((ulong)timing)).Run()))];
        Assert.All(prints, p => Assert.Equal(prints[0], p));
        // The scenario has teeth only if the order did vary: without lag the sweeps differ.
        SweepSpec async = Scenario.Spec(trials: 40, parallel: 8);
        Assert.NotEqual(
            Scenario.Fingerprint(new SimulatedSweep(async, Scenario.Sphere(1)).Run()), Scenario.Fingerprint(new SimulatedSweep(async, Scenario.Sphere(2)).Run()));
    }

    [Fact]
    public void Lagged_sweeps_keep_their_lag_when_fewer_run_at_once()
    {
        SweepSpec spec = Scenario.Spec(trials: 30, parallel: 6, order: SearchOrder.Lagged);
        var slow = new SimulatedSweep(spec, request => request.Run.Trial % 5 == 0
            ? (TimeSpan.FromMinutes(2), new RunOutcome.Finished(), Scenario.Sphere()(request).Value)
            : (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), Scenario.Sphere()(request).Value));
        Assert.Equal(Scenario.Fingerprint(new SimulatedSweep(spec, Scenario.Sphere()).Run()), Scenario.Fingerprint(slow.Run()));
    }

    [Fact]
    public void Failed_runs_are_observations_with_codes()
    {
        Script script = request => (request.Run.Trial % 4) switch
        {
            1 when request.Run.Pool == SeedPool.Search => (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit", "exit code 3"), null),
            2 when request.Run.Pool == SeedPool.Search => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), double.NaN),
            3 when request.Run.Pool == SeedPool.Search => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), null),
            _ => Scenario.Sphere()(request),
        };
        var sweep = new SimulatedSweep(Scenario.Spec(), script);
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(15, state.FailedRuns);
        Assert.Equal(["exit", "no-metric", "non-finite"], state.Runs().Where(r => r.Failed).Select(r => r.Result!.Code).Distinct().Order());
        Assert.All(sweep.Runner.Starts.Where(s => s.Key.Contains("search")), s => Assert.Equal(1, s.Value)); // failures are not retried
        Assert.All(state.Champion!.Standings, s => Assert.Equal(0, s.Trial % 4));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_search_in_which_nothing_works_is_given_up()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 100), _ => (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit", "exit code 1: no module named foo"), null));
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Failed, state.Status);
        Assert.Equal("nothing-works", state.SearchEnded!.Code);
        Assert.Contains("no module named foo", state.SearchEnded.Reason, StringComparison.Ordinal);
        Assert.True(state.Trials.Count < 16);
        Assert.Equal("no-result", state.End!.Code);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void The_limit_of_failures_ends_search_but_not_the_answer()
    {
        SweepSpec spec = Scenario.Spec(trials: 100);
        spec = spec with { Limits = spec.Limits with { Failures = 5 } };
        SweepState state = new SimulatedSweep(spec, r => r.Run.Trial % 2 == 1 ? (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit", "no"), null) : Scenario.Sphere()(r)).Run();
        Assert.Equal("failures", state.SearchEnded!.Code);
        Assert.InRange(state.FailedRuns, 5, 8);
        Assert.Equal(SweepStatus.Finished, state.Status);
    }

    [Fact]
    public void Lost_workers_are_retried_with_the_same_seed_and_counted()
    {
        Script script = request => request is { Attempt: 1 } && request.Run.Trial % 3 == 0 ? (TimeSpan.FromSeconds(1), new RunOutcome.Lost("killed", "exit code 137"), null) : Scenario.Sphere()(request);
        var sweep = new SimulatedSweep(Scenario.Spec(order: SearchOrder.Lagged), script);
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(0, state.FailedRuns);
        Assert.Equal(Scenario.Fingerprint(new SimulatedSweep(Scenario.Spec(order: SearchOrder.Lagged), Scenario.Sphere()).Run()), Scenario.Fingerprint(state));
        Assert.True(state.Runs().Sum(r => r.Lost) > 5);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Workers_lost_too_often_fail_in_search_and_are_incomplete_in_evaluation()
    {
        Script script = request => request.Run.Trial == 3 || (request.Run.Pool == SeedPool.Evaluation && request.Run.Replicate == 2)
            ? (TimeSpan.FromSeconds(1), new RunOutcome.Lost("killed", "exit code 137"), null)
            : Scenario.Sphere()(request);
        var sweep = new SimulatedSweep(Scenario.Spec(), script);
        SweepState state = sweep.Run();
        Assert.Equal(3, sweep.Runner.Starts["3-search-0"]); // the first attempt and two retries
        Assert.Equal(Consequence.CountsAsFailed, state.Trials[3].Runs[new RunKey(3, SeedPool.Search, 0)].Result!.Then);
        Assert.All(state.Runs().Where(r => r.Key is { Pool: SeedPool.Evaluation, Replicate: 2 }), r => Assert.True(r.Incomplete));
        Assert.Equal(1, state.FailedRuns);
        Assert.Equal(1, ReportBuilder.Build(state).Champion!.Evaluation!.Pool.Incomplete);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_fault_of_the_runner_is_not_blamed_on_the_objective()
    {
        SweepState state = new SimulatedSweep(Scenario.Spec(trials: 5), r => r is { Run.Trial: 2, Attempt: 1 } ? throw new InvalidOperationException("a bug") : Scenario.Sphere()(r)).Run();
        RunRecord run = state.Trials[2].Runs[new RunKey(2, SeedPool.Search, 0)];
        Assert.True(run.Completed);
        Assert.Equal(1, run.Lost);
    }

    [Fact]
    public void An_exhausted_grid_ends_the_search_with_a_reason()
    {
        SweepSpec spec = Scenario.Spec(trials: 100, algorithm: "grid") with
        {
            Space = new Space([new IntParameter("x", 0, 3), new CategoricalParameter("y", [ParameterValue.Of(1L), ParameterValue.Of(2L)])]),
        };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        SweepState state = sweep.Run();
        Assert.Equal(8, state.Trials.Count);
        Assert.Equal("exhausted", state.SearchEnded!.Code);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_space_without_parameters_is_pure_replication()
    {
        SweepSpec spec = Scenario.Spec() with { Space = new Space([]) };
        var sweep = new SimulatedSweep(spec, r => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), r.Seed / 1e9));
        SweepState state = sweep.Run();
        Assert.Single(state.Trials);
        Assert.Equal("exhausted", state.SearchEnded!.Code);
        Assert.Equal("single-candidate", state.Champion!.Code);
        Assert.Equal(10, state.Runs().Count(r => r.Key.Pool == SeedPool.Evaluation));
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Maximised_metrics_are_maximised()
    {
        SweepSpec spec = Scenario.Spec(trials: 40);
        spec = spec with { Objective = spec.Objective with { Goal = Goal.Maximize } };
        SweepState state = new SimulatedSweep(spec, r => Scenario.Sphere()(r) is var (d, o, v) ? (d, o, -v) : default).Run();
        Assert.Equal(Scenario.Fingerprint(new SimulatedSweep(Scenario.Spec(trials: 40), Scenario.Sphere()).Run()).Split('\n').Length, Scenario.Fingerprint(state).Split('\n').Length);
        double champion = ReportBuilder.Build(state).Champion!.Evaluation!.Pool.Value!.Value, @default = ReportBuilder.Build(state).Default!.Evaluation!.Pool.Value!.Value;
        Assert.True(champion > @default);
    }

    [Fact]
    public void Turns_are_bounded_and_storage_calls_per_run_are_counted()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 200, parallel: 2), Scenario.Sphere());
        SweepState state = sweep.Run();
        Assert.True(sweep.Pump.Turns > state.Runs().Length / Workflows.StepsPerTurn);
        double writes = sweep.Store.Calls.Snapshot().Where(c => c.Key is "events.append" or "runs.put").Sum(c => c.Value) / (double)state.Runs().Length;
        Assert.InRange(writes, 2, 4.2); // claim, handle, details, end
    }
}
