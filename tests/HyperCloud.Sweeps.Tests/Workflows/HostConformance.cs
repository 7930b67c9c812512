using HyperCloud.Conformance;
using HyperCloud.Local;

namespace HyperCloud.Sweeps.Tests;

/// <summary>The scenarios in virtual time.</summary>
public sealed class SimulatorConformance : WorkflowConformance
{
    protected override Task<ScenarioHost> Open(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options) =>
        Task.FromResult<ScenarioHost>(new SimulatedScenario(runner, options));
}

/// <summary>The scenarios on the local host.</summary>
public sealed class LocalHostConformance : WorkflowConformance
{
    protected override Task<ScenarioHost> Open(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options) =>
        Task.FromResult<ScenarioHost>(new LocalScenario(runner, options));

    private sealed class LocalScenario(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options) : RealTimeScenario(runner, options)
    {
        // It runs a sweep until that is over or paused.
        public override Task Wake() => Task.Run(() => new LocalHost(Hub).Run(Sweep));

        public override Task Rest() => Task.CompletedTask;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
