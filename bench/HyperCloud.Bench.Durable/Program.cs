// What Durable costs over Azurite: our lanes beside a bare fan-out of the same number of no-op activities, in one run. Use the ratios.
//   dotnet run -c Release --project bench/HyperCloud.Bench.Durable -- "CONNECTION STRING" [RUNS]
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using DurableTask.AzureStorage;
using HyperCloud.Core;
using HyperCloud.Functions;
using HyperCloud.Functions.Tests;
using HyperCloud.Storage;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging.Abstractions;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string connection = args.Length > 0 ? args[0] : throw new ArgumentException("give Azurite's connection string");
int runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 300;
using var requests = new StorageRequests();
Console.WriteLine($"{runs} runs (a quarter where one at a time, ten times as many where packed); Durable over Azurite, {Environment.ProcessorCount} cores");
Console.WriteLine();
Console.WriteLine("| shape | in flight | runs/s | of bare | requests per run: Durable | ours |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (int width in new[] { 1, 16, 64 })
{
    double bare = await Measure("bare fan-out", width, TimeSpan.Zero, Shape.Bare, heavy: false, 0);
    await Measure("lanes, unpacked", width, TimeSpan.Zero, Shape.Lanes, heavy: false, bare);
    await Measure("lanes, packed", width, TimeSpan.FromSeconds(10), Shape.Lanes, heavy: false, bare);
}

Console.WriteLine();
Console.WriteLine("Heavy-tailed (4 % of 6 s, the rest 0.2 s), 16 wide:");
Console.WriteLine();
Console.WriteLine("| shape | in flight | runs/s | of the window | requests per run: Durable | ours |");
Console.WriteLine("|---|---|---|---|---|---|");
double window = await Measure("window that drains", 16, TimeSpan.Zero, Shape.Window, heavy: true, 0);
await Measure("lanes, packed", 16, TimeSpan.FromSeconds(2), Shape.Lanes, heavy: true, window);

async Task<double> Measure(string name, int width, TimeSpan pack, Shape shape, bool heavy, double reference)
{
    // One at a time is slow. Packing pays where a lane has many runs, so it gets ten times as many; rates are per run.
    int count = (width == 1 ? runs / 4 : runs) * (pack > TimeSpan.Zero && !heavy ? 10 : 1);
    string prefix = "b" + string.Concat(Guid.NewGuid().ToByteArray().Select(b => (char)('a' + (b % 26))));
    ITaskHub service = AzureTaskHub.Open(new AzureStorageOrchestrationServiceSettings
    {
        TaskHubName = prefix,
        StorageAccountClientProvider = new StorageAccountClientProvider(connection),
        PartitionCount = 4,
        MaxQueuePollingInterval = TimeSpan.FromMilliseconds(100),
        MaxConcurrentTaskActivityWorkItems = width,
    });
    await service.CreateIfNotExistsAsync();
    await using IStore store = StoreAddress.Open(connection, new StoreAddressOptions { Prefix = prefix });
    var hub = new SweepHub(store, new Dictionary<string, IRunner> { ["noop"] = new NoOp(heavy) }, TimeProvider.System, new HubOptions
    {
        WorkRoot = Path.GetTempPath(),
        PackFor = pack,
        Heartbeat = TimeSpan.FromSeconds(30),
        Fleet = prefix,
        Backstop = TimeSpan.FromSeconds(30),
    });
    var hosting = new DurableHosting(hub, NullLogger<DurableHosting>.Instance);
    await using DurableServer server = await DurableServer.Start(service, new ActivityFunctions(hub, new Activities(hub), hosting), Bare.Register(width, heavy));
    hosting.Use(server.Client);
    // The first orchestration waits for the hub's partitions to be taken.
    await server.Client.WaitForInstanceCompletionAsync(await server.Client.ScheduleNewOrchestrationInstanceAsync("Bare", 1));

    int done = count;
    long before = requests.Total, ours = store.Calls.Total, started = Stopwatch.GetTimestamp();
    if (shape == Shape.Lanes)
    {
        await new SweepService(hub).Create("bench", Spec(count, width), "/nowhere", [], CancellationToken.None);
        await hosting.Wake("bench", CancellationToken.None);
        await server.Client.WaitForInstanceCompletionAsync("bench", CancellationToken.None);
        done = await hub.Session("bench").Read(s => s.Trials.Sum(t => t.Runs.Count), CancellationToken.None);
    }
    else
    {
        string orchestration = shape == Shape.Bare ? "Bare" : "Window";
        await server.Client.WaitForInstanceCompletionAsync(await server.Client.ScheduleNewOrchestrationInstanceAsync(orchestration, count));
    }

    double rate = done / Stopwatch.GetElapsedTime(started).TotalSeconds;
    ours = store.Calls.Total - ours;
    long all = requests.Total - before;
    Console.WriteLine($"| {name} | {width} | {rate:F1} | {(reference > 0 ? $"{rate / reference:F2} ×" : "1")} | {(all - ours) / (double)done:F1} | {ours / (double)done:F1} |");
    return rate;
}

static SweepSpec Spec(int trials, int parallel) => new()
{
    Name = "bench",
    Objective = new ObjectiveSpec { Metric = "loss" },
    Space = new Space([new FloatParameter("x", 0, 1) { Default = ParameterValue.Of(0.5) }]),
    Search = new SearchSpec { Algorithm = "random", Seed = 1 },
    Limits = new LimitsSpec { Trials = trials, Parallel = parallel },
    Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 4, MaxSeeds = 2 }, Evaluation = new EvaluationSpec { Seeds = 5 } },
    Trial = new TrialSpec { Runner = "noop", Options = JsonDocument.Parse("{}").RootElement },
};

