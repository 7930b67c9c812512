using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Local;
using HyperCloud.Search;
using HyperCloud.Storage;
using HyperCloud.Sweeps;
using HyperCloud.Web;
using HyperCloud.Web.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Runners.Tests;

/// <summary>Whole sweeps in containers: a server that takes reports over HTTP, Azure that starts what a test puts in a container's place.</summary>
public sealed class ContainerScenarios : IAsyncDisposable
{
    private const string Spec = $$"""
        name: boxes
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
        search: {algorithm: random, seed: 3}
        limits: {trials: 5, parallel: 2}
        seeds:
          selection: {top: 2, runs: 4}
          evaluation: {seeds: 3, holdout: none}
        trial: {container: {job: {{FakeAzure.Job}}, lease: 30s} }
        """;

    private readonly MemoryStore _store = new();
    private readonly ManualTime _time = new();
    private readonly HttpClient _client = new();
    private readonly CancellationTokenSource _stop = new();
    private FakeAzure _azure = null!;
    private WebApplication? _app;
    private SweepSupervisor _supervisor = null!;
    private SweepHub _hub = null!;
    private Task _supervision = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervision;
        if (_app is not null) await _app.DisposeAsync();
        await _azure.DisposeAsync();
        await _store.DisposeAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    // With the clock of the machine a supervisor runs the sweep; with a clock of its own the test is the host.
    private async Task Serve(bool supervise)
    {
        _azure = await FakeAzure.Start();
        TimeProvider time = supervise ? TimeProvider.System : _time;
        var runners = new Dictionary<string, IRunner> { ["container"] = new ContainerRunner(TimeProvider.System, new FakeIdentity(), _azure.Url) };
        string? address = null;
        var options = new HubOptions { WorkRoot = Path.GetTempPath(), ReportBase = () => address, RefreshInterval = TimeSpan.Zero };
        _supervisor = new SweepSupervisor(_store, runners, time, options, new(), NullLogger<SweepSupervisor>.Instance);
        _hub = new SweepHub(_store, runners, time, options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseHyperCloudApi(new Api(
            _hub, _supervisor,
            new ApiOptions
            {
                Specs = new SpecContext { Runners = runners, Algorithms = SearchAlgorithms.Names, TrialRequired = false },
                BaseDirectory = Path.GetTempPath(),
                Hosts = ApiGuard.LoopbackHosts,
                PollInterval = TimeSpan.FromMilliseconds(20),
            },
            NullLogger<Api>.Instance));
        await _app.StartAsync(TestContext.Current.CancellationToken);
        address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _client.BaseAddress = new Uri(address);
        if (supervise) _supervision = Task.Run(() => _supervisor.Run(_stop.Token));
    }

    private async Task<string> Submit(string lease = "30s")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Spec.Replace("lease: 30s", "lease: " + lease, StringComparison.Ordinal))) { Headers = { ContentType = new MediaTypeHeaderValue("application/yaml") } };
        HttpResponseMessage response = await _client.PostAsync("/api/sweeps", content, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
    }

    // The API's long poll.
    private async Task Ended(string id)
    {
        for (string cursor = ""; ;)
        {
            JsonElement page = await _client.GetFromJsonAsync<JsonElement>($"/api/sweeps/{id}/events?wait=20s&limit=1000{cursor}", TestContext.Current.CancellationToken);
            JsonElement[] items = [.. page.GetProperty("items").EnumerateArray()];
            Assert.NotEmpty(items);
            if (items.Any(i => i.GetProperty("entry").GetProperty("event").GetProperty("type").GetString() == "sweep-ended")) return;
            cursor = $"&cursor={page.GetProperty("next").GetString()}";
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> Say(Execution execution, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, execution.Environment["HYPERCLOUD_REPORT_URL"]) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", execution.Environment["HYPERCLOUD_REPORT_TOKEN"]);
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static string Loss(Execution execution)
    {
        using var parameters = JsonDocument.Parse(execution.Environment["HYPERCLOUD_PARAMS"]);
        double x = parameters.RootElement.GetProperty("x").GetDouble();
        return (x * x + int.Parse(execution.Environment["HYPERCLOUD_SEED"], CultureInfo.InvariantCulture) % 1000 / 1e4).ToString("R", CultureInfo.InvariantCulture);
    }

    private async Task Work(Execution execution)
    {
        Assert.Equal(HttpStatusCode.OK, (await Say(execution, $$"""{"step": 1, "loss": {{Loss(execution)}}}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Say(execution, """{"state": "completed"}""")).Status);
    }

    [Fact]
    public async Task A_sweep_whose_containers_report_over_http()
    {
        await Serve(supervise: true);
        List<Task> containers = [];
        // Each begins before Azure has answered its start, and may be done by then.
        _azure.Begun = execution =>
        {
            lock (containers) containers.Add(Task.Run(() => Work(execution)));
        };
        string id = await Submit();
        await Ended(id);
        await Task.WhenAll(containers);
        SweepState state = await _hub.Session(id).Read(s => s, TestContext.Current.CancellationToken, force: true);
        Assert.Equal(SweepStatus.Finished, state.Status);
        RunRecord[] runs = [.. state.Trials.SelectMany(t => t.Runs.Values)];
        Assert.All(runs, r => Assert.Equal((1, true), (r.Attempt, r.Completed)));
        Assert.Equal(runs.Length, _azure.Executions.Count);
        Assert.Empty(_azure.Stopped);
        Assert.IsType<ReplayResult.Verified>(await Replayer.Replay(_store, id, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task One_that_dies_silently_is_lost_with_its_lease_ended_and_tried_again()
    {
        await Serve(supervise: false);
        string id = await Submit();
        var activities = new Activities(_hub);
        CancellationToken token = TestContext.Current.CancellationToken;
        int round = (await activities.OpenRound(new OpenRoundInput(id, "test"), token)).Round;
        AdvanceOutput stage = await activities.Advance(new AdvanceInput(id, round), token);
        while (stage.Kind != "stage") stage = await activities.Advance(new AdvanceInput(id, round), token);

        Execution first = await Started(0);
        Assert.Equal(HttpStatusCode.OK, (await Say(first, """{"step": 1, "loss": 9}""")).Status);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal("wait", (await Lane(0)).Kind); // it may still come back
        _time.Advance(TimeSpan.FromSeconds(2));
        Execution second = await Started(1);
        Assert.Equal(["train-1"], _azure.Stopped); // dead or not
        Assert.Equal(("0-search-0", "2"), (second.Environment["HYPERCLOUD_RUN"], second.Environment["HYPERCLOUD_ATTEMPT"]));
        Assert.Equal(first.Environment["HYPERCLOUD_SEED"], second.Environment["HYPERCLOUD_SEED"]);

        (HttpStatusCode late, string said) = await Say(first, """{"state": "completed", "loss": 1}""");
        Assert.Equal(HttpStatusCode.Conflict, late);
        Assert.Contains("attempt 2 has taken its place", said, StringComparison.Ordinal);
        await Work(second);
        SweepState state = await _hub.Session(id).Read(s => s, token, force: true);
        RunRecord run = state.Run(new RunKey(0, SeedPool.Search, 0))!;
        Assert.Equal((2, 1, true), (run.Attempt, run.Lost, run.Completed));
        Assert.Equal(Loss(second), run.Result!.Value!.Value.ToString("R", CultureInfo.InvariantCulture));

        // The lane works until so many executions were started before, and one more.
        async Task<Execution> Started(int before)
        {
            for (int step = 0; _azure.Executions.Count == before;) step = (await Lane(step)).Step;
            return _azure.Executions.Last();
        }

        Task<WorkOutput> Lane(int step) => activities.Work(new WorkInput(id, round, stage.Stage, 0, step), token);
    }

    [Theory]
    [InlineData("Failed", "execution-failed")]
    [InlineData("Stopped", "execution-stopped")]
    public async Task One_that_azure_knows_to_be_over_is_found_long_before_its_lease_ends(string status, string code)
    {
        (Activities activities, WorkInput lane) = await Lane();
        CancellationToken token = TestContext.Current.CancellationToken;
        Execution first = _azure.Executions.Single();
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("wait", (await activities.Work(lane, token)).Kind);
        Assert.Equal(1, Looks()); // it runs
        _azure.Over[first.Name] = status;
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("wait", (await activities.Work(lane, token)).Kind);
        Assert.Equal(1, Looks()); // asked a moment ago
        _time.Advance(TimeSpan.FromSeconds(31));
        for (int step = 0; _azure.Executions.Count == 1;) step = (await activities.Work(lane with { Step = step }, token)).Step;
        Assert.Equal(2, Looks());
        Assert.Empty(_azure.Stopped);
        SweepState state = await _hub.Session(lane.Sweep).Read(s => s, token, force: true);
        RunRecord run = state.Run(new RunKey(0, SeedPool.Search, 0))!;
        Assert.Equal((2, 1), (run.Attempt, run.Lost));
        Assert.Single(await _store.Query("test", Sweeps.EventLog.Table, Sweeps.EventLog.Partition(lane.Sweep, 0), null, null, 1000, token), r => r.Body.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Conflict, (await Say(first, """{"state": "completed", "loss": 1}""")).Status);
    }

    [Fact]
    public async Task One_that_ended_well_without_a_last_word_counts_by_what_it_reported()
    {
        (Activities activities, WorkInput lane) = await Lane();
        CancellationToken token = TestContext.Current.CancellationToken;
        Execution first = _azure.Executions.Single();
        Assert.Equal(HttpStatusCode.OK, (await Say(first, """{"step": 1, "loss": 9}""")).Status);
        _azure.Over[first.Name] = "Succeeded";
        _time.Advance(TimeSpan.FromMinutes(2));
        for (int step = 0; _azure.Executions.Count == 1;) step = (await activities.Work(lane with { Step = step }, token)).Step;
        SweepState state = await _hub.Session(lane.Sweep).Read(s => s, token, force: true);
        RunRecord run = state.Run(new RunKey(0, SeedPool.Search, 0))!;
        Assert.Equal((1, 0, 9.0), (run.Attempt, run.Lost, run.Result!.Value));
    }

    [Fact]
    public async Task What_azure_cannot_say_is_left_to_the_lease()
    {
        (Activities activities, WorkInput lane) = await Lane();
        CancellationToken token = TestContext.Current.CancellationToken;
        int kind = 0;
        _azure.Disturb = async (what, _, context) =>
        {
            if (what != "look") return false;
            await FakeAzure.Say(context, new[] { 403, 404, 503, 200 }[kind++ % 4], "no word");
            return true;
        };
        for (int minute = 0; minute < 8; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal("wait", (await activities.Work(lane, token)).Kind);
        }

        Assert.InRange(Looks(), 7, 8);
        Assert.Single(_azure.Executions);
    }

    // A lane whose first run goes on in a container.
    private async Task<(Activities, WorkInput)> Lane()
    {
        await Serve(supervise: false);
        CancellationToken token = TestContext.Current.CancellationToken;
        string id = await Submit("15m");
        var activities = new Activities(_hub);
        int round = (await activities.OpenRound(new OpenRoundInput(id, "test"), token)).Round;
        AdvanceOutput stage = await activities.Advance(new AdvanceInput(id, round), token);
        while (stage.Kind != "stage") stage = await activities.Advance(new AdvanceInput(id, round), token);
        var lane = new WorkInput(id, round, stage.Stage, 0, 0);
        Assert.Equal("wait", (await activities.Work(lane, token)).Kind);
        // The first look that a lane takes after the start begins the minute.
        Assert.Equal("wait", (await activities.Work(lane, token)).Kind);
        return (activities, lane);
    }

    private int Looks() => _azure.Calls.Count(c => c.StartsWith("GET /executions/", StringComparison.Ordinal));

    [Fact]
    public async Task The_helper_of_the_docs_reports_from_a_container()
    {
        Assert.SkipWhen(ProgramPath.Find("python3", "/", Environment.GetEnvironmentVariable("PATH"), out string problem) is null, problem);
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs/training-code.md"));
        string helper = page.Split("<!-- container -->")[1].Split("```python\n")[1].Split("```")[0];
        using var directory = new TempDirectory();
        directory.Write("train.py", helper + "\nfor step in (1, 2):\n    if report(step, loss=params['x'] ** 2 + seed % 1000 / 1e4 + 1 / step): break\nreport(state='completed')\n");
        await Serve(supervise: true);
        List<Task> containers = [];
        _azure.Begun = execution =>
        {
            lock (containers) containers.Add(Task.Run(async () =>
            {
                using Process process = Process.Start(new ProcessStartInfo("python3", ["train.py"]) { WorkingDirectory = directory.Path, RedirectStandardError = true }.With(execution.Environment))!;
                string errors = await process.StandardError.ReadToEndAsync();
                await process.WaitForExitAsync();
                Assert.Equal("", errors);
            }));
        };
        string id = await Submit();
        await Ended(id);
        await Task.WhenAll(containers);
        SweepState state = await _hub.Session(id).Read(s => s, TestContext.Current.CancellationToken, force: true);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.All(state.Trials.SelectMany(t => t.Runs.Values), r => Assert.Equal((2.0, true), (r.Result!.Step!.Value, r.Completed)));
    }
}

internal static class StartInfos
{
    public static ProcessStartInfo With(this ProcessStartInfo info, IReadOnlyDictionary<string, string> environment)
    {
        foreach ((string name, string value) in environment) info.Environment[name] = value;
        return info;
    }
}
