using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Conformance;

/// <summary>
/// What every host of the workflows must do with a sweep: local, in virtual time, on Durable. Each scenario ends in the very record that the
/// simulator gives, up to when and in which order things happened.
/// </summary>
public abstract class WorkflowConformance
{
    /// <summary>A host over an empty store.</summary>
    protected abstract Task<ScenarioHost> Open(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options);

    [Fact]
    public async Task Plain()
    {
        await using ScenarioHost host = await Open(new ScenarioRunner());
        SweepState state = await host.Run(Scenarios.Spec);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(
            [StageKind.Search, StageKind.Selection, StageKind.Evaluation],
            state.Stages.Select(s => s.Kind));
        await host.MatchesSimulation(new ScenarioRunner());
    }

    [Fact]
    public async Task A_pause_hands_out_nothing_and_changes_nothing()
    {
        var runner = new ScenarioRunner();
        await using ScenarioHost host = await Open(runner);
        runner.Before = async request =>
        {
            if (runner.Begun == 3) await host.Service.SetPaused(host.Sweep, true, "test", CancellationToken.None);
        };
        await host.Create(Scenarios.Spec);
        await host.Wake();
        await host.Until(s => s.IsPaused && s.Running.Count == 0);
        int begun = runner.Begun;
        await host.Rest();
        Assert.Equal(begun, runner.Begun);
        Assert.InRange(begun, 3, 3 + Scenarios.Lanes);
        await host.Service.SetPaused(host.Sweep, false, "test", CancellationToken.None);
        await host.Wake();
        await host.Until(s => s.End is not null);
        await host.MatchesSimulation(new ScenarioRunner());
    }

    [Fact]
    public async Task A_cancellation_ends_the_sweep_and_keeps_what_was_finished()
    {
        var runner = new ScenarioRunner();
        await using ScenarioHost host = await Open(runner);
        runner.Before = async request =>
        {
            if (runner.Begun == 5) await host.Service.Cancel(host.Sweep, "test", CancellationToken.None);
        };
        SweepState state = await host.Run(Scenarios.Spec);
        Assert.Equal(SweepStatus.Cancelled, state.Status);
        Assert.Empty(state.Running);
        Assert.InRange(runner.Begun, 5, 5 + Scenarios.Lanes);
        Assert.Contains(state.Trials.SelectMany(t => t.Runs.Values), r => r.Completed);
        await host.IsReplayable();
    }

    [Fact]
    public async Task Failures_are_data()
    {
        ScenarioRunner Failing() => new() { Outcome = r => r.Run is { Pool: SeedPool.Search, Trial: 2 or 4 } ? new RunOutcome.Failed("exit", "it broke") : null };
        await using ScenarioHost host = await Open(Failing());
        SweepState state = await host.Run(Scenarios.Spec);
        Assert.Equal((SweepStatus.Finished, 2), (state.Status, state.FailedRuns));
        await host.MatchesSimulation(Failing());
    }

    [Fact]
    public async Task Lost_runs_are_tried_again_with_their_seed()
    {
        ScenarioRunner Losing() => new() { Outcome = r => r.Attempt == 1 && r.Run.Trial % 3 == 1 ? new RunOutcome.Lost("killed", "killed from outside") : null };
        await using ScenarioHost host = await Open(Losing());
        SweepState state = await host.Run(Scenarios.Spec);
        RunRecord run = state.Run(new RunKey(1, SeedPool.Search, 0))!;
        Assert.Equal((2, 1, true), (run.Attempt, run.Lost, run.Completed));
        await host.MatchesSimulation(Losing());
    }