internal enum Shape
{
    Bare,
    Window,
    Lanes,
}

/// <summary>The limit: activities of one orchestration, all at once, and in a window that drains before it goes on.</summary>
internal static class Bare
{
    public static Action<DurableTaskRegistry> Register(int width, bool heavy) => tasks =>
    {
        tasks.AddActivityFunc<int, int>("NoOp", async (context, n) =>
        {
            // The run time that is being measured against.
            if (heavy) await Task.Delay(NoOp.Time(n));
            return n;
        });
        tasks.AddOrchestratorFunc<int, int>("Bare", async (context, n) =>
        {
            await Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("NoOp", i)));
            return n;
        });
        tasks.AddOrchestratorFunc<int, int>("Window", async (context, n) =>
        {
            for (int first = 0; first < n; first += width)
                await Task.WhenAll(Enumerable.Range(first, Math.Min(width, n - first)).Select(i => context.CallActivityAsync<int>("NoOp", i)));
            return n;
        });
    };
}

internal sealed class NoOp(bool heavy) : IRunner
{
    public string Kind => "noop";

    public static TimeSpan Time(int n) => TimeSpan.FromSeconds(n % 25 == 24 ? 6 : 0.2);

    public bool HasHoldout(TrialSpec trial) => true;

    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => [];

    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation) => ValueTask.FromResult(new RunnerCheck([], []));

    public RunPreview Preview(RunRequest request) => new([Kind], "", new Dictionary<string, string>());

    public ValueTask End(string handle, CancellationToken cancellation) => ValueTask.CompletedTask;

    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        // As above.
        if (heavy) await Task.Delay(Time(request.Run.Trial), cancellation);
        await reporter.Report(new RunReport(null, new Dictionary<string, double> { [request.Metric] = request.Assignment["x"]!.Value.AsNumber() }), cancellation);
        return new RunOutcome.Finished();
    }
}

/// <summary>Counts the HTTP requests of this process but those of gRPC.</summary>
internal sealed class StorageRequests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public StorageRequests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "http.client.request.duration") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
                if (tag is { Key: "network.protocol.version", Value: "2" }) return;
            _counts.AddOrUpdate("http", 1, static (_, n) => n + 1);
        });
        _listener.Start();
    }

    public long Total => _counts.GetValueOrDefault("http");

    public void Dispose() => _listener.Dispose();
}
