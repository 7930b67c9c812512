using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Local;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What the simulated objective does with one attempt.</summary>
internal delegate (TimeSpan Duration, RunOutcome Outcome, double? Value) Script(RunRequest request);

/// <summary>A runner that follows a script in virtual time and counts what it was asked to do.</summary>
internal sealed class ScriptedRunner(TimeProvider time, Script script, bool holdout = true) : IRunner
{
    public ConcurrentDictionary<string, int> Starts { get; } = new();

    public ConcurrentDictionary<string, int> Finishes { get; } = new();

    public List<string> Ended { get; } = [];

    public int AtOnce { get; private set; }

    public int MostAtOnce { get; private set; }

    /// <summary>The metric at a step, for objectives that report on the way; null: one report at the end.</summary>
    public Func<RunRequest, double, double>? Curve { get; set; }

    /// <summary>Steps of a run that is told of no resource.</summary>
    public int Length { get; set; } = 9;

    /// <summary>Begins each execution anew, whatever its folder holds.</summary>
    public bool Forgets { get; set; }

    /// <summary>Metrics reported beside the result; default: none.</summary>
    public Func<RunRequest, Dictionary<string, double>> Others { get; set; } = _ => [];

    /// <summary>Steps executed in all: what the sweep has cost.</summary>
    public long Steps { get; private set; }

    /// <summary>Steps done, by checkpoint folder: where the next slice goes on.</summary>
    public ConcurrentDictionary<string, int> Checkpoints { get; } = new();

    /// <summary>Keeps checkpoints in files of the checkpoint folder, instead of by its name.</summary>
    public bool OnDisk { get; set; }

    /// <summary>The step each attempt began behind.</summary>
    public ConcurrentDictionary<(RunKey Run, int Attempt), int> Began { get; } = new();

    /// <summary>For runs that go on elsewhere: called instead of the script; answers the lease.</summary>
    public Func<RunRequest, TimeSpan>? Detach { get; set; }

    /// <summary>What the runs that go on elsewhere are ended by; default: nothing.</summary>
    public Func<RunRequest, string?> Handle { get; set; } = _ => null;

    /// <summary>Called when a run is to be ended, before it is noted.</summary>
    public Action<string> OnEnd { get; set; } = _ => { };

    public bool MayDetach => Detach is not null;

    public bool AlwaysDetaches { get; set; }

    public string Kind => "scripted";

    public bool KeepsCheckpoints(TrialSpec trial) => true;

    public bool HasHoldout(TrialSpec trial) => holdout;

    /// <summary>Says that runs read no data.</summary>
    public bool Simulates { get; set; }

    public bool ReadsNoData(TrialSpec trial) => Simulates;

    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => [];

    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation) => ValueTask.FromResult(new RunnerCheck([], Inputs));

    /// <summary>The files that runs depend on.</summary>
    public ImmutableArray<RunnerInput> Inputs { get; set; } = [];

    public RunPreview Preview(RunRequest request) => new(["scripted"], "", new Dictionary<string, string>());

    public ValueTask End(string handle, CancellationToken cancellation)
    {
        OnEnd(handle);
        Ended.Add(handle);
        return ValueTask.CompletedTask;
    }

    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        string key = request.Run.ToString();
        Starts.AddOrUpdate(key, 1, (_, n) => n + 1);
        MostAtOnce = Math.Max(MostAtOnce, ++AtOnce);
        try
        {
            if (Detach is not null) return new RunOutcome.Detached(Detach(request), Handle(request));
            await reporter.Started($"handle-{key}-{request.Attempt}", cancellation);
            if (Curve is not null) return await FollowCurve(request, reporter, cancellation);
            (TimeSpan duration, RunOutcome outcome, double? value) = script(request);
            await Task.Delay(duration, time, cancellation);
            if (value is { } v) await reporter.Report(new RunReport(null, new Dictionary<string, double>(Others(request)) { [request.Metric] = v }), cancellation);
            Finishes.AddOrUpdate(key, 1, (_, n) => n + 1);
            return outcome;
        }
        catch (OperationCanceledException)
        {
            return new RunOutcome.Cancelled();
        }
        finally
        {
            AtOnce--;
        }
    }

    private async Task<RunOutcome> FollowCurve(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        string key = request.Run.ToString();
        double stepTime = script(request).Duration.TotalSeconds;
        // As docs/training-code.md asks: a run whose checkpoint is already at the resource reports its last value again.
        int done = Forgets ? 0 : Load(request), last = (int)(request.Resource ?? Length);
        Began[(request.Run, request.Attempt)] = done;
        for (int step = Math.Min(last, done + 1); step <= last; step++)
        {
            await Task.Delay(TimeSpan.FromSeconds(stepTime), time, cancellation);
            Steps++;
            ReportDecision decision = await reporter.Report(new RunReport(step, new Dictionary<string, double> { [request.Metric] = Curve!(request, step) }), cancellation);
            Save(request, step);
            if (decision.Stop) return new RunOutcome.Stopped();
        }

        Finishes.AddOrUpdate(key, 1, (_, n) => n + 1);
        return new RunOutcome.Finished();
    }

    private int Load(RunRequest request)
    {
        string file = Path.Combine(request.CheckpointDirectory, "model", "step");
        return !OnDisk ? Checkpoints.GetValueOrDefault(request.CheckpointDirectory) : File.Exists(file) ? int.Parse(File.ReadAllText(file)) : 0;
    }

    private void Save(RunRequest request, int step)
    {
        Checkpoints[request.CheckpointDirectory] = step;
        if (!OnDisk) return;
        Directory.CreateDirectory(Path.Combine(request.CheckpointDirectory, "model"));
        File.WriteAllText(Path.Combine(request.CheckpointDirectory, "model", "step"), step.ToString());
    }
}