    [Fact]
    public async Task Too_many_failures_end_the_search()
    {
        ScenarioRunner Failing() => new() { Outcome = r => r.Run is { Pool: SeedPool.Search, Trial: >= 2 } ? new RunOutcome.Failed("exit", "it broke") : null };
        SweepSpec spec = Scenarios.Spec with { Limits = Scenarios.Spec.Limits with { Failures = 2 } };
        await using ScenarioHost host = await Open(Failing());
        SweepState state = await host.Run(spec);
        Assert.Equal("failures", state.SearchEnded?.Code);
        Assert.Equal(SweepStatus.Finished, state.Status);
        await host.IsReplayable();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stopping_rule_ends_or_pauses_runs_at_rungs(bool pause)
    {
        SweepSpec spec = Scenarios.Spec with
        {
            Limits = Scenarios.Spec.Limits with { Trials = 9, Parallel = 1 }, // one lane: what is compared at a rung is then the same on every host
            EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Resource = "step", Min = 1, Max = 9, Pause = pause },
        };
        await using ScenarioHost host = await Open(new ScenarioRunner { Steps = 9 });
        SweepState state = await host.Run(spec);
        Assert.Equal(SweepStatus.Finished, state.Status);
        if (pause) Assert.Contains(state.Trials.SelectMany(t => t.Runs.Keys), k => k.Rung > 0);
        else Assert.Contains(state.Trials, t => t.StopReason is not null);
        await host.MatchesSimulation(new ScenarioRunner { Steps = 9 });
    }

    [Fact]
    public async Task A_schedule_runs_the_champion_again_on_fresh_seeds()
    {
        SweepSpec spec = Scenarios.Spec with { Schedule = new ScheduleSpec { Cron = "0 2 * * *", Seeds = 3, Neighbours = 1 } };
        await using ScenarioHost host = await Open(new ScenarioRunner());
        await host.Run(spec);
        Assert.Null(await host.Service.BeginDue(host.Sweep, CancellationToken.None));
        host.LetTimePass(TimeSpan.FromDays(2));
        SweepEvent.Due due = (await host.Service.BeginDue(host.Sweep, CancellationToken.None))!;
        Assert.Equal(1, due.Missed);
        await host.Wake();
        await host.Until(s => s.End is not null && s.LastDue is not null);
        SweepState state = await host.State();
        Assert.Equal(StageKind.Robustness, state.Stage!.Kind);
        RunRecord[] night = [.. state.RunsOf(state.Stage.Index)];
        // Three canaries, and champion and neighbour on three fresh seeds each.
        Assert.Equal(3 + 2 * 3, night.Length);
        Assert.All(night, r => Assert.True(r.Completed));
        SweepEvent.Judged judged = state.Judgements[state.Stage.Index];
        Assert.Contains("3 repeated runs came out the same", judged.Reason, StringComparison.Ordinal);
        Assert.False(judged.Tell);
        await host.IsReplayable();
    }

    [Fact]
    public async Task Lanes_go_on_afresh_and_lose_nothing()
    {
        SweepSpec spec = Scenarios.Spec with { Limits = Scenarios.Spec.Limits with { Trials = Workflows.StepsPerTurn + 5, Parallel = 1 } };
        await using ScenarioHost host = await Open(new ScenarioRunner(), o => o with { PackFor = TimeSpan.Zero });
        SweepState state = await host.Run(spec);
        Assert.Equal((SweepStatus.Finished, Workflows.StepsPerTurn + 5), (state.Status, state.Trials.Count));
        await host.MatchesSimulation(new ScenarioRunner());
    }

