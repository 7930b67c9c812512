using System.CommandLine;
using System.Net;
using HyperCloud.Local;
using HyperCloud.Sweeps;
using HyperCloud.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud serve</c>: the HTTP API over a store, and a host for all its sweeps.</summary>
internal static class ServeCommand
{
    private const string KeyVariable = "HYPERCLOUD_KEY";

    private static readonly Option<string> Url = new("--url") { Description = "Address to listen on; port 0 takes a free one.", DefaultValueFactory = _ => "http://127.0.0.1:8484" };
    private static readonly Option<string?> Key = new("--key") { Description = $"Key that callers must present, at least {ApiGuard.KeyLength} characters (default: ${KeyVariable}). Needed on every address but loopback ones." };
    private static readonly Option<string> Base = new("--base") { Description = "Folder that relative paths of submitted specs refer to (default: this folder).", DefaultValueFactory = _ => "." };
    private static readonly Option<int> Sweeps = new("--sweeps") { Description = "Sweeps that go on at once; others wait.", DefaultValueFactory = _ => 16 };
    private static readonly Option<string?> PublicUrl = new("--public-url") { Description = "Address under which workers and endpoints reach the server to report, where it is another than they ask under." };
    private static readonly Option<string[]> AllowHost = new("--allow-host") { Description = "Host name that the server answers for, beside those of loopback. May be repeated." };

    public static Command Create()
    {
        var command = new Command("serve", "Offer the HTTP API and run all sweeps of the store until Ctrl-C; they go on at the next start.") { Url, Key, Base, Sweeps, PublicUrl, AllowHost };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        (string url, bool loopback) = Address(parsed.GetValue(Url)!);
        string? key = ReadKey(parsed, loopback);
        string baseDirectory = Path.GetFullPath(parsed.GetValue(Base)!);
        if (!Directory.Exists(baseDirectory)) throw new CliException(ExitCodes.BadInput, $"--base: there is no folder '{baseDirectory}'");
        int sweeps = parsed.GetValue(Sweeps);
        if (sweeps < 1) throw new CliException(ExitCodes.BadInput, $"--sweeps must be at least 1, but got {sweeps}");
        // Objectives written in C# compute on the thread pool; requests must not wait until it has grown one by one.
        ThreadPool.SetMinThreads(Math.Max(64, Environment.ProcessorCount * 8), 16);

        await using IStore store = parsed.OpenStore();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-dd HH:mm:ss ";
        });
        // Data goes to standard output, talk to standard error.
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(k => k.AddServerHeader = false);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));
        // Known once the server listens, which is before the first run begins.
        WebApplication? listening = null;
        string? publicUrl = parsed.GetValue(PublicUrl);
        HubOptions hosting = parsed.HubOptions() with { ReportBase = () => publicUrl ?? (listening is null ? null : ReachableHere(Listening(listening))) };
        builder.Services.AddSingleton(services => new SweepSupervisor(
            store, Common.Runners, TimeProvider.System, hosting, new SupervisorOptions { MaxSweeps = sweeps }, services.GetRequiredService<ILogger<SweepSupervisor>>()));
        builder.Services.AddHostedService<Supervision>();

        await using WebApplication app = builder.Build();
        listening = app;
        app.UseHyperCloudApi(new Api(
            parsed.OpenHub(store), app.Services.GetRequiredService<SweepSupervisor>(),
            new ApiOptions
            {
                Specs = Common.Specs(trialRequired: false),
                PublicUrl = publicUrl,
                BaseDirectory = baseDirectory,
                Key = key,
                Hosts = Hosts(parsed.GetValue(AllowHost) ?? [], loopback),
                Stopping = app.Lifetime.ApplicationStopping,
            },
            app.Services.GetRequiredService<ILogger<Api>>()));
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException e)
        {
            throw new CliException(ExitCodes.BadInput, $"cannot listen on {url}: {e.Message}");
        }

        Console.WriteLine($"listening on {Listening(app)}");
        await Console.Out.FlushAsync(cancellation);
        await app.WaitForShutdownAsync(cancellation);
        return ExitCodes.Ok;
    }

    /// <summary>The address to listen on, and whether only this machine can reach it.</summary>
    private static (string Url, bool Loopback) Address(string url)
    {
        // '*' and '+' stand for every address; they are no host names of URIs.
        string readable = url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(readable, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/")
            throw new CliException(ExitCodes.BadInput, $"--url is http://ADDRESS:PORT, but got '{url}'; for https put a proxy in front");
        // A free port cannot be had on both loopback addresses at once.
        if (uri is { Host: "localhost", Port: 0 }) return ("http://127.0.0.1:0", true);
        bool loopback = uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
        return (readable, loopback);
    }

    private static string Listening(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>An address that listens everywhere is reached from this machine, where commands run, under a loopback one.</summary>
    private static string ReachableHere(string address) => address.Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal).Replace("//[::]", "//[::1]", StringComparison.Ordinal);

    private static string? ReadKey(ParseResult parsed, bool loopback)
    {
        string? key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable(KeyVariable);
        // Runs inherit the environment, and need not know it.
        Environment.SetEnvironmentVariable(KeyVariable, null);
        if (string.IsNullOrEmpty(key))
            return loopback ? null : throw new CliException(ExitCodes.BadInput,
                $"whoever reaches this address could run programs on this machine: give a key with --key or ${KeyVariable}, or listen on 127.0.0.1");
        return key.Length >= ApiGuard.KeyLength ? key : throw new CliException(ExitCodes.BadInput, $"a key has at least {ApiGuard.KeyLength} characters, but this one has {key.Length}");
    }

    /// <summary>On loopback any web page can reach the server, so names are checked; elsewhere the key keeps strangers out.</summary>
    private static string[]? Hosts(string[] allowed, bool loopback) => loopback || allowed.Length > 0 ? [.. ApiGuard.LoopbackHosts, .. allowed] : null;

    /// <summary>Runs the supervisor as long as the server.</summary>
    private sealed class Supervision(SweepSupervisor supervisor, IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (lifetime.ApplicationStarted.Register(started.SetResult))
            await using (stoppingToken.Register(() => started.TrySetCanceled(stoppingToken)))
                await started.Task;
            await Task.Run(() => supervisor.Run(stoppingToken), CancellationToken.None);
        }
    }
}
