using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HyperCloud.Local;
using HyperCloud.Runners;
using HyperCloud.Search;
using HyperCloud.Storage;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Web.Tests;

/// <summary>A response, read.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text, HttpResponseMessage Message)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public Answer Expect(int status)
    {
        Assert.True((int)Status == status, $"status {(int)Status}, not {status}: {Text}");
        return this;
    }

    public JsonElement Problem(int status, string name)
    {
        Expect(status);
        Assert.Equal("application/problem+json", Message.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"/problems/{name}", Json.GetProperty("type").GetString());
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        return Json;
    }

    public string Header(string name) => Message.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : "";
}

/// <summary>The API in memory with a supervisor, over a store that others may share. Every response is held to the contract.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _supervision;

    private Server(WebApplication app, SweepSupervisor supervisor, bool supervise)
    {
        _app = app;
        Supervisor = supervisor;
        Client = app.GetTestClient();
        Client.BaseAddress = new Uri("http://localhost");
        _supervision = supervise ? Task.Run(() => supervisor.Run(_stop.Token)) : Task.CompletedTask;
    }

    public SweepSupervisor Supervisor { get; }

    public HttpClient Client { get; }

    public static async Task<Server> Start(
        IStore? store = null, IEnumerable<IObjective>? objectives = null, Func<ApiOptions, ApiOptions>? configure = null, bool supervise = true, SupervisorOptions? supervision = null)
    {
        store ??= new MemoryStore();
        Dictionary<string, IRunner> runners = RunnerRegistry.Create(objectives: objectives).All.ToDictionary(r => r.Kind, StringComparer.Ordinal);
        var hubOptions = new HubOptions { WorkRoot = Path.GetTempPath() };
        var supervisor = new SweepSupervisor(store, runners, TimeProvider.System, hubOptions, supervision ?? new(), NullLogger<SweepSupervisor>.Instance);
        var options = new ApiOptions
        {
            Specs = new SpecContext { Runners = runners, Algorithms = SearchAlgorithms.Names, TrialRequired = false },
            BaseDirectory = Path.GetTempPath(),
            Hosts = ApiGuard.LoopbackHosts,
            PollInterval = TimeSpan.FromMilliseconds(20),
        };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        WebApplication app = builder.Build();
        app.UseHyperCloudApi(new Api(new SweepHub(store, runners, TimeProvider.System, hubOptions), supervisor, configure?.Invoke(options) ?? options, NullLogger<Api>.Instance));
        await app.StartAsync();
        return new Server(app, supervisor, supervise);
    }

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public Task<Answer> Post(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Post, path, null, headers);

    public Task<Answer> Delete(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Delete, path, null, headers);

    public Task<Answer> Submit(string spec, params (string Name, string Value)[] headers) => Send(HttpMethod.Post, "/api/sweeps", Yaml(spec), headers);

    public async Task<string> Submitted(string spec) => (await Submit(spec)).Expect(202).Json.GetProperty("id").GetString()!;

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response);
        await Contract.Instance.Check(method.Method, path.Split('?')[0], (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, answer.Text);
        return answer;
    }

    /// <summary>Watches a sweep until an entry of some type has come: the API's own long poll.</summary>
    public async Task<List<JsonElement>> Watch(string id, string until)
    {
        List<JsonElement> events = [];
        string cursor = "";
        for (int calls = 0; calls < 1000; calls++)
        {
            JsonElement page = (await Get($"/api/sweeps/{id}/events?wait=20s&limit=1000{cursor}")).Expect(200).Json;
            JsonElement[] items = [.. page.GetProperty("items").EnumerateArray()];
            Assert.True(items.Length > 0, $"nothing happened for 20 s while waiting for {until}");
            events.AddRange(items);
            if (items.Any(i => Type(i) == until)) return events;
            cursor = $"&cursor={page.GetProperty("next").GetString()}";
        }

        throw new InvalidOperationException($"no {until} came");
    }

    public static string Type(JsonElement item) => item.GetProperty("entry").GetProperty("event").GetProperty("type").GetString()!;

    public static ByteArrayContent Yaml(string text) => new(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue("application/yaml") } };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervision;
        await _app.DisposeAsync();
        _stop.Dispose();
    }
}
