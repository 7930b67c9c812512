using System.Text.Json;
using DurableTask.Core;
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
    private readonly IHost _worker;
    private readonly GrpcChannel _channel;

    private DurableServer(WebApplication server, IHost worker, GrpcChannel channel) => (_server, _worker, _channel) = (server, worker, channel);

    public DurableTaskClient Client => _worker.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<DurableServer> Start<T>(T service, ActivityFunctions activities, Action<DurableTaskRegistry>? further = null)
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
        IHost? host = null;
        HostApplicationBuilder worker = Host.CreateEmptyApplicationBuilder(null);
        worker.Services.AddLogging();
        worker.Services.AddDurableTaskClient(c => c.UseGrpc(channel).RegisterDirectly());
        worker.Services.AddDurableTaskWorker(w => w.UseGrpc(channel).AddTasks(registry =>
        {
            Register(registry, activities, () => Client());
            further?.Invoke(registry);
        }));
        host = worker.Build();
        await host.StartAsync();
        return new DurableServer(server, host, channel);

        DurableTaskClient Client() => host!.Services.GetRequiredService<DurableTaskClient>();
    }

    private static void Register(DurableTaskRegistry tasks, ActivityFunctions activities, Func<DurableTaskClient> client)
    {
        tasks.AddOrchestratorFunc<JsonElement, JsonElement?>(Workflows.Sweep.Name, (context, input) => Orchestrators.Sweep(context, input));
        tasks.AddOrchestratorFunc<JsonElement, JsonElement?>(Workflows.Group.Name, (context, input) => Orchestrators.Group(context, input));
        tasks.AddOrchestratorFunc<JsonElement, JsonElement?>(Workflows.Lane.Name, (context, input) => Orchestrators.Lane(context, input));
        tasks.AddActivityFunc<JsonElement, JsonElement>(Activities.OpenRoundName.Name, (_, input) => activities.OpenRound(input, CancellationToken.None));
        tasks.AddActivityFunc<JsonElement, JsonElement>(Activities.AdvanceName.Name, (_, input) => activities.Advance(input, CancellationToken.None));
        tasks.AddActivityFunc<JsonElement, JsonElement>(Activities.WorkName.Name, (_, input) => activities.Work(input, client(), CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync();
        _worker.Dispose();
        _channel.Dispose();
        await _server.DisposeAsync();
    }
}
