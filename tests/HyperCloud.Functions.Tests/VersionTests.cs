using System.Text.Json;
using HyperCloud.Conformance;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Functions.Tests;

/// <summary>
/// The app is replaced by another version while sweeps go on (host.json: <c>CurrentOrOlder</c>, <c>Reject</c>). The test host's task hub does not take
/// back what a worker rejects, so that a newer app would go on with that is not shown here; nor does it give away again what a worker that was
/// killed had in hand, which is shown over Azurite and on the Functions host.
/// </summary>
public sealed class VersionTests
{
    [Fact]
    public async Task A_newer_app_goes_on_with_what_an_older_one_began()
    {
        var runner = new ScenarioRunner();
        await using DurableScenario host = await Paused(runner);
        await host.Restart("1.1.0");
        await GoOn(host);
        await host.MatchesSimulation(new ScenarioRunner());
        // The sweep's orchestration is the one that the older app began; lanes begun since are of the newer app.
        Assert.Equal(["1.0.0"], Versions(host, Workflows.Sweep.Name));
        Assert.Equal(["1.0.0", "1.1.0"], Versions(host, Workflows.Lane.Name));
    }

    [Fact]
    public async Task A_text_that_does_not_fit_the_history_begins_the_orchestration_anew_from_the_record()
    {
        var runner = new ScenarioRunner();
        await using DurableScenario host = await Paused(runner);
        int begun = runner.Begun;
        await host.Restart("2.0.0", async (context, input) =>
        {
            await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            return await Orchestrators.Sweep(context, input);
        });
        await host.Service.SetPaused(host.Sweep, false, "test", CancellationToken.None);
        await host.Wake();
        // It fails at the wake-up. Whoever looks after sweeps that nobody works on, the patrol of an app, then wakes it once more.
        await host.Client.WaitForInstanceCompletionAsync(host.Sweep).WaitAsync(TimeSpan.FromMinutes(3));
        await host.Wake();
        await host.Until(s => s.End is not null);
        await host.MatchesSimulation(new ScenarioRunner());
        SweepState state = await host.State();
        Assert.Equal(2, state.Round!.Round);
        // No run that was finished is done again.
        Assert.Equal(state.Trials.Sum(t => t.Runs.Count), runner.Begun);
        Assert.InRange(begun, 3, runner.Begun);
        Assert.Equal(["1.0.0", "2.0.0"], Versions(host, Workflows.Sweep.Name));
    }

    [Fact]
    public async Task An_older_app_leaves_alone_what_a_newer_one_began()
    {
        var runner = new ScenarioRunner();
        await using DurableScenario host = await Start(runner, "1.1.0");
        await host.Create(Scenarios.Spec);
        var abandoned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Server.Watch.OnAbandoned = () => abandoned.TrySetResult();
        var turn = new SweepTurn(host.Sweep, 0, "of a newer app", ReturnWhenPaused: false);
        await host.Client.ScheduleNewOrchestrationInstanceAsync(
            Workflows.Sweep.Name, JsonSerializer.SerializeToElement(turn, Workflows.Sweep.Input), new StartOrchestrationOptions(host.Sweep) { Version = "1.2.0" });
        await abandoned.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([host.Sweep], host.Server.Watch.Abandoned.Distinct());
        Assert.False((await host.Client.GetInstanceAsync(host.Sweep))?.IsCompleted ?? false);
        Assert.Empty(host.Server.Watch.Steps);
        Assert.Equal((0, 0L), (runner.Begun, (await host.State()).Seq));
    }

    private static async Task<DurableScenario> Paused(ScenarioRunner runner)
    {
        DurableScenario host = await Start(runner, "1.0.0");
        runner.Before = async request =>
        {
            if (runner.Begun == 3) await host.Service.SetPaused(host.Sweep, true, "test", CancellationToken.None);
        };
        await host.Create(Scenarios.Spec);
        await host.Wake();
        await host.Until(s => s.IsPaused && s.Running.Count == 0);
        await host.Rest();
        return host;
    }

    private static async Task GoOn(DurableScenario host)
    {
        await host.Service.SetPaused(host.Sweep, false, "test", CancellationToken.None);
        await host.Wake();
        await host.Until(s => s.End is not null);
    }

    private static string[] Versions(DurableScenario host, string workflow) =>
    [
        .. host.Server.Watch.Steps.Values.Where(s => WorkItemWatch.NameOf(s.Asked) == workflow).Select(s => WorkItemWatch.VersionOf(s.Asked)).Distinct().Order(StringComparer.Ordinal),
    ];

    private static async Task<DurableScenario> Start(ScenarioRunner runner, string version) =>
        await new DurableScenario(h => runner.On(h), o => o).Start(new InMemoryOrchestrationService(NullLoggerFactory.Instance), version);
}
