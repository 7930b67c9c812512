using System.Runtime.CompilerServices;
using HyperCloud.Conformance;
using HyperCloud.Sweeps;
using Microsoft.DurableTask.Protobuf;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Functions.Tests;

/// <summary>What a sweep may cost a task hub: every history is short and everything that passes is small, however long the sweep (docs/running-on-azure.md).</summary>
public sealed class HistoryTests
{
    [Fact]
    public async Task Unpacked_runs_by_the_hundred()
    {
        SweepSpec spec = Scenarios.Spec with { Search = Scenarios.Spec.Search with { Algorithm = "random", Order = SearchOrder.Async }, Limits = Scenarios.Spec.Limits with { Trials = 200, Parallel = 3 } };
        await using DurableScenario host = await Start(new ScenarioRunner(), o => o with { PackFor = TimeSpan.Zero });
        SweepState state = await host.Run(spec);
        Assert.Equal((SweepStatus.Finished, 200), (state.Status, state.Trials.Count));
        WorkItemWatch watch = await Ended(host);
        Assert.InRange(watch.ActivityCount, 200, int.MaxValue);
        // Each lane went on afresh some times; a lane that keeps its history would have some hundred activities in it.
        Assert.InRange(watch.Steps.Keys.Count(k => k.Contains("lane", StringComparison.Ordinal)), 2 * 3 - 1, int.MaxValue);
        Check(watch, 7 * Workflows.StepsPerTurn);
    }

    [Fact]
    public async Task Runs_that_are_waited_for()
    {
        // Each step waits for a wake-up beside a timer, the most that a lane writes into its history by itself.
        var runner = new ScenarioRunner();
        await using DurableScenario host = await Start(runner, o => o);
        runner.Elsewhere = (request, value) => host.Later(() => host.Hub.Remote.End(
            request.Sweep, request.Run, request.Attempt, new RunReport(null, new Dictionary<string, double> { [request.Metric] = value }), RemoteEnd.Completed, null, CancellationToken.None));
        SweepState state = await host.Run(Scenarios.Spec with { Limits = Scenarios.Spec.Limits with { Trials = 60 } });
        Assert.Equal((SweepStatus.Finished, 60), (state.Status, state.Trials.Count));
        Check(await Ended(host), Workflows.MaxEvents);
    }

    [Fact]
    public async Task More_lanes_than_an_instance_bears()
    {
        SweepSpec spec = Scenarios.Spec with { Search = Scenarios.Spec.Search with { Algorithm = "random" }, Limits = Scenarios.Spec.Limits with { Trials = 140, Parallel = Workflows.MaxChildren + 6 } };
        await using DurableScenario host = await Start(new ScenarioRunner(), o => o);
        SweepState state = await host.Run(spec);
        Assert.Equal((SweepStatus.Finished, 140), (state.Status, state.Trials.Count));
        WorkItemWatch watch = await Ended(host);
        Assert.Contains(watch.Steps.Values, s => WorkItemWatch.NameOf(s.Asked) == Workflows.Group.Name);
        Check(watch, Workflows.MaxEvents);
    }

    private static void Check(WorkItemWatch watch, int events, [CallerMemberName] string caller = "")
    {
        Assert.NotEmpty(watch.Steps);
        Assert.All(watch.Steps.Values, step => RecordedHistories.Replay(step.Asked, step.Answered));
        RecordedHistories.Record(watch, caller);
        Assert.All(watch.Steps.Values, step => Assert.True(
            WorkItemWatch.EventsOf(step.Asked).Count() + step.Answered.Actions.Count <= events,
            $"{WorkItemWatch.NameOf(step.Asked)} {step.Asked.InstanceId} has {WorkItemWatch.EventsOf(step.Asked).Count()} events: {Summary(step.Asked)}"));
        Assert.True(watch.LongestInput.Bytes is > 0 and < Workflows.MaxInputBytes, $"{watch.LongestInput}");
        Assert.True(watch.LongestResult.Bytes is > 0 and <= WorkOutput.MaxBytes, $"{watch.LongestResult}");
    }

    private static string Summary(OrchestratorRequest asked) =>
        string.Join(", ", WorkItemWatch.EventsOf(asked).GroupBy(e => e.EventTypeCase).Select(g => $"{g.Key} {g.Count()}"));

    private static async Task<WorkItemWatch> Ended(DurableScenario host)
    {
        await host.Client.WaitForInstanceCompletionAsync(host.Sweep);
        return host.Server.Watch;
    }

    private static async Task<DurableScenario> Start(ScenarioRunner runner, Func<HubOptions, HubOptions> options) =>
        await new DurableScenario(h => runner.On(h), options).Start(new InMemoryOrchestrationService(NullLoggerFactory.Instance));
}
