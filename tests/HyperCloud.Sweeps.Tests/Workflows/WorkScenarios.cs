using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Local;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What an activity of a lane does: several short runs at once, and the right thing when it is executed again.</summary>
public sealed class WorkScenarios : IDisposable
{
    private readonly OneThread _thread = new();

    public void Dispose() => _thread.Dispose();

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0.1, 20)] // 2 s of such runs
    [InlineData(0.5, 4)]
    [InlineData(3.0, 1)]
    public void Short_runs_are_packed_and_long_ones_are_not(double seconds, int packed)
    {
        SweepSpec spec = Scenario.Spec(trials: 120, parallel: 1, algorithm: "random");
        var sweep = new SimulatedSweep(spec, r => Scenario.Sphere()(r) with { Duration = TimeSpan.FromSeconds(seconds) });
        SweepState state = sweep.Run();
        int runs = state.Runs().Length, work = sweep.Pump.Executions[Activities.WorkName.Name];
        // Beside the packs: one empty look at the end of each stage, and a pack cut short there.
        Assert.InRange(work, runs / packed, (runs / packed) + (2 * state.Stages.Count));
    }

    [Fact]
    public void The_longest_receipt_keeps_its_bound()
    {
        // As many lanes as one names, with the longest numbers, of a lane that has come far.
        int[] lanes = [.. Enumerable.Range(10_000 - RunActivity.MostWoken, RunActivity.MostWoken)];
        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(new WorkOutput("more", 9_999_999, Wake: lanes), Activities.WorkName.Output).Length, 150, WorkOutput.MaxBytes);
    }

    [Fact]
    public void Packing_changes_no_result()
    {
        string Result(TimeSpan packFor)
        {
            var sweep = new SimulatedSweep(Scenario.Spec(trials: 30, parallel: 4, order: SearchOrder.Lagged), Scenario.Sphere()) { Options = o => o with { PackFor = packFor } };
            sweep.NewHost();
            return Scenario.Fingerprint(sweep.Run());
        }

        Assert.Equal(Result(TimeSpan.Zero), Result(TimeSpan.FromMinutes(10)));
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(65, 2)]
    [InlineData(300, 5)]
    public void Lanes_beyond_what_an_instance_bears_become_a_tree(int lanes, int groups)
    {
        SweepSpec spec = Scenario.Spec(trials: 400, parallel: lanes, algorithm: "random");
        var sweep = new SimulatedSweep(spec with { Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 10, MaxSeeds = 10 }, Evaluation = new EvaluationSpec { Seeds = 5 } } }, Scenario.Sphere());
        SweepState state = sweep.Run();
        Assert.Equal(lanes, sweep.Runner.MostAtOnce);
        Assert.Equal(SweepStatus.Finished, state.Status);
        // The stages after search have fewer runs than lanes, and need no tree.
        Assert.Equal(groups, sweep.Pump.Started.Count(id => id.Contains("~group", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_execution_that_finds_its_run_under_way_in_this_process_waits_for_it()
    {
        (SimulatedSweep sweep, Activities activities, WorkInput input) = Begin(r => (TimeSpan.FromSeconds(100), new RunOutcome.Finished(), 1));
        Task<WorkOutput> first = activities.Work(input, CancellationToken.None);
        Assert.Equal("wait", activities.Work(input, CancellationToken.None).Now().Kind);
        Assert.Equal(1, sweep.Runner.Starts.Values.Sum());
        _thread.Finish(first, sweep.Clock);
        Assert.Equal(new WorkOutput("more", 1), first.Now());
        // And again when it is over: nothing is run twice, the next step's run is the only new one.
        Task<WorkOutput> again = activities.Work(input, CancellationToken.None);
        _thread.Finish(again, sweep.Clock);
        Assert.Equal(2, sweep.Runner.Starts.Values.Sum());
        Assert.Equal(2, again.Now().Step);
    }

    [Fact]
    public void A_run_whose_process_died_is_lost_once_its_heartbeats_have_ceased_and_is_tried_again()
    {
        (SimulatedSweep sweep, Activities activities, WorkInput input) = Begin(r => (TimeSpan.FromSeconds(100), new RunOutcome.Finished(), 1));
        _ = activities.Work(input, CancellationToken.None);
        Kill(sweep);
        var other = new Activities(sweep.Hub);
        // It may only just have begun, so it is waited for...
        WorkOutput waits = other.Work(input, CancellationToken.None).Now();
        Assert.Equal("wait", waits.Kind);
        Assert.InRange(waits.WaitMs, 1, 5_000);
        Assert.Equal(RunPhase.Running, Assert.Single(sweep.State.Runs(), r => r.StartedAt is not null).Phase);
        // ... until it has missed three beats.
        _thread.Pass(3 * Beat, sweep.Clock);
        Task<WorkOutput> again = other.Work(input, CancellationToken.None);
        RunRecord run = Assert.Single(sweep.State.Runs(), r => r.StartedAt is not null);
        Assert.Equal((1, 2, RunPhase.Running), (run.Lost, run.Attempt, run.Phase));
        _thread.Finish(again, sweep.Clock);
        Assert.Equal(new WorkOutput("more", 2), again.Now());
        Assert.Equal(RunState.Completed, sweep.State.Run(run.Key)!.Result!.State);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Heartbeats_keep_a_run_from_being_taken_for_lost()
    {
        (SimulatedSweep sweep, Activities activities, WorkInput input) = Begin(r => (TimeSpan.FromHours(1), new RunOutcome.Finished(), 1));
        Task<WorkOutput> first = activities.Work(input, CancellationToken.None);
        SweepHub alive = sweep.Hub;
        sweep.NewHost();
        var other = new Activities(sweep.Hub);
        DateTimeOffset until = sweep.Clock.GetUtcNow() + TimeSpan.FromMinutes(50);
        int looks = 0;
        while (sweep.Clock.GetUtcNow() < until)
        {
            Assert.True(_thread.Advance(sweep.Clock));
            if (looks++ % 7 == 0) Assert.Equal("wait", other.Work(input, CancellationToken.None).Now().Kind);
        }

        Assert.True(looks > 100);
        _thread.Finish(first, sweep.Clock);
        Assert.Equal(0, sweep.State.Runs().Sum(r => r.Lost));
        Assert.NotSame(alive, sweep.Hub);
    }

    [Fact]
    public void A_process_learns_of_a_cancellation_from_elsewhere_while_its_run_goes_on()
    {
        (SimulatedSweep sweep, Activities activities, WorkInput input) = Begin(r => (TimeSpan.FromHours(1), new RunOutcome.Finished(), 1));
        Task<WorkOutput> work = activities.Work(input, CancellationToken.None);
        sweep.NewHost();
        Assert.True(sweep.Service.Cancel(sweep.Id, "a user elsewhere", CancellationToken.None).Now());
        DateTimeOffset asked = sweep.Clock.GetUtcNow();
        _thread.Finish(work, sweep.Clock);
        Assert.True(sweep.Clock.GetUtcNow() - asked <= Beat / 6);
        Assert.Equal("done", activities.Work(input with { Step = work.Now().Step }, CancellationToken.None).Now().Kind);
        Assert.Equal(RunState.Cancelled, Assert.Single(sweep.State.Runs(), r => r.StartedAt is not null).Result!.State);
    }

    [Fact]
    public void A_trial_whose_process_dies_every_time_ends_as_failed_and_the_sweep_goes_on()
    {
        (SimulatedSweep sweep, Activities activities, WorkInput input) = Begin(r => (TimeSpan.FromSeconds(100), new RunOutcome.Finished(), 1));
        for (int death = 0; death <= TrialSpec.DefaultRetries; death++)
        {
            _ = activities.Work(input, CancellationToken.None);
            Kill(sweep);
            _thread.Pass(3 * Beat, sweep.Clock);
            activities = new Activities(sweep.Hub);
        }

        _ = activities.Work(input, CancellationToken.None);
        RunRecord run = sweep.State.Run(new RunKey(0, SeedPool.Search, 0))!;
        Assert.Equal((TrialSpec.DefaultRetries + 1, RunPhase.Ended), (run.Lost, run.Phase));
        Assert.Equal(RunPhase.Running, sweep.State.Run(new RunKey(1, SeedPool.Search, 0))!.Phase);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_fleet_shares_its_lease_and_respects_those_of_others()
    {
        (SimulatedSweep sweep, Activities activities, WorkInput input) = Begin(r => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), 1), fleet: "hub-a");
        Assert.Equal("hub-a", SweepLease.Holder(sweep.Store, sweep.Id, sweep.Clock, CancellationToken.None).Now()!.Owner);
        sweep.NewHost(); // another process of the same fleet
        Assert.Equal(1, new Activities(sweep.Hub).OpenRound(new(sweep.Id, "first"), CancellationToken.None).Now().Round);
        sweep.Options = o => o with { Fleet = "hub-b", Heartbeat = Beat };
        sweep.NewHost();
        Assert.Equal(OpenRoundOutput.Busy, new Activities(sweep.Hub).OpenRound(new(sweep.Id, "second"), CancellationToken.None).Now().Round);
        Assert.Throws<SweepBusyException>(() => SweepLease.Acquire(sweep.Store, sweep.Id, "a laptop", sweep.Clock, CancellationToken.None).Now());

        sweep.Service.Cancel(sweep.Id, "a user", CancellationToken.None).Now();
        Assert.Equal("done", activities.Work(input, CancellationToken.None).Now().Kind);
        while (activities.Advance(new(sweep.Id, 1), CancellationToken.None).Now().Kind != "ended") ;
        Assert.Null(SweepLease.Holder(sweep.Store, sweep.Id, sweep.Clock, CancellationToken.None).Now());
    }

    /// <summary>A sweep whose search has been opened, and its first lane's first piece of work.</summary>
    private static (SimulatedSweep Sweep, Activities Activities, WorkInput Input) Begin(Script script, string? fleet = null)
    {
        var sweep = new SimulatedSweep(Scenario.Spec(algorithm: "random"), script) { Options = o => o with { Heartbeat = Beat, Fleet = fleet } };
        sweep.Store = new DyingStore(sweep.Store, int.MaxValue, after: false);
        sweep.NewHost();
        sweep.Service.Create(sweep.Id, sweep.Spec, "/nowhere", [], CancellationToken.None).Now();
        var activities = new Activities(sweep.Hub);
        int round = activities.OpenRound(new(sweep.Id, "first"), CancellationToken.None).Now().Round;
        AdvanceOutput stage = activities.Advance(new(sweep.Id, round), CancellationToken.None).Now();
        return (sweep, activities, new WorkInput(sweep.Id, round, stage.Stage, 0, 0));
    }

    /// <summary>The process dies: nothing it does from now on reaches the store. Another one begins.</summary>
    private static void Kill(SimulatedSweep sweep)
    {
        var store = (DyingStore)sweep.Store;
        store.DieBefore = (_, _) => true;
        sweep.Store = new DyingStore(store.Inner, int.MaxValue, after: false);
        sweep.NewHost();
    }
}

/// <summary>Runs what is awaited on the test's own thread, and lets virtual time pass when nothing is ready.</summary>
internal sealed class OneThread : SynchronizationContext, IDisposable
{
    private readonly Queue<Action> _ready = new();
    private readonly SynchronizationContext? _before = Current;

    public OneThread() => SetSynchronizationContext(this);

    public override void Post(SendOrPostCallback d, object? state) => _ready.Enqueue(() => d(state));

    public void Dispose() => SetSynchronizationContext(_before);

    public bool Advance(VirtualClock clock)
    {
        while (_ready.TryDequeue(out Action? action)) action();
        bool advanced = clock.Advance();
        while (_ready.TryDequeue(out Action? action)) action();
        return advanced;
    }

    public void Finish(Task task, VirtualClock clock)
    {
        while (!task.IsCompleted) Assert.True(Advance(clock) || task.IsCompleted);
    }

    public void Pass(TimeSpan time, VirtualClock clock) => Finish(Task.Delay(time, clock), clock);
}
