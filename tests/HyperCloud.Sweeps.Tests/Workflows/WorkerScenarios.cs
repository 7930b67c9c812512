using HyperCloud.Core;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Runs that no host waits for: pulled by workers outside, or left to an endpoint that reports later.</summary>
public sealed class WorkerScenarios
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private static readonly SweepSpec Small = Scenario.Spec(trials: 6, parallel: 1) with
    {
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 4 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
    };

    private static readonly SweepSpec Hostless = Small with { Trial = null };

    private static double Value(HandedRun run) => Script(run.Run, run.Seed, run.Assignment);

    private static double Script(RunKey key, int seed, Assignment assignment) => Scenario.Sphere()(new RunRequest
    {
        Sweep = "",
        Run = key,
        Attempt = 1,
        Assignment = assignment,
        Seed = seed,
        SweepSeed = 42,
        Metric = "loss",
        Goal = Goal.Minimize,
        BaseDirectory = "",
        CheckpointDirectory = "",
        OutputDirectory = "",
        Trial = Scenario.Spec().Trial!,
    }).Value!.Value;

    private static RunReport Report(double value, double? step = null) => new(step, new Dictionary<string, double> { ["loss"] = value });

    private static SimulatedSweep Created(SweepSpec spec, IStore? store = null)
    {
        var sweep = new SimulatedSweep(spec, Scenario.Sphere(), store);
        sweep.Service.Create(sweep.Id, spec, "/nowhere", [], CancellationToken.None).Now();
        return sweep;
    }

    private static HandedRuns Ask(SimulatedSweep sweep, int count = 1) => new WorkerDesk(sweep.Hub).Ask(sweep.Id, count, "worker", Lease, CancellationToken.None).Now();

    private static RemoteAnswer End(SimulatedSweep sweep, HandedRun run, double? value, RemoteEnd how = RemoteEnd.Completed) =>
        sweep.Hub.Remote.End(sweep.Id, run.Run, run.Attempt, value is { } v ? Report(v) : null, how, "why", CancellationToken.None).Now();

    private static void Pass(SimulatedSweep sweep, TimeSpan time)
    {
        sweep.Clock.CreateTimer(_ => { }, null, time, Timeout.InfiniteTimeSpan);
        sweep.Clock.Advance();
    }

    private static SweepState WorkOff(SimulatedSweep sweep)
    {
        for (int i = 0; i < 1000; i++)
        {
            HandedRuns handed = Ask(sweep);
            if (handed.Done) return sweep.State;
            foreach (HandedRun run in handed.Runs) Assert.Equal(RemoteOutcome.Accepted, End(sweep, run, Value(run)).Outcome);
            if (handed.Runs.Count == 0) Pass(sweep, handed.RetryAfter!.Value);
        }

        throw new InvalidOperationException("the sweep does not end");
    }

    [Fact]
    public void A_worker_gets_the_very_sweep_that_a_host_would_run()
    {
        SimulatedSweep sweep = Created(Hostless);
        SweepState state = WorkOff(sweep);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(Scenario.Fingerprint(new SimulatedSweep(Small, Scenario.Sphere()).Run()), Scenario.Fingerprint(state));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        Assert.Equal("finished", sweep.Hub.Summary(sweep.Id, CancellationToken.None).Now()!.Status.ToString().ToLowerInvariant());
        Assert.True(Ask(sweep).Done);
    }

    [Fact]
    public void The_sweep_ends_with_the_last_result_and_without_another_request()
    {
        SimulatedSweep sweep = Created(Hostless);
        SweepState state = sweep.State;
        while (state.End is null)
        {
            HandedRun run = Assert.Single(Ask(sweep).Runs);
            End(sweep, run, Value(run));
            state = sweep.State;
        }

        Assert.Equal(SweepStatus.Finished, state.Status);
    }

    [Fact]
    public void A_run_whose_lease_has_ended_is_handed_out_again_and_the_late_result_changes_nothing()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun first = Assert.Single(Ask(sweep).Runs);
        Pass(sweep, TimeSpan.FromMinutes(4));
        Assert.Equal(RemoteOutcome.Accepted, sweep.Hub.Remote.Report(sweep.Id, first.Run, first.Attempt, null, CancellationToken.None).Now().Outcome); // a sign of life
        Pass(sweep, TimeSpan.FromMinutes(4));
        Assert.NotEqual(first.Run, Ask(sweep).Runs.Single().Run); // still its own
        Pass(sweep, TimeSpan.FromMinutes(6));
        HandedRun again = Ask(sweep, 2).Runs.Single(r => r.Run == first.Run);
        Assert.Equal((2, first.Seed), (again.Attempt, again.Seed));
        Assert.NotEqual(first.Token, again.Token);

        long before = sweep.State.Seq;
        RemoteAnswer late = End(sweep, first, 1);
        Assert.Equal(RemoteOutcome.Over, late.Outcome);
        Assert.True(late.Decision.Stop);
        Assert.Contains("attempt 2 has taken its place", late.Message, StringComparison.Ordinal);
        Assert.Equal(RemoteOutcome.Over, sweep.Hub.Remote.Report(sweep.Id, first.Run, 1, Report(1, 1), CancellationToken.None).Now().Outcome);
        Assert.Equal(before, sweep.State.Seq);
        End(sweep, again, 7);
        Assert.Equal(7, sweep.State.Run(first.Run)!.Result!.Value);
    }

    [Fact]
    public void Lost_too_often_is_failed_as_with_a_host()
    {
        SimulatedSweep sweep = Created(Small); // retries as in the spec: two
        RunKey key = Ask(sweep).Runs.Single().Run;
        for (int i = 0; i < 3; i++)
        {
            Pass(sweep, Lease + TimeSpan.FromSeconds(1));
            Ask(sweep);
        }

        RunRecord run = sweep.State.Run(key)!;
        Assert.True(run.Failed);
        Assert.Equal("lease-expired", run.Result!.Code);
    }

    [Fact]
    public void Given_back_is_handed_out_again_free_of_charge()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun run = Ask(sweep).Runs.Single();
        End(sweep, run, null, RemoteEnd.Preempted);
        HandedRun again = Ask(sweep).Runs.Single();
        Assert.Equal((run.Run, 2), (again.Run, again.Attempt));
        Assert.Equal((0, 1), (sweep.State.Run(run.Run)!.Lost, sweep.State.Run(run.Run)!.Preempted));
    }

    [Fact]
    public void The_same_end_twice_is_one_and_another_one_changes_nothing()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun run = Ask(sweep).Runs.Single();
        Assert.Equal(RemoteOutcome.Accepted, End(sweep, run, 3).Outcome);
        long seq = sweep.State.Seq;
        Assert.Equal(RemoteOutcome.Accepted, End(sweep, run, 3).Outcome);
        Assert.Equal(RemoteOutcome.Over, End(sweep, run, 4).Outcome);
        Assert.Equal(RemoteOutcome.Over, End(sweep, run, null, RemoteEnd.Failed).Outcome);
        Assert.Equal(RemoteOutcome.NotFound, End(sweep, run with { Run = new RunKey(99, SeedPool.Search, 0) }, 4).Outcome);
        Assert.Equal((seq, 3.0), (sweep.State.Seq, sweep.State.Run(run.Run)!.Result!.Value!.Value));
    }

    [Fact]
    public void Reports_are_judged_as_those_of_a_hosted_run_whichever_server_takes_them()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun run = Ask(sweep).Runs.Single();
        foreach (double step in new[] { 1.0, 2, 2, 3 })
        {
            sweep.NewHost(); // every word comes to another server
            sweep.Hub.Remote.Report(sweep.Id, run.Run, run.Attempt, Report(10 - step, step), CancellationToken.None).Now();
        }

        sweep.NewHost();
        End(sweep, run, null);
        RunRecord record = sweep.State.Run(run.Run)!;
        Assert.Equal((RunState.Completed, 7.0, 3.0), (record.Result!.State, record.Result.Value!.Value, record.Result.Step!.Value));
        RunDetails details = sweep.Service.Details(sweep.Id, run.Run, 1, CancellationToken.None).Now()!;
        Assert.Equal((3, 3), (details.Reports.Length, details.ReportCount));

        HandedRun silent = Ask(sweep).Runs.Single();
        End(sweep, silent, null);
        Assert.Equal("no-metric", sweep.State.Run(silent.Run)!.Result!.Code);
        HandedRun nan = Ask(sweep).Runs.Single();
        End(sweep, nan, double.NaN);
        Assert.Equal("non-finite", sweep.State.Run(nan.Run)!.Result!.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stopping_rule_answers_workers_too(bool pause)
    {
        SweepSpec spec = Scenario.Spec(trials: 15, parallel: 1, algorithm: "random") with
        {
            Trial = null,
            EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Min = 1, Max = 9, Pause = pause },
            Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 4 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
        };
        SimulatedSweep sweep = Created(spec);
        int stops = 0, resumed = 0;
        while (true)
        {
            HandedRuns handed = Ask(sweep);
            if (handed.Done) break;
            HandedRun run = handed.Runs.Single();
            if (run.ResumeFrom is not null) resumed++;
            for (double step = (run.ResumeFrom ?? 0) + 1; step <= run.Resource; step++)
            {
                RemoteAnswer answer = sweep.Hub.Remote.Report(sweep.Id, run.Run, run.Attempt, Report(Value(run) + 10 / step, step), CancellationToken.None).Now();
                if (!answer.Decision.Stop) continue;
                if (step < run.Resource) stops++;
                break;
            }

            Assert.Equal(RemoteOutcome.Accepted, End(sweep, run, null).Outcome);
        }

        SweepState state = sweep.State;
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(stops, state.StoppedRuns);
        Assert.Equal(pause, stops == 0);
        Assert.Equal(pause, resumed > 0);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_host_waits_for_what_a_worker_holds_and_takes_it_when_the_lease_ends()
    {
        SimulatedSweep sweep = Created(Small);
        HandedRun held = Ask(sweep).Runs.Single();
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal((1, 2), (state.Run(held.Run)!.Lost, state.Run(held.Run)!.Attempt));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_cancelled_sweep_tells_its_workers_and_ends_without_them()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun run = Ask(sweep).Runs.Single();
        sweep.Service.Cancel(sweep.Id, "test", CancellationToken.None).Now();
        Assert.True(sweep.Hub.Remote.Report(sweep.Id, run.Run, 1, Report(1, 1), CancellationToken.None).Now().Decision.Stop);
        HandedRuns handed = Ask(sweep);
        Assert.True(handed.Done);
        Assert.Empty(handed.Runs);
        Assert.Equal(SweepStatus.Cancelled, sweep.State.Status);
        Assert.Equal(RemoteOutcome.Over, End(sweep, run, 1).Outcome);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_paused_sweep_hands_out_nothing_and_takes_what_comes_back()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun run = Ask(sweep).Runs.Single();
        sweep.Service.SetPaused(sweep.Id, true, "test", CancellationToken.None).Now();
        HandedRuns none = Ask(sweep);
        Assert.Equal((0, false), (none.Runs.Count, none.Done));
        Assert.Equal(RemoteOutcome.Accepted, End(sweep, run, 1).Outcome);
        sweep.Service.SetPaused(sweep.Id, false, "test", CancellationToken.None).Now();
        Assert.Single(Ask(sweep).Runs);
    }

    [Fact]
    public void Time_without_workers_does_not_count()
    {
        SimulatedSweep sweep = Created(Hostless);
        End(sweep, Ask(sweep).Runs.Single(), 1);
        Pass(sweep, TimeSpan.FromDays(3));
        End(sweep, Ask(sweep).Runs.Single(), 1);
        Assert.InRange(sweep.State.ActiveMs, 0, 60_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_answers_later_does_not_need_its_host(bool hostDies)
    {
        SimulatedSweep sweep = Created(Scenario.Spec(trials: 6, parallel: 2) with { Seeds = Small.Seeds });
        int detached = 0;
        sweep.Runner.Detach = request =>
        {
            detached++;
            double value = Script(request.Run, request.Seed, request.Assignment);
            sweep.Clock.CreateTimer(_ => sweep.Hub.Remote.End(sweep.Id, request.Run, request.Attempt, Report(value), RemoteEnd.Completed, null, CancellationToken.None).Now(),
                null, TimeSpan.FromSeconds(60), Timeout.InfiniteTimeSpan);
            return TimeSpan.FromMinutes(2);
        };
        if (hostDies)
        {
            sweep.Hub.Folded += (_, _, e) =>
            {
                if (e is { Event: SweepEvent.Ended, Seq: > 5 }) throw new StoreException("unreachable", "the host dies here");
            };
            Assert.ThrowsAny<Exception>(() => sweep.Run());
            sweep.NewHost();
        }

        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(state.Runs().Length, detached); // none was begun twice
        Assert.All(state.Runs(), r => Assert.Equal((1, 0, 0), (r.Attempt, r.Lost, r.Preempted)));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void One_that_never_answers_is_lost_with_its_lease_and_one_that_takes_too_long_has_failed()
    {
        SimulatedSweep sweep = Created(Small with { Limits = Small.Limits with { RunTime = TimeSpan.FromSeconds(90) } });
        sweep.Runner.Detach = request =>
        {
            TimeSpan answersAfter = request.Run == new RunKey(1, SeedPool.Search, 0) && request.Attempt == 1 ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(1);
            TimeSpan lease = TimeSpan.FromSeconds(request.Run == new RunKey(2, SeedPool.Search, 0) ? 1000 : 30);
            if (lease.TotalSeconds < 1000)
                sweep.Clock.CreateTimer(_ => sweep.Hub.Remote.End(sweep.Id, request.Run, request.Attempt, Report(1), RemoteEnd.Completed, null, CancellationToken.None).Now(),
                    null, answersAfter, Timeout.InfiniteTimeSpan);
            return lease;
        };
        SweepState state = sweep.Run();
        Assert.Equal((1, 2, true), (state.Run(new(1, SeedPool.Search, 0))!.Lost, state.Run(new(1, SeedPool.Search, 0))!.Attempt, state.Run(new(1, SeedPool.Search, 0))!.Completed));
        Assert.Equal("timeout", state.Run(new(2, SeedPool.Search, 0))!.Result!.Code);
    }

    private static string HandleOf(RunRequest request) => FormattableString.Invariant($"{request.Run}~{request.Attempt}");

    // Answers each run a second after it has begun, but for those of a trial.
    private static void AnswerAllBut(SimulatedSweep sweep, Func<RunRequest, bool> silent, TimeSpan lease)
    {
        sweep.Runner.Handle = HandleOf;
        sweep.Runner.Detach = request =>
        {
            if (!silent(request))
                sweep.Clock.CreateTimer(_ => sweep.Hub.Remote.End(sweep.Id, request.Run, request.Attempt, Report(1), RemoteEnd.Completed, null, CancellationToken.None).Now(),
                    null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            return lease;
        };
    }

    [Fact]
    public void What_is_lost_or_takes_too_long_is_ended_where_it_is_and_nothing_else()
    {
        SimulatedSweep sweep = Created(Small with { Limits = Small.Limits with { RunTime = TimeSpan.FromSeconds(90) } });
        RunKey lost = new(1, SeedPool.Search, 0), late = new(2, SeedPool.Search, 0);
        AnswerAllBut(sweep, r => (r.Run == lost && r.Attempt == 1) || r.Run == late, TimeSpan.FromSeconds(30));
        Func<RunRequest, TimeSpan> detach = sweep.Runner.Detach!;
        sweep.Runner.Detach = r => detach(r) * (r.Run == late ? 100 : 1);
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal((1, true), (state.Run(lost)!.Lost, state.Run(lost)!.Completed));
        Assert.Equal("timeout", state.Run(late)!.Result!.Code);
        Assert.Equal([$"{lost}~1", $"{late}~1"], sweep.Runner.Ended);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cancelled_sweep_ends_what_goes_on_elsewhere_and_does_not_wait_for_it(bool endingFails)
    {
        SimulatedSweep sweep = Created(Small with { Limits = Small.Limits with { Parallel = 2 } });
        AnswerAllBut(sweep, r => r.Run.Trial >= 2, TimeSpan.FromHours(5));
        if (endingFails) sweep.Runner.OnEnd = _ => throw new InvalidOperationException("Azure is away");
        DateTimeOffset begun = sweep.Clock.GetUtcNow();
        sweep.Clock.CreateTimer(_ => sweep.Service.Cancel(sweep.Id, "test", CancellationToken.None).Now(), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Cancelled, state.Status);
        Assert.InRange(sweep.Clock.GetUtcNow() - begun, TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(2));
        RunKey[] left = [new(2, SeedPool.Search, 0), new(3, SeedPool.Search, 0)];
        Assert.All(left, key => Assert.Equal((RunState.Cancelled, "cancelled"), (state.Run(key)!.Result!.State, state.Run(key)!.Result!.Code)));
        if (!endingFails) Assert.Equal(left.Select(k => $"{k}~1"), sweep.Runner.Ended.Order());
        Assert.Equal(RemoteOutcome.Over, sweep.Hub.Remote.Report(sweep.Id, left[0], 1, Report(1, 1), CancellationToken.None).Now().Outcome);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_speaks_before_its_host_has_left_it_to_itself_is_heard(bool endsAtOnce)
    {
        SimulatedSweep sweep = Created(Small);
        sweep.Runner.AlwaysDetaches = true;
        sweep.Runner.Handle = HandleOf;
        sweep.Runner.Detach = request =>
        {
            RemoteRuns remote = sweep.Hub.Remote;
            Assert.Equal(RemoteOutcome.Accepted, remote.Report(sweep.Id, request.Run, request.Attempt, Report(2, 1), CancellationToken.None).Now().Outcome);
            void End() => Assert.Equal(RemoteOutcome.Accepted, remote.End(sweep.Id, request.Run, request.Attempt, null, RemoteEnd.Completed, null, CancellationToken.None).Now().Outcome);
            // In between it is silent for longer than the lease that a first report gives, and not as long as its own.
            if (endsAtOnce) End();
            else sweep.Clock.CreateTimer(_ => End(), null, 2 * RemoteRuns.DefaultLease, Timeout.InfiniteTimeSpan);
            return 3 * RemoteRuns.DefaultLease;
        };
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.All(state.Runs(), r => Assert.Equal((1, 2.0), (r.Attempt, r.Result!.Value!.Value)));
        if (!endsAtOnce) Assert.Equal("0-search-0~1", sweep.Service.Details(sweep.Id, new RunKey(0, SeedPool.Search, 0), 1, CancellationToken.None).Now()!.Handle);
        Assert.Empty(sweep.Runner.Ended);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void What_an_earlier_host_left_elsewhere_is_ended_by_the_one_that_finds_its_sweep_cancelled()
    {
        SimulatedSweep sweep = Created(Small with { Limits = Small.Limits with { Parallel = 2 } });
        AnswerAllBut(sweep, _ => true, TimeSpan.FromHours(5));
        void Die(string id, SweepState state, LogEntry entry)
        {
            if (state.Running.Count == 2) throw new StoreException("unreachable", "the host dies here");
        }

        int begun = 0;
        Func<RunRequest, TimeSpan> detach = sweep.Runner.Detach!;
        sweep.Runner.Detach = r =>
        {
            TimeSpan lease = detach(r);
            // The host dies when the lease of both is known: at its next look at the log.
            if (++begun == 2) sweep.Clock.CreateTimer(_ => sweep.Hub.Folded += Die, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            return lease;
        };
        sweep.Clock.CreateTimer(_ => sweep.Service.Cancel(sweep.Id, "test", CancellationToken.None).Now(), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        Assert.ThrowsAny<Exception>(() => sweep.Run());
        Assert.Empty(sweep.Runner.Ended);
        sweep.NewHost();
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Cancelled, state.Status);
        Assert.Equal(["0-search-0~1", "1-search-0~1"], sweep.Runner.Ended.Order());
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_server_that_dies_at_any_storage_call_changes_no_result(bool afterTheCall)
    {
        var counting = new MemoryStore();
        SimulatedSweep first = Created(Hostless, counting);
        long creation = counting.Calls.Total;
        string undisturbed = Scenario.Fingerprint(WorkOff(first));
        for (int crash = (int)creation + 1; crash < counting.Calls.Total; crash++)
        {
            var store = new DyingStore(new MemoryStore(), crash, afterTheCall);
            SimulatedSweep sweep = Created(Hostless, store);
            SweepState? state = null;
            for (int attempt = 0; state is null; attempt++)
            {
                Assert.True(attempt < 3);
                try
                {
                    state = WorkOff(sweep);
                }
                catch (StoreException)
                {
                    // The worker got no answer and begins anew; what it held comes back when its lease ends.
                    store.Revive();
                    sweep.NewHost();
                    Pass(sweep, Lease + TimeSpan.FromSeconds(1));
                }
            }

            Assert.Equal(undisturbed, Scenario.Fingerprint(state));
            Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        }
    }

    [Fact]
    public void A_token_is_good_for_its_attempt_only()
    {
        SimulatedSweep sweep = Created(Hostless);
        HandedRun run = Ask(sweep).Runs.Single();
        Assert.Equal(1, AttemptOf(run.Run, run.Token));
        Assert.Null(AttemptOf(run.Run, "2" + run.Token[1..]));
        Assert.Null(AttemptOf(new RunKey(1, SeedPool.Search, 0), run.Token));
        Assert.All(new[] { "", ".", "1", "1.", run.Token[..^1], run.Token + "0", "x" + run.Token }, t => Assert.Null(AttemptOf(run.Run, t)));
        sweep.NewHost();
        Assert.Equal(1, AttemptOf(run.Run, run.Token)); // every server on the store knows it

        int? AttemptOf(RunKey key, string token) => sweep.Hub.AttemptOf(sweep.Id, key, token, CancellationToken.None).Now();
    }
}
