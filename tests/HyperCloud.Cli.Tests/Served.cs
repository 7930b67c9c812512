using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace HyperCloud.Cli.Tests;

/// <summary>A server process on a free port.</summary>
internal sealed class Served : IDisposable
{
    private readonly HttpClient _client = new();

    private readonly Workplace _place;

    private Served(Workplace place, Process process, string url, string? key)
    {
        (_place, Process, Url) = (place, process, url);
        if (key is not null) _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Process Process { get; }

    public string Url { get; }

    public static async Task<Served> Start(Workplace place, string? key = null, params string[] options)
    {
        Process process = place.Start(new Dictionary<string, string?> { ["HYPERCLOUD_KEY"] = key }, ["serve", "--url", "http://127.0.0.1:0", .. options]);
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        const string Words = "listening on ";
        if (line?.StartsWith(Words, StringComparison.Ordinal) != true) Assert.Fail($"it said '{line}' and {await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
        return new Served(place, process, line![Words.Length..], key);
    }

    /// <summary>Runs a verb at this server.</summary>
    public Outcome Run(params string[] arguments) => _place.Run([.. arguments, "--server", Url]);

    public async Task<string> Submit(string spec)
    {
        using var content = new StringContent(spec, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage response = await _client.PostAsync($"{Url}/api/sweeps", content, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> Get(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(Url + path, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task<JsonElement> Post(string path, string json, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path.StartsWith("http", StringComparison.Ordinal) ? path : Url + path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Watches until so many further entries have come; answers where it stands.</summary>
    public async Task<string> WatchEntries(string id, int count, string cursor)
    {
        for (int entries = 0; entries < count; entries++)
        {
            JsonElement page = await Get($"/api/sweeps/{id}/events?wait=20s&limit=1{cursor}");
            Assert.True(page.GetProperty("items").GetArrayLength() > 0, "nothing happened for 20 s");
            cursor = $"&cursor={page.GetProperty("next").GetString()}";
        }

        return cursor;
    }

    /// <summary>SIGKILL, to this process alone.</summary>
    public async Task Kill()
    {
        Process.Kill();
        await Process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async Task WatchToTheEnd(string id)
    {
        string cursor = "";
        while (true)
        {
            JsonElement page = await Get($"/api/sweeps/{id}/events?wait=20s&limit=1000{cursor}");
            JsonElement[] items = [.. page.GetProperty("items").EnumerateArray()];
            Assert.True(items.Length > 0, "nothing happened for 20 s");
            if (items[^1].GetProperty("entry").GetProperty("event").GetProperty("type").GetString() == "sweep-ended") return;
            cursor = $"&cursor={page.GetProperty("next").GetString()}";
        }
    }

    /// <summary>Ends it as a service manager does.</summary>
    public Outcome End()
    {
        using (Process kill = Process.Start("kill", ["-TERM", Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        return Workplace.Finish(Process);
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        Process.Dispose();
        _client.Dispose();
    }
}
