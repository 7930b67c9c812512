using System.Text.Json;
using DurableTask.AzureStorage;
using DurableTask.Core;
using HyperCloud.Azurite;
using HyperCloud.Conformance;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Functions.Tests;

/// <summary>The scenarios as orchestrations, in memory.</summary>
public sealed class DurableInMemoryConformance : WorkflowConformance
{
    protected override async Task<ScenarioHost> Open(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options) =>
        await new DurableScenario(runner, options).Start(new InMemoryOrchestrationService(NullLoggerFactory.Instance));
}

/// <summary>The scenarios as orchestrations over Azure's queues, tables and blobs, as Azurite plays them.</summary>
public sealed class DurableOverAzuriteConformance(AzuriteFixture azurite) : WorkflowConformance
{
    protected override async Task<ScenarioHost> Open(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options)
    {
        ITaskHub service = AzureTaskHub.Open(new AzureStorageOrchestrationServiceSettings
        {
            TaskHubName = AzuriteFixture.NewPrefix(),
            StorageAccountClientProvider = new StorageAccountClientProvider(await azurite.ConnectionString()),
            PartitionCount = 1,
            MaxQueuePollingInterval = TimeSpan.FromMilliseconds(100),
            ThrowExceptionOnInvalidDedupeStatus = false,
        });
        return await new DurableScenario(runner, options).Start(service);
    }
}

internal sealed class DurableScenario(Func<ScenarioHost, IRunner> runner, Func<HubOptions, HubOptions> options, IStore? store = null)
    : RealTimeScenario(runner, o => options(o) with { Fleet = "test" }, store)
{
    private DurableServer? _server;
    private DurableHosting? _hosting;

    public DurableTaskClient Client => _server!.Client;

    public DurableServer Server => _server!;

    public async Task<DurableScenario> Start<T>(T service, string? version = null)
        where T : IOrchestrationService, IOrchestrationServiceClient
    {
        await ((IOrchestrationService)service).CreateIfNotExistsAsync();
        _hosting = new DurableHosting(Hub, NullLogger<DurableHosting>.Instance);
        _server = await DurableServer.Start(service, new ActivityFunctions(Hub, new Activities(Hub), _hosting), version: version);
        _hosting.Use(_server.Client);
        return this;
    }

    /// <summary>The worker ends, and one of another version takes its place.</summary>
    public async Task Restart(string version, Func<TaskOrchestrationContext, JsonElement, Task<JsonElement?>>? sweep = null)
    {
        await _server!.RestartWorker(version, sweep);
        _hosting!.Use(_server.Client);
    }

    public override async Task Wake() => await _hosting!.Wake(Sweep, CancellationToken.None);

    /// <summary>The orchestration has seen that the sweep is paused.</summary>
    public override async Task Rest()
    {
        while ((await Client.GetInstanceAsync(Sweep, getInputsAndOutputs: true))?.SerializedCustomStatus != "\"paused\"") await Task.Yield();
    }

    public override ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