    [Fact]
    public async Task A_long_run_is_cut_into_slices_and_comes_out_as_if_it_were_not()
    {
        var runner = new ScenarioRunner { Steps = 3 };
        // At every report: nothing of a run is longer than one step.
        await using ScenarioHost host = await Open(runner, o => o with { SliceFor = TimeSpan.Zero });
        SweepState state = await host.Run(Scenarios.Spec with
        {
            Limits = Scenarios.Spec.Limits with { Trials = 3 },
            Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 2, MaxSeeds = 1 }, Evaluation = new EvaluationSpec { Seeds = 2 } },
            Trial = Scenarios.Spec.Trial! with { Checkpoints = true },
        });
        Assert.Equal(SweepStatus.Finished, state.Status);
        RunRecord[] runs = [.. state.Trials.SelectMany(t => t.Runs.Values)];
        Assert.All(runs, r => Assert.Equal((1, 0, 0), (r.Attempt, r.Lost, r.Preempted)));
        // Each step was an execution of its own; the end of a run, which has no step left, is another one.
        Assert.InRange(runner.Begun, 3 * runs.Length, 4 * runs.Length);
        await host.MatchesSimulation(new ScenarioRunner { Steps = 3 });
    }

    [Fact]
    public async Task A_run_that_goes_on_elsewhere_is_waited_for()
    {
        var runner = new ScenarioRunner();
        await using ScenarioHost host = await Open(runner);
        runner.Elsewhere = (request, value) => host.Later(() => host.Hub.Remote.End(
            request.Sweep, request.Run, request.Attempt, new RunReport(null, new Dictionary<string, double> { [request.Metric] = value }), RemoteEnd.Completed, null, CancellationToken.None));
        SweepState state = await host.Run(Scenarios.Spec with { Limits = Scenarios.Spec.Limits with { Trials = 5 } });
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.All(state.Trials.SelectMany(t => t.Runs.Values), r => Assert.Equal((1, 0), (r.Attempt, r.Lost)));
        await host.MatchesSimulation(new ScenarioRunner());
    }

    private async Task<ScenarioHost> Open(ScenarioRunner runner, Func<HubOptions, HubOptions>? options = null) => await Open(host => runner.On(host), options ?? (o => o));
}

/// <summary>A host with one sweep.</summary>
public abstract class ScenarioHost : IAsyncDisposable
{
    private SweepSpec? _spec;

    /// <summary>The one sweep.</summary>
    public string Sweep => "scenario";

    public abstract SweepHub Hub { get; }

    public SweepService Service => new(Hub);

    /// <summary>Tells the host that something has changed. A host that runs sweeps on the caller's thread comes back when it is at rest.</summary>
    public abstract Task Wake();

    /// <summary>Lets the clock of sweeps jump.</summary>
    public abstract void LetTimePass(TimeSpan time);

    /// <summary>Waits for a while of the host's clock, as an objective does.</summary>
    public abstract Task Delay(TimeSpan time, CancellationToken cancellation);

    /// <summary>Does something a little later, beside the run that asks for it.</summary>
    public abstract void Later(Func<ValueTask<RemoteAnswer>> action);

    /// <summary>Comes back when the host had the time to do what it should not do.</summary>
    public abstract Task Rest();

    /// <summary>Creates the sweep.</summary>
    public async Task Create(SweepSpec spec)
    {
        _spec = spec;
        await Service.Create(Sweep, spec, "/nowhere", [], CancellationToken.None);
    }

    /// <summary>Creates the sweep and runs it to its end.</summary>
    public async Task<SweepState> Run(SweepSpec spec)
    {
        await Create(spec);
        await Wake();
        await Until(s => s.End is not null);
        return await State();
    }

    public async Task<SweepState> State() => await Hub.Session(Sweep).Read(s => s, CancellationToken.None, force: true);

    /// <summary>Comes back when the record is in a state; the process at hand writes it, so nobody has to look now and then.</summary>
    public async Task Until(Func<SweepState, bool> reached)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(string sweep, SweepState state, LogEntry entry)
        {
            if (reached(state)) done.TrySetResult();
        }

        Hub.Folded += Look;
        try
        {
            if (!reached(await State())) await done.Task.WaitAsync(TimeSpan.FromMinutes(3));
        }
        finally
        {
            Hub.Folded -= Look;
        }
    }

    /// <summary>Every decision of the record is derived again.</summary>
    public async Task IsReplayable() => Assert.IsType<ReplayResult.Verified>(await Replayer.Replay(Hub.Store, Sweep, null, CancellationToken.None));

    /// <summary>The record says what the simulator's does of the same sweep.</summary>
    internal async Task MatchesSimulation(ScenarioRunner runner)
    {
        await IsReplayable();
        await using var simulation = new SimulatedScenario(h => runner.On(h), o => o);
        Assert.Equal(Scenarios.Fingerprint(await simulation.Run(_spec!)), Scenarios.Fingerprint(await State()));
    }

    public abstract ValueTask DisposeAsync();
}

/// <summary>The objective of the scenarios: a noisy parabola, quick, and steered by the test.</summary>
internal sealed class ScenarioRunner : IRunner
{
    private ScenarioHost? _host;
    private int _begun;

