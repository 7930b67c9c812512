using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using HyperCloud.Runners;
using HyperCloud.Search;
using HyperCloud.Storage;
using HyperCloud.Sweeps;
using HyperCloud.Web;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace HyperCloud.Functions;

/// <summary>What the functions need.</summary>
public static class HyperCloudServices
{
    /// <summary>Registers the store, the runners, the engine, the API and telemetry.</summary>
    public static FunctionsApplicationBuilder AddHyperCloud(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddHyperCloud(builder.Configuration);
        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry();
        telemetry.UseFunctionsWorkerDefaults();
        telemetry.WithMetrics(m => m.AddMeter(HubTelemetry.Name)).WithTracing(t => t.AddSource(HubTelemetry.Name));
        if (builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 })
        {
            telemetry.UseAzureMonitorExporter();
            builder.Services.Configure<AzureMonitorExporterOptions>(o => o.Credential ??= TelemetryIdentity(builder.Configuration));
        }

        return builder;
    }

    /// <summary>
    /// The identity that telemetry is sent under, of the setting by which the Functions host knows it, <c>ClientId=…;Authorization=AAD</c>; the exporter
    /// of the worker does not read it by itself. Without a client id the system-assigned one; null without the setting: the key of the connection string.
    /// </summary>
    internal static TokenCredential? TelemetryIdentity(IConfiguration configuration)
    {
        if (configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] is not { Length: > 0 } text) return null;
        Dictionary<string, string> parts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2))
            .Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1], StringComparer.OrdinalIgnoreCase);
        if (parts.GetValueOrDefault("Authorization") != "AAD") return null;
        return new ManagedIdentityCredential(parts.GetValueOrDefault("ClientId") is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned);
    }

    /// <summary>Registers everything but telemetry.</summary>
    public static IServiceCollection AddHyperCloud(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<HyperCloudOptions>()
            .Bind(configuration.GetSection(HyperCloudOptions.Section))
            .PostConfigure(options =>
            {
                if (options.Store.Length == 0 && configuration["AzureWebJobsStorage"] is { Length: > 0 } hub) options.Store = hub;
            })
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(s =>
        {
            IStore store = StoreAddress.Open(s.GetRequiredService<IOptions<HyperCloudOptions>>().Value.Store);
            HubTelemetry.Observe(store);
            return store;
        });
        services.AddSingleton(s => RunnerRegistry.Create(s.GetRequiredService<TimeProvider>(), s.GetServices<IObjective>()));
        services.AddSingleton(CreateHub);
        services.AddSingleton<Activities>();
        services.AddSingleton<DurableHosting>();
        services.AddSingleton(CreateApi);
        services.AddHostedService<Departure>();
        return services;
    }

    private static SweepHub CreateHub(IServiceProvider services)
    {
        HyperCloudOptions options = services.GetRequiredService<IOptions<HyperCloudOptions>>().Value;
        string? publicUrl = PublicUrl(options);
        return new SweepHub(
            services.GetRequiredService<IStore>(),
            services.GetRequiredService<RunnerRegistry>().All.ToDictionary(r => r.Kind, StringComparer.Ordinal),
            services.GetRequiredService<TimeProvider>(),
            new HubOptions
            {
                WorkRoot = Path.GetFullPath(options.Work ?? Path.Combine(Path.GetTempPath(), "hypercloud")),
                // The folder of the instance at hand: a sweep outlives the version of the app that it was submitted to.
                BaseDirectory = BaseDirectory(options),
                Host = $"{Environment.GetEnvironmentVariable("WEBSITE_INSTANCE_ID") ?? Environment.MachineName}/{Environment.ProcessId}",
                Fleet = $"functions {Environment.GetEnvironmentVariable("WEBSITE_SITE_NAME") ?? "local"}",
                PackFor = TimeSpan.FromSeconds(options.PackSeconds),
                SliceFor = options.SliceMinutes > 0 ? TimeSpan.FromMinutes(options.SliceMinutes) : null,
                Heartbeat = TimeSpan.FromSeconds(options.HeartbeatSeconds),
                Backstop = TimeSpan.FromSeconds(30),
                ReportBase = () => publicUrl,
                Webhooks = new WebhookSender(WebhookOptions.FromEnvironment(), services.GetRequiredService<TimeProvider>()),
                Costs = new CostOptions
                {
                    Prices = options.Prices,
                    InstanceMemoryMb = options.InstanceMemoryMb,
                    ContainerVcpu = (decimal)options.ContainerVcpu,
                    ContainerGib = (decimal)options.ContainerGib,
                },
            });
    }

    private static Api CreateApi(IServiceProvider services)
    {
        HyperCloudOptions options = services.GetRequiredService<IOptions<HyperCloudOptions>>().Value;
        RunnerRegistry runners = services.GetRequiredService<RunnerRegistry>();
        return new Api(
            services.GetRequiredService<SweepHub>(),
            services.GetRequiredService<DurableHosting>(),
            new ApiOptions
            {
                Specs = new SpecContext { Runners = runners.All.ToDictionary(r => r.Kind, StringComparer.Ordinal), Algorithms = SearchAlgorithms.Names, Currency = options.Prices.Currency, TrialRequired = false },
                BaseDirectory = BaseDirectory(options),
                PublicUrl = PublicUrl(options),
                Stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
            },
            services.GetRequiredService<ILogger<Api>>());
    }

    private static string BaseDirectory(HyperCloudOptions options) => options.Base is { Length: > 0 } given ? Path.GetFullPath(given) : AppContext.BaseDirectory;

    private static string? PublicUrl(HyperCloudOptions options) =>
        options.PublicUrl is { Length: > 0 } given ? given
        : Environment.GetEnvironmentVariable("WEBSITE_HOSTNAME") is { Length: > 0 } host ? $"{(host.StartsWith("localhost", StringComparison.Ordinal) ? "http" : "https")}://{host}"
        : null;

    /// <summary>When the platform takes the instance away, the runs on it end as pre-empted, which costs them nothing, instead of being found lost.</summary>
    private sealed class Departure(SweepHub hub, IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.ApplicationStopping.Register(hub.Leave);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
