using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>The options of the <c>http</c> runner: <c>{url, headers, timeout: 30s, lease: 5m}</c>.</summary>
internal sealed class HttpOptions
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    // RFC 9110 §5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly string[] OurHeaders =
        ["connection", "content-encoding", "content-length", "content-type", "expect", "host", "idempotency-key", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

    private HttpOptions()
    {
    }

    /// <summary>What is wrong with them.</summary>
    public List<RunnerFinding> Findings { get; } = [];

    /// <summary>Where runs are sent.</summary>
    public SecretText Url { get; private set; } = SecretText.Parse("", []);

    /// <summary>Headers beside ours.</summary>
    public ImmutableArray<(string Name, SecretText Value)> Headers { get; private set; } = [];

    /// <summary>How long the answer to one request may take, the body included.</summary>
    public TimeSpan Timeout { get; private set; } = DefaultTimeout;

    /// <summary>How long a run that was answered with 202 may be silent.</summary>
    public TimeSpan Lease { get; private set; } = RemoteRuns.DefaultLease;

    /// <summary>The variables of the host's environment that url and headers name.</summary>
    public IEnumerable<string> Variables => Url.Variables.Concat(Headers.SelectMany(h => h.Value.Variables)).Distinct(StringComparer.Ordinal);

    /// <summary>Whether any finding makes all runs impossible.</summary>
    public bool AreUnusable => Findings.Any(f => f.Fatal);

    /// <summary>Reads the options; never throws.</summary>
    public static HttpOptions Read(TrialSpec trial)
    {
        var options = new HttpOptions();
        if (trial.Options.ValueKind != JsonValueKind.Object)
        {
            options.Findings.Add(new(true, "", $"http must be a mapping such as {{url: https://example.org/train}}, but got {OptionReader.Show(trial.Options)}"));
            return options;
        }

        var reader = new OptionReader("http", trial.Options, options.Findings);
        if (reader.Text("url", required: true) is { } url) options.ReadUrl(url);
        if (reader.Has("headers")) options.ReadHeaders(trial.Options.GetProperty("headers"));
        options.Timeout = options.Span(reader, "timeout", TimeSpan.FromMilliseconds(1)) ?? DefaultTimeout;
        options.Lease = options.Span(reader, "lease", WorkerDesk.ShortestLease) ?? RemoteRuns.DefaultLease;
        reader.RefuseUnknown(key => key is "params" or "body" or "method"
            ? $"http has no option '{key}': every run is sent as POST with a JSON body of a fixed form (docs/spec.md)" : null);
        // The endpoint's processes are not ours.
        foreach ((string key, bool given) in new[] { ("env", trial.Env.Count > 0), ("workdir", trial.WorkDir is not null), ("slots", trial.Slots.Length > 0) })
            if (given) options.Findings.Add(new(false, "", $"trial.{key} has no effect on http"));
        return options;
    }

    /// <summary>The address to send to; null with a sentence, which does not show what came from the environment, when it is none.</summary>
    public static Uri? Address(string url, out string problem)
    {
        problem = "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp) || address.Host.Length == 0)
            problem = "must be an address such as https://example.org/train";
        else if (address.UserInfo.Length > 0) problem = "must hold no user and password; send them in a header, such as {Authorization: \"Basic ${env.NAME}\"}";
        else if (address.Fragment.Length > 0) problem = "must have no part behind '#', which is never sent";
        else return address;
        return null;
    }

    private void ReadUrl(string text)
    {
        Url = Parse(text, "/url", "url: ");
        if (Url.Variables.Any()) return; // Known when it is sent.
        Uri? address = Address(Url.Resolve(_ => null)!, out string problem);
        if (address is null) Findings.Add(new(true, "/url", $"'url' {problem}{(text.Contains('@') ? "" : $", but got '{text}'")}")); // what stands before '@' is a secret
        else if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback)
            Findings.Add(new(false, "/url", $"{address.Host} is reached without encryption: headers and the token of the run can be read on the way; use https"));
    }

    private void ReadHeaders(JsonElement headers)
    {
        if (headers.ValueKind != JsonValueKind.Object)
        {
            Findings.Add(new(true, "/headers", $"'headers' must be a mapping from names to texts, but got {OptionReader.Show(headers)}"));
            return;
        }

        var read = ImmutableArray.CreateBuilder<(string, SecretText)>();
        foreach (JsonProperty header in headers.EnumerateObject())
        {
            string pointer = "/headers" + OptionReader.Pointer(header.Name);
            if (header.Name.Length == 0 || header.Name.AsSpan().ContainsAnyExcept(TokenCharacters)) Findings.Add(new(true, pointer, $"'{header.Name}' cannot be the name of a header"));
            else if (OurHeaders.Contains(header.Name.ToLowerInvariant())) Findings.Add(new(true, pointer, $"the header '{header.Name}' is set by HyperCloud itself"));
            else if (read.Any(h => h.Item1.Equals(header.Name, StringComparison.OrdinalIgnoreCase))) Findings.Add(new(true, pointer, $"the header '{header.Name}' is there twice"));
            // What is wrong with a value is said without showing it.
            else if (header.Value.ValueKind != JsonValueKind.String) Findings.Add(new(true, pointer, $"the value of the header '{header.Name}' must be a text; put it into quotes"));
            else if (!IsHeaderValue(header.Value.GetString()!)) Findings.Add(new(true, pointer, $"the value of the header '{header.Name}' may hold printable ASCII characters only"));
            else read.Add((header.Name, Parse(header.Value.GetString()!, pointer, $"header '{header.Name}': ")));
        }

        Headers = read.ToImmutable();
    }

    /// <summary>Whether a text can be sent as the value of a header.</summary>
    public static bool IsHeaderValue(string text) => text.All(c => c is >= ' ' and <= '~');

    private TimeSpan? Span(OptionReader reader, string key, TimeSpan least)
    {
        if (reader.Duration(key) is not { } span) return null;
        if (span >= least && span <= WorkerDesk.LongestLease) return span;
        reader.Refuse(key, $"'{key}' must be from {Durations.Format(least)} to {Durations.Format(WorkerDesk.LongestLease)}, but got {Durations.Format(span)}");
        return null;
    }

    private SecretText Parse(string text, string pointer, string prefix)
    {
        List<string> problems = [];
        var parsed = SecretText.Parse(text, problems);
        Findings.AddRange(problems.Select(p => new RunnerFinding(true, pointer, prefix + p)));
        return parsed;
    }
}
