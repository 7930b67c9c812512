using System.Text.Json;
using DurableTask.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing.Sidecar.Grpc;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Functions.Tests;

/// <summary>
/// The app's orchestrators and activities on an orchestration service, without a Functions host: the task hub behind the gRPC server of Durable's
/// test package, and a worker that speaks to it. The worker keeps no orchestrator in memory, so each step of one replays its whole history.
/// </summary>
internal sealed class DurableServer : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly GrpcChannel _channel;
    private readonly ActivityFunctions _activities;
    private readonly Action<DurableTaskRegistry>? _further;
    private IHost _worker = null!;

    private DurableServer(WebApplication server, GrpcChannel channel, ActivityFunctions activities, Action<DurableTaskRegistry>? further) =>
        (_server, _channel, _activities, _further) = (server, channel, activities, further);

    public DurableTaskClient Client => _worker.Services.GetRequiredService<DurableTaskClient>();

    /// <summary>What passes between the worker and the hub.</summary>
    public WorkItemWatch Watch { get; } = new();

    /// <param name="service">The task hub.</param>
    /// <param name="activities">The app's activities.</param>
    /// <param name="further">Registers orchestrators and activities beside the app's.</param>
    /// <param name="version">The worker's version, as <c>defaultVersion</c> of host.json with <c>CurrentOrOlder</c> and <c>Reject</c>; null: none.</param>
    public static async Task<DurableServer> Start<T>(T service, ActivityFunctions activities, Action<DurableTaskRegistry>? further = null, string? version = null)
        where T : IOrchestrationService, IOrchestrationServiceClient
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.ConfigureEndpointDefaults(o => o.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IOrchestrationService>(service).AddSingleton<IOrchestrationServiceClient>(service).AddSingleton<TaskHubGrpcServer>();
        WebApplication server = builder.Build();
        server.MapGrpcService<TaskHubGrpcServer>();
        await server.StartAsync();

        var channel = GrpcChannel.ForAddress(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var started = new DurableServer(server, channel, activities, further);
        await started.StartWorker(version);
        return started;
    }

    /// <summary>
    /// The worker ends, and another one takes its place at the same hub: of the same app in another version, and with another text of the sweep's
    /// workflow where one is given.
    /// </summary>
    public async Task RestartWorker(string version, Func<TaskOrchestrationContext, JsonElement, Task<JsonElement?>>? sweep = null)
    {
        await StopWorker();
        await StartWorker(version, sweep);
    }

    private async Task StartWorker(string? version, Func<TaskOrchestrationContext, JsonElement, Task<JsonElement?>>? sweep = null)
    {
        HostApplicationBuilder worker = Host.CreateEmptyApplicationBuilder(null);
        worker.Services.AddLogging();
        worker.Services.AddDurableTaskClient(c =>
        {
            c.UseGrpc(_channel).RegisterDirectly();
            if (version is not null) c.UseDefaultVersion(version);
        });
        worker.Services.AddDurableTaskWorker(w =>
        {
            w.UseGrpc(o => o.CallInvoker = _channel.Intercept(Watch)).AddTasks(registry =>
            {
                Register(registry, _activities, () => Client, sweep ?? Orchestrators.Sweep);
                _further?.Invoke(registry);
            });
            if (version is not null)
            {
                w.UseVersioning(new DurableTaskWorkerOptions.VersioningOptions
                {
                    Version = version,
                    DefaultVersion = version,
                    MatchStrategy = DurableTaskWorkerOptions.VersionMatchStrategy.CurrentOrOlder,
                    FailureStrategy = DurableTaskWorkerOptions.VersionFailureStrategy.Reject,
                });
            }
        });
        _worker = worker.Build();
        await _worker.StartAsync();
    }

    private async Task StopWorker()
    {
        await _worker.StopAsync();
        _worker.Dispose();
    }

    private static void Register(DurableTaskRegistry tasks, ActivityFunctions activities, Func<DurableTaskClient> client,
        Func<TaskOrchestrationContext, JsonElement, Task<JsonElement?>> sweep)
    {
        tasks.AddOrchestratorFunc<JsonElement, JsonElement?>(Workflows.Sweep.Name, (context, input) => sweep(context, input));
        tasks.AddOrchestratorFunc<JsonElement, JsonElement?>(Workflows.Group.Name, (context, input) => Orchestrators.Group(context, input));
        tasks.AddOrchestratorFunc<JsonElement, JsonElement?>(Workflows.Lane.Name, (context, input) => Orchestrators.Lane(context, input));
        tasks.AddActivityFunc<JsonElement, JsonElement>(Activities.OpenRoundName.Name, (_, input) => activities.OpenRound(input, CancellationToken.None));
        tasks.AddActivityFunc<JsonElement, JsonElement>(Activities.AdvanceName.Name, (_, input) => activities.Advance(input, CancellationToken.None));
        tasks.AddActivityFunc<JsonElement, JsonElement>(Activities.WorkName.Name, (_, input) => activities.Work(input, client(), CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await StopWorker();
        _channel.Dispose();
        await _server.DisposeAsync();
    }
}
