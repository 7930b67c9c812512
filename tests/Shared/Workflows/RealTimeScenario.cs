using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Conformance;

/// <summary>A scenario in real time, whose clock can jump.</summary>
public abstract class RealTimeScenario : ScenarioHost
{
    private readonly ShiftedTime _time = new();

    protected RealTimeScenario(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options, IStore? store = null) => Hub = new SweepHub(
        store ?? new MemoryStore(), new Dictionary<string, IRunner> { ["scenario"] = runner(this) }, _time,
        options(new HubOptions { WorkRoot = "/nowhere", RefreshInterval = TimeSpan.Zero, Backstop = TimeSpan.FromSeconds(1) }));

    public override SweepHub Hub { get; }

    public override void LetTimePass(TimeSpan time) => _time.Offset += time;

    public override Task Delay(TimeSpan time, CancellationToken cancellation) => Task.Delay(time, cancellation);

    public override void Later(Func<ValueTask<RemoteAnswer>> action) => _ = Task.Run(async () =>
    {
        // Its run has just said that it goes on elsewhere; until that is written down, its end is refused.
        while ((await action()).Outcome == RemoteOutcome.Elsewhere) await Task.Yield();
    });

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