/// <summary>A sweep in virtual time on a store in memory: hosts can come and go, the store stays.</summary>
internal sealed class SimulatedSweep
{
    private readonly Func<int, string> _workRoot;
    private int _hosts;
    private int _hubs;

    public SimulatedSweep(SweepSpec spec, Script script, IStore? store = null, bool holdout = true, Func<int, string>? workRoot = null)
    {
        _workRoot = workRoot ?? (_ => "/nowhere");
        Spec = spec;
        Store = store ?? new MemoryStore();
        Runner = new ScriptedRunner(Clock, script, holdout);
        Hub = NewHub();
    }

    public string Id { get; init; } = "simulated";

    /// <summary>What the hosts' executions are told apart by, beside their number.</summary>
    public string HostName { get; init; } = "host";

    public SweepSpec Spec { get; }

    public IStore Store { get; set; }

    public VirtualClock Clock { get; } = new();

    public ScriptedRunner Runner { get; }

    public SweepHub Hub { get; private set; }

    public SweepService Service => new(Hub);

    public WorkflowPump Pump { get; private set; } = null!;

    public SweepState State => Hub.Session(Id).Read(s => s, CancellationToken.None, force: true).Now();

    /// <summary>Creates the sweep if need be and hosts it until it ends or is paused.</summary>
    public SweepState Run()
    {
        Service.Create(Id, Spec, "/nowhere", Runner.Inputs, CancellationToken.None).Now();
        Pump = LocalHost.CreatePump(Hub);
        Pump.Run(Workflows.Sweep, Id, new SweepTurn(Id, 0, $"{HostName}-{_hosts++}", ReturnWhenPaused: true), CancellationToken.None);
        return State;
    }

    /// <summary>Runs until the store fails under the host, and then with another host to the end.</summary>
    public SweepState RunThroughDeath(DyingStore store)
    {
        try
        {
            Run();
        }
        catch (StoreException)
        {
            // As intended; what is left is the store.
        }

        store.Revive();
        NewHost();
        return Run();
    }

    /// <summary>The host is gone with all it knew; another one comes.</summary>
    public void NewHost() => Hub = NewHub();

    public ReplayResult Replay(string? head = null) => Replayer.Replay(Store, Id, head, CancellationToken.None).Now();

    /// <summary>Changes the settings of the hosts to come.</summary>
    public Func<HubOptions, HubOptions> Options { get; set; } = o => o;

    private SweepHub NewHub() => new(Store, new Dictionary<string, IRunner> { ["scripted"] = Runner }, Clock, Options(new HubOptions
    {
        WorkRoot = _workRoot(_hubs++),
        Host = $"host {_hosts}",
        RefreshInterval = TimeSpan.Zero,
    }));
}

/// <summary>Specs and scripts for the scenarios.</summary>
internal static class Scenario
{
    public static SweepSpec Spec(int trials = 20, int parallel = 4, SearchOrder order = SearchOrder.Async, string algorithm = "tpe", ulong seed = 42) => new()
    {
        Name = "simulated",
        Objective = new ObjectiveSpec { Metric = "loss" },
        Space = new Space([
            new FloatParameter("x", -5, 5) { Default = ParameterValue.Of(4.0) },
            new FloatParameter("y", -5, 5) { Default = ParameterValue.Of(4.0) },
        ]),
        Search = new SearchSpec { Algorithm = algorithm, Seed = seed, Order = order },
        Limits = new LimitsSpec { Trials = trials, Parallel = parallel },
        // Races have scenarios of their own; without one it is known beforehand which runs there are.
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 4, Runs = 24, MaxSeeds = 10, Race = false }, Evaluation = new EvaluationSpec { Seeds = 10 } },
        Trial = new TrialSpec { Runner = "scripted", Options = JsonDocument.Parse("{}").RootElement },
    };

    /// <summary>A noisy sphere; how long a run takes is drawn from another seed, so that completion order varies while values do not.</summary>
    public static Script Sphere(ulong timing = 1, double noise = 0.5) => request =>
    {
        double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
        double u = new RandomStream((ulong)request.Seed, StreamPurpose.Run).NextDouble();
        double duration = 0.1 + 10 * new RandomStream((ulong)request.Seed ^ (timing << 32), StreamPurpose.Run).NextDouble();
        return (TimeSpan.FromSeconds(duration), new RunOutcome.Finished(), x * x + y * y + noise * (u - 0.5));
    };

    /// <summary>What a sweep found, without when and in which order: two sweeps with equal fingerprints are the same science.</summary>
    public static string Fingerprint(SweepState state) => string.Join("\n",
        state.Trials.Select(t => $"{t.Number} {t.Assignment.ToJson()} " + string.Join(" ", t.Runs.Values.Select(r => $"{r.Key}:{r.Seed}:{r.Result?.State}:{r.Result?.Value:R}")))
            .Append($"champion {state.Champion?.Trial} {state.End?.Status}"));

    public static ImmutableArray<RunRecord> Runs(this SweepState state) => [.. state.Trials.SelectMany(t => t.Runs.Values)];
}

/// <summary>In virtual time nothing is ever waited for, so whatever is asked for has been done by the time it is returned.</summary>
internal static class Immediate
{
    public static T Now<T>(this ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("not done at once");

    public static T Now<T>(this Task<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("not done at once");
}
