using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Sources;

/// <summary>Sweeps at a server. What a verb needs of a sweep it takes from the sweep's record, read over HTTP and folded here as from a store.</summary>
internal sealed class ServerSource(ServerClient client) : ISweepSource
{
    public string Description => client.Address;

    public bool RunsSweeps => true;

    public ServerClient Client => client;

    public async Task<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation)
    {
        List<SweepSummary> sweeps = [];
        string next = "";
        while (true)
        {
            JsonElement page = await client.Get($"/api/sweeps?limit=1000{next}", cancellation);
            sweeps.AddRange(page.GetProperty("items").EnumerateArray().Select(Item));
            if (!page.TryGetProperty("next", out JsonElement cursor)) return sweeps;
            next = $"&cursor={cursor.GetString()}";
        }
    }

    public SweepLog Log(SweepSummary sweep) => new ServerLog(client, sweep.Id);

    public async Task<string?> Host(string sweep, CancellationToken cancellation) => Optional(await client.Get(Path(sweep), cancellation), "host");

    public async Task<RunDetails?> Details(string sweep, RunKey run, int attempt, CancellationToken cancellation)
    {
        if (attempt == 0) return null;
        JsonElement body = await client.Get(string.Create(CultureInfo.InvariantCulture, $"{Path(sweep)}/runs/{run}?attempt={attempt}"), cancellation);
        if (Optional(body, "host") is not { } host) return null;
        return new RunDetails
        {
            Run = run.ToString(),
            Attempt = body.GetProperty("attempt").GetInt32(),
            Host = host,
            StartedAt = body.GetProperty("startedAt").GetDateTimeOffset(),
            Message = Optional(body, "message"),
            Log = [.. body.GetProperty("log").EnumerateArray().Select(l => l.GetString()!)],
            Reports = [.. body.GetProperty("reports").EnumerateArray().Select(Report)],
            ReportCount = body.GetProperty("reportCount").GetInt32(),
        };
    }

    public Task<byte[]> Capsule(SweepSummary sweep, CancellationToken cancellation) => client.Download($"{Path(sweep.Id)}/capsule", cancellation);

    public async Task<bool> SetPaused(SweepSummary sweep, bool paused, CancellationToken cancellation) =>
        (await client.Send(HttpMethod.Post, $"{Path(sweep.Id)}/{(paused ? "pause" : "resume")}", cancellation)).Status == HttpStatusCode.Accepted;

    public async Task<bool> Cancel(SweepSummary sweep, CancellationToken cancellation) =>
        (await client.Send(HttpMethod.Post, $"{Path(sweep.Id)}/cancel", cancellation)).Status == HttpStatusCode.Accepted;

    public async Task<int> Retry(SweepSummary sweep, CancellationToken cancellation) =>
        (await client.Send(HttpMethod.Post, $"{Path(sweep.Id)}/retry", cancellation)).Body.GetProperty("runs").GetArrayLength();

    public Task Delete(SweepSummary sweep, bool force, CancellationToken cancellation) =>
        client.Send(HttpMethod.Delete, Path(sweep.Id) + (force ? "?force=true" : ""), cancellation);

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Path(string sweep) => $"/api/sweeps/{Uri.EscapeDataString(sweep)}";

    private static SweepSummary Item(JsonElement item) => new()
    {
        Id = item.GetProperty("id").GetString()!,
        Name = item.GetProperty("name").GetString()!,
        Status = Enum.Parse<SweepStatus>(item.GetProperty("status").GetString()!, ignoreCase: true),
        Stage = Optional(item, "stage") is { } stage ? Enum.Parse<StageKind>(stage, ignoreCase: true) : null,
        Trials = item.GetProperty("trials").GetInt32(),
        Champion = item.TryGetProperty("champion", out JsonElement champion) ? champion.GetInt32() : null,
        Front = item.TryGetProperty("front", out JsonElement front) ? front.GetInt32() : null,
        CreatedAt = item.GetProperty("createdAt").GetDateTimeOffset(),
        Deleting = item.TryGetProperty("deleting", out JsonElement deleting) && deleting.GetBoolean(),
        BaseDirectory = "",
    };

    private static RunReport Report(JsonElement report) => new(
        report.TryGetProperty("step", out JsonElement step) && step.ValueKind == JsonValueKind.Number ? step.GetDouble() : null,
        report.GetProperty("metrics").EnumerateObject().ToImmutableSortedDictionary(m => m.Name, m => Number(m.Value)));

    // Not every metric is finite, and JSON has no word for the others but text.
    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : value.GetString() switch
    {
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.NaN,
    };

    private static string? Optional(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private sealed class ServerLog(ServerClient client, string sweep) : SweepLog
    {
        /// <summary>The longest that one request waits; a server that goes away is noticed by then.</summary>
        private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

        private string _cursor = "", _digest = EventLog.Genesis;
        private long _seq = -1;

        protected override async Task<IReadOnlyList<LogEntry>> Read(TimeSpan wait, CancellationToken cancellation)
        {
            TimeSpan time = wait < LongestWait ? wait : LongestWait;
            JsonElement page = await client.Get(
                string.Create(CultureInfo.InvariantCulture, $"{Path(sweep)}/events?limit=1000{(time >= TimeSpan.FromSeconds(1) ? $"&wait={(int)time.TotalSeconds}s" : "")}{_cursor}"), cancellation);
            List<LogEntry> entries = [.. page.GetProperty("items").EnumerateArray().Select(Check)];
            if (page.TryGetProperty("next", out JsonElement next)) _cursor = $"&cursor={next.GetString()}";
            return entries;
        }

        private LogEntry Check(JsonElement item)
        {
            string text = item.GetProperty("entry").GetRawText();
            LogEntry entry;
            try
            {
                entry = JsonSerializer.Deserialize(text, SweepsJson.Default.LogEntry)!;
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                throw new CliException(ExitCodes.Server, $"the server's record has entries that this program does not know (entry {_seq + 1}): use a newer hypercloud");
            }

            string digest = EventLog.Chain(_digest, text);
            if (entry.Seq != _seq + 1) throw new LogBrokenException(_seq + 1, $"entry {_seq + 1} is missing: the next one is {entry.Seq}");
            if (digest != item.GetProperty("digest").GetString()) throw new LogBrokenException(entry.Seq, $"entry {entry.Seq} was edited: its content gives another digest");
            (_seq, _digest) = (entry.Seq, digest);
            return entry with { Digest = digest };
        }
    }
}