    public int Begun => _begun;

    /// <summary>Called when a run begins.</summary>
    public Func<RunRequest, Task>? Before { get; set; }

    /// <summary>How a run ends, if not well.</summary>
    public Func<RunRequest, RunOutcome?> Outcome { get; init; } = _ => null;

    /// <summary>Steps that a run reports; 0: none, the result only.</summary>
    public int Steps { get; init; }

    /// <summary>Runs go on elsewhere: called with what their result will be.</summary>
    public Action<RunRequest, double>? Elsewhere { get; set; }

    public ConcurrentDictionary<string, int> Checkpoints { get; } = new();

    public string Kind => "scenario";

    public bool MayDetach => Elsewhere is not null;

    public IRunner On(ScenarioHost host)
    {
        _host = host;
        return this;
    }

    public bool HasHoldout(TrialSpec trial) => true;

    public bool KeepsCheckpoints(TrialSpec trial) => true;

    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => [];

    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation) => ValueTask.FromResult(new RunnerCheck([], []));

    public RunPreview Preview(RunRequest request) => new([Kind], "", new Dictionary<string, string>());

    public ValueTask End(string handle, CancellationToken cancellation) => ValueTask.CompletedTask;

    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _begun);
        if (Before is { } before) await before(request);
        double x = request.Assignment["x"]!.Value.AsNumber();
        var random = new RandomStream((ulong)request.Seed, StreamPurpose.Run);
        double value = (x * x) + random.NextDouble();
        if (Elsewhere is { } elsewhere)
        {
            elsewhere(request, value);
            return new RunOutcome.Detached(TimeSpan.FromMinutes(5));
        }

        try
        {
            // Some take longer than others, so that runs end in another order than they began.
            await _host!.Delay(TimeSpan.FromMilliseconds(1 + (20 * random.NextDouble())), cancellation);
        }
        catch (OperationCanceledException)
        {
            return new RunOutcome.Cancelled();
        }

        if (Outcome(request) is { } outcome) return outcome;
        if (Steps == 0)
        {
            await reporter.Report(Report(null, value), cancellation);
            return new RunOutcome.Finished();
        }

        int last = (int)(request.Resource ?? Steps), done = Math.Min(last - 1, Checkpoints.GetValueOrDefault(request.CheckpointDirectory));
        for (int step = done + 1; step <= last; step++)
        {
            ReportDecision decision = await reporter.Report(Report(step, value + (10.0 / step)), cancellation);
            Checkpoints[request.CheckpointDirectory] = step;
            if (decision.Stop) return new RunOutcome.Stopped();
        }

        return new RunOutcome.Finished();

        RunReport Report(double? step, double metric) => new(step, new Dictionary<string, double> { [request.Metric] = metric });
    }
}

internal static class Scenarios
{
    public const int Lanes = 3;

    public static SweepSpec Spec { get; } = new()
    {
        Name = "scenario",
        Objective = new ObjectiveSpec { Metric = "loss" },
        Space = new Space([new FloatParameter("x", -5, 5) { Default = ParameterValue.Of(4.0) }]),
        Search = new SearchSpec { Algorithm = "tpe", Seed = 7, Order = SearchOrder.Lagged },
        Limits = new LimitsSpec { Trials = 8, Parallel = Lanes },
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 4, MaxSeeds = 2 }, Evaluation = new EvaluationSpec { Seeds = 5 } },
        Trial = new TrialSpec { Runner = "scenario", Options = JsonDocument.Parse("{}").RootElement },
    };

    /// <summary>What a sweep found, without when and in which order.</summary>
    public static string Fingerprint(SweepState state) => string.Join("\n",
        state.Trials.Select(t => $"{t.Number} {t.Assignment.ToJson()} " + string.Join(" ",
                t.Runs.Values.OrderBy(r => r.Key.ToString(), StringComparer.Ordinal).Select(r => $"{r.Key}:{r.Seed}:{r.Result?.State}:{r.Result?.Value:R}")))
            .Append($"champion {state.Champion?.Trial} {state.End?.Status}"));
}
