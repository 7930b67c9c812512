using HyperCloud.Core;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Runs that are cut by time and go on elsewhere: the sweep is the one of runs that are not.</summary>
public sealed class SliceScenarios : IDisposable
{
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2.5); // three steps

    private readonly string _root = Directory.CreateTempSubdirectory("hypercloud-slices-").FullName;
    private int _sweeps;

    private static SweepSpec Spec(int parallel = 2, EarlyStoppingSpec? stopping = null) => Scenario.Spec(trials: 4, parallel, SearchOrder.Lagged, "random") with
    {
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 2, Race = false }, Evaluation = new EvaluationSpec { Seeds = 2 } },
        EarlyStopping = stopping,
        Trial = Scenario.Spec().Trial! with { Checkpoints = true },
    };

    [Fact]
    public async Task In_all_pools_and_without_a_rule()
    {
        SimulatedSweep whole = Sweep(Spec(), new MemoryStore { IsShared = true }, null);
        SweepState expected = whole.Run();
        var store = new MemoryStore { IsShared = true };
        SimulatedSweep sweep = Sweep(Spec(), store);
        SweepState state = sweep.Run();
        Assert.Equal(Scenario.Fingerprint(expected), Scenario.Fingerprint(state));
        Assert.All(state.Runs(), r => Assert.Equal((1, 0, 0), (r.Attempt, r.Lost, r.Preempted)));
        Assert.Equal([SeedPool.Search, SeedPool.Selection, SeedPool.Evaluation], state.Runs().Select(r => r.Key.Pool).Distinct().Order());
        // Eight steps in slices of three, the last of which is not cut; no step is done twice, and the record has the same entries.
        Assert.All(sweep.Runner.Starts.Values, n => Assert.Equal(3, n));
        Assert.Equal(whole.Runner.Steps, sweep.Runner.Steps);
        Assert.Equal((expected.Seq, expected.RunTime), (state.Seq, state.RunTime));
        Assert.Equal(8, (await RunRows.GetWhole(store, sweep.Id, state.Runs()[0].Key, 1, default))!.ReportCount);
        Assert.Empty(await store.ListBlobs("test", "sweeps/simulated/checkpoints/", null, 10, default));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Under_a_rule_that_stops_or_pauses(bool pause)
    {
        var rule = new EarlyStoppingSpec { Rule = "asha", Min = 1, Max = 9, Reduction = 3, Pause = pause };
        SimulatedSweep whole = Sweep(Spec(1, rule), new MemoryStore { IsShared = true }, null);
        SweepState expected = whole.Run();
        SimulatedSweep sweep = Sweep(Spec(1, rule), new MemoryStore { IsShared = true });
        SweepState state = sweep.Run();
        Assert.Equal(Scenario.Fingerprint(expected), Scenario.Fingerprint(state));
        Assert.Contains(sweep.Runner.Starts.Values, n => n > 1);
        Assert.Equal(whole.Runner.Steps, sweep.Runner.Steps);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public async Task A_host_that_dies_at_any_storage_call_costs_no_more_than_the_slices_in_hand()
    {
        string undisturbed = Scenario.Fingerprint(Sweep(Spec(), new MemoryStore { IsShared = true }, null).Run());
        var counting = new MemoryStore { IsShared = true };
        SimulatedSweep counted = Sweep(Spec(), counting);
        counted.Run();
        int movedOn = 0;
        for (int crash = 3; crash < counting.Calls.Total; crash += 5)
        {
            var memory = new MemoryStore { IsShared = true };
            var store = new DyingStore(memory, crash, after: crash % 2 == 0);
            SimulatedSweep sweep = Sweep(Spec(), store);
            SweepState state = sweep.RunThroughDeath(store);
            Assert.Equal(undisturbed, Scenario.Fingerprint(state));
            Assert.All(state.Runs(), r => Assert.Equal(0, r.Lost));
            // Two lanes had at most a slice of three steps each in hand.
            Assert.InRange(sweep.Runner.Steps, counted.Runner.Steps, counted.Runner.Steps + (2 * 3));
            Assert.IsType<ReplayResult.Verified>(sweep.Replay());
            // What is left in the store is of runs whose host died before it could tidy up.
            Assert.InRange((await memory.ListBlobs("test", "sweeps/simulated/checkpoints/", null, 1000, default)).Select(b => b.Split('/')[3]).Distinct().Count(), 0, 2);
            movedOn += sweep.Runner.Began.Any(b => b.Key.Attempt == 2 && b.Value > 0) ? 1 : 0;
        }

        Assert.True(movedOn > 3, $"{movedOn}");
    }

    [Fact]
    public void A_program_that_keeps_nothing_is_not_cut_for_ever()
    {
        SimulatedSweep sweep = Sweep(Spec(), new MemoryStore { IsShared = true });
        sweep.Runner.Forgets = true;
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.All(sweep.Runner.Starts.Values, n => Assert.Equal(2, n));
        Assert.All(state.Runs(), r => Assert.Equal((1, true), (r.Attempt, r.Completed)));
    }

    [Fact]
    public void Without_the_users_word_nothing_is_cut()
    {
        SweepSpec spec = Spec() with { Trial = Scenario.Spec().Trial };
        SimulatedSweep sweep = Sweep(spec, new MemoryStore { IsShared = true });
        Assert.Equal(SweepStatus.Finished, sweep.Run().Status);
        Assert.All(sweep.Runner.Starts.Values, n => Assert.Equal(1, n));
    }

    [Fact]
    public void The_time_limit_holds_for_all_slices_together()
    {
        SweepSpec spec = Spec() with { Limits = Spec().Limits with { RunTime = TimeSpan.FromSeconds(20) } };
        SimulatedSweep sweep = Sweep(spec, new MemoryStore { IsShared = true });
        HashSet<TimeSpan?> told = [];
        sweep.Runner.Curve = (request, step) =>
        {
            told.Add(request.RunTime);
            return Curve(request, step);
        };
        sweep.Run();
        Assert.Equal([14, 17, 20], told.Select(t => t!.Value.TotalSeconds).Order());
    }

    [Fact]
    public void Between_slices_a_run_can_wait_for_ever_and_another_process_goes_on_with_it()
    {
        using var thread = new OneThread();
        // Steps take no time, and every report ends a slice.
        var sweep = new SimulatedSweep(Spec(), _ => (TimeSpan.Zero, new RunOutcome.Finished(), null)) { Options = o => o with { Heartbeat = TimeSpan.FromSeconds(30), Fleet = "hub", SliceFor = TimeSpan.Zero } };
        sweep.Runner.Curve = Curve;
        sweep.NewHost();
        sweep.Service.Create(sweep.Id, sweep.Spec, "/nowhere", [], CancellationToken.None).Now();
        int round = new Activities(sweep.Hub).OpenRound(new(sweep.Id, "first"), CancellationToken.None).Now().Round;
        int stage = new Activities(sweep.Hub).Advance(new(sweep.Id, round), CancellationToken.None).Now().Stage;
        for (int step = 1; step <= 8; step++)
        {
            // Each on another process, an hour later.
            Task<WorkOutput> work = new Activities(sweep.Hub).Work(new(sweep.Id, round, stage, 0, 0), CancellationToken.None);
            thread.Finish(work, sweep.Clock);
            Assert.Equal(new WorkOutput("more", 0), work.Now());
            Assert.Equal(step, sweep.Runner.Steps);
            sweep.Clock.CreateTimer(_ => { }, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
            sweep.Clock.Advance();
            sweep.NewHost();
        }

        RunRecord run = sweep.State.Trials[0].SearchResults.Single();
        Assert.Equal((RunPhase.Running, 1, 0), (run.Phase, run.Attempt, run.Lost));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private SimulatedSweep Sweep(SweepSpec spec, IStore store) => Sweep(spec, store, Slice);

    private SimulatedSweep Sweep(SweepSpec spec, IStore store, TimeSpan? slice)
    {
        int number = _sweeps++;
        var sweep = new SimulatedSweep(spec, _ => (TimeSpan.FromSeconds(1), new RunOutcome.Finished(), null), store, workRoot: machine => Path.Combine(_root, FormattableString.Invariant($"{number}-{machine}")))
        {
            Options = o => o with { SliceFor = slice },
        };
        sweep.Runner.Curve = Curve;
        sweep.Runner.OnDisk = true;
        sweep.Runner.Length = 8;
        sweep.NewHost();
        return sweep;
    }

    private static double Curve(RunRequest request, double step)
    {
        double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
        return x * x + y * y + 10 * Math.Exp(-step / 6) + 0.3 * new RandomStream((ulong)request.Seed, StreamPurpose.Run).NextDouble();
    }
}
