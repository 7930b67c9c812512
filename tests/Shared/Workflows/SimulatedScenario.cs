using HyperCloud.Local;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Conformance;

/// <summary>A scenario in virtual time.</summary>
public sealed class SimulatedScenario : ScenarioHost
{
    private readonly VirtualClock _clock = new();
    private int _hosts;

    public SimulatedScenario(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options) => Hub = new SweepHub(
        new MemoryStore(), new Dictionary<string, IRunner> { ["scenario"] = runner(this) }, _clock,
        options(new HubOptions { WorkRoot = "/nowhere", RefreshInterval = TimeSpan.Zero }));

    public override SweepHub Hub { get; }

    public override Task Wake()
    {
        LocalHost.CreatePump(Hub).Run(Workflows.Sweep, Sweep, new SweepTurn(Sweep, 0, $"host-{_hosts++}", ReturnWhenPaused: true), CancellationToken.None);
        return Task.CompletedTask;
    }

    public override void LetTimePass(TimeSpan time)
    {
        bool there = false;
        _clock.CreateTimer(_ => there = true, null, time, Timeout.InfiniteTimeSpan);
        while (!there) Assert.True(_clock.Advance());
    }

    public override Task Delay(TimeSpan time, CancellationToken cancellation) => Task.Delay(time, _clock, cancellation);

    public override void Later(Func<ValueTask<RemoteAnswer>> action) => _clock.CreateTimer(
        _ => Assert.Equal(RemoteOutcome.Accepted, action().AsTask().GetAwaiter().GetResult().Outcome), null, TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan);

    public override Task Rest() => Task.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
