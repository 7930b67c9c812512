using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;
using Polly;

namespace HyperCloud.Runners;

/// <summary>
/// Sends each run to an endpoint as one POST (docs/spec.md, "http"), and takes the metrics from its answer, or, after 202, from later reports.
/// Options: <see cref="HttpOptions"/>. Passing faults are tried again with the same <c>Idempotency-Key</c>, so that an endpoint that keeps to
/// it computes a run once.
/// </summary>
internal sealed class HttpRunner : IRunner, IDisposable
{
    private const string Hidden = "(hidden)";

    private readonly TimeProvider _time;
    private readonly Func<string, string?> _environment;
    private readonly ResiliencePipeline<Reply> _patience;
    private readonly HttpClient _client;

    /// <summary>Makes the runner.</summary>
    /// <param name="time">The clock of time limits and of pauses between tries.</param>
    /// <param name="environment">Value of a variable of the host's environment; default: this process'.</param>
    public HttpRunner(TimeProvider time, Func<string, string?>? environment = null)
    {
        _time = time;
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _patience = Patience.Create(time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            // Headers and token are for the address in the spec, and for no other.
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // An address may move.
        })
        { Timeout = Timeout.InfiniteTimeSpan }; // Ours are per request, and by our clock.
    }

    /// <inheritdoc/>
    public string Kind => "http";

    /// <inheritdoc/>
    public bool HasHoldout(TrialSpec trial) => false; // Which data an endpoint reads is its own affair: the spec says it.

    /// <inheritdoc/>
    public bool KeepsCheckpoints(TrialSpec trial) => true; // Whether the endpoint does is the user's word: mode: pause.

    /// <inheritdoc/>
    public bool MayDetach => true;

    /// <inheritdoc/>
    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => HttpOptions.Read(trial).Findings;

    /// <inheritdoc/>
    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation)
    {
        var options = HttpOptions.Read(spec.Trial!);
        List<RunnerFinding> findings = [.. options.Findings];
        if (!options.AreUnusable && Resolve(options, new Discretion(), out string problem) is null) findings.Add(new(true, "", problem));
        return ValueTask.FromResult(new RunnerCheck([.. findings], []));
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return new RunOutcome.Cancelled();
        var options = HttpOptions.Read(request.Trial);
        if (options.AreUnusable) return new RunOutcome.Failed("start", string.Join("; ", options.Findings.Where(f => f.Fatal).Select(f => f.Message)));
        var discretion = new Discretion();
        discretion.Keep(request.ReportToken, "(token)");
        // Another host may have what this one lacks.
        if (Resolve(options, discretion, out string problem) is not var (address, headers)) return new RunOutcome.Lost("environment", problem);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using CancellationTokenSource? limit = request.RunTime is { } runTime ? new(runTime, _time) : null;
        await using CancellationTokenRegistration? late = limit?.Token.Register(ending.Cancel);
        int tries = 0;
        Reply reply;
        try
        {
            reply = await _patience.ExecuteAsync(async token =>
            {
                if (tries++ > 0) reporter.Log(string.Create(CultureInfo.InvariantCulture, $"(trying again, {tries} of {Patience.MostTries})"));
                Reply r = await Send(address, headers, Body(request), Key(request), options.Timeout, token);
                if (r.IsPassing) reporter.Log(discretion.Hide($"({(r.Fault is { } fault ? $"no answer: {fault}" : $"answered {r.Status}")})"));
                return r;
            }, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return cancellation.IsCancellationRequested ? new RunOutcome.Cancelled()
                : new RunOutcome.Failed("timeout", $"ran longer than runTime {Durations.Format(request.RunTime!.Value)}");
        }

        var answer = HttpAnswer.Of(reply, request, options.Lease, options.Timeout, tries);
        foreach (RunReport report in answer.Reports)
            if ((await reporter.Report(report, CancellationToken.None)).Stop) return new RunOutcome.Stopped();
        return answer.Outcome switch
        {
            RunOutcome.Failed failed => failed with { Message = discretion.Hide(failed.Message) },
            RunOutcome.Lost lost => lost with { Message = discretion.Hide(lost.Message) },
            var other => other,
        };
    }

    /// <inheritdoc/>
    public RunPreview Preview(RunRequest request)
    {
        var options = HttpOptions.Read(request.Trial);
        return new RunPreview(
            [
                "POST", options.Url.Source, $"Idempotency-Key: {Key(request)}", .. options.Headers.Select(h => $"{h.Name}: {Hidden}"),
                Encoding.UTF8.GetString(Body(request with { ReportToken = request.ReportToken is null ? null : Hidden })),
            ],
            request.BaseDirectory, new SortedDictionary<string, string>());
    }

    /// <inheritdoc/>
    public ValueTask End(string handle, CancellationToken cancellation) => ValueTask.CompletedTask; // The connection has died with its host.

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string Key(RunRequest request) => string.Create(CultureInfo.InvariantCulture, $"{new RunAddress(request.Sweep, request.Run)}~{request.Attempt}");

    private static byte[] Body(RunRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sweep", request.Sweep);
            json.WriteString("run", request.Run.ToString());
            json.WriteNumber("trial", request.Run.Trial);
            json.WriteNumber("attempt", request.Attempt);
            json.WritePropertyName("params");
            json.WriteRawValue(request.Assignment.ToJson());
            json.WriteString("pool", RunKey.PoolName(request.Run.Pool));
            json.WriteNumber("seed", request.Seed);
            if (request.Task is { } task) json.WriteString("task", task.Name);
            json.WriteString("metric", request.Metric);
            if (request.Resource is { } resource) json.WriteNumber("resource", resource);
            if (request.ReportUrl is { } url) json.WriteString("reportUrl", url);
            if (request.ReportToken is { } token) json.WriteString("token", token);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    // Where to, and with which headers; null with a sentence when this host's environment does not have what they name.
    private (Uri Address, List<(string Name, string Value)> Headers)? Resolve(HttpOptions options, Discretion discretion, out string problem)
    {
        foreach (string name in options.Variables)
        {
            if (_environment(name) is { Length: > 0 } value)
            {
                discretion.Keep(value, $"${{env.{name}}}");
                continue;
            }

            problem = $"the environment of this host has no variable {name}, which url or headers name";
            return null;
        }

        List<(string, string)> headers = [];
        foreach ((string name, SecretText text) in options.Headers)
        {
            string value = text.Resolve(_environment)!;
            if (!HttpOptions.IsHeaderValue(value))
            {
                problem = $"the value of the header '{name}' from the environment of this host holds characters other than printable ASCII, such as a line break at its end";
                return null;
            }

            headers.Add((name, value));
        }

        Uri? address = HttpOptions.Address(options.Url.Resolve(_environment)!, out string wrong);
        problem = address is null ? $"'url', as the environment of this host completes it, {wrong}" : "";
        return address is null ? null : (address, headers);
    }

    // One request. Throws only when told to end.
    private async ValueTask<Reply> Send(Uri address, List<(string Name, string Value)> headers, byte[] body, string key, TimeSpan timeout, CancellationToken ending)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Add("Idempotency-Key", key);
        foreach ((string name, string value) in headers)
        {
            // What .NET takes for a header of the content, such as Content-Language, goes to no other place.
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        // Unless the spec says otherwise.
        if (message.Headers.Accept.Count == 0) message.Headers.Accept.ParseAdd("application/json");
        if (message.Headers.UserAgent.Count == 0) message.Headers.UserAgent.ParseAdd("hypercloud");

        using var patience = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ending, patience.Token);
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return await Reply.Read(response, _time, linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            ending.ThrowIfCancellationRequested();
            return new Reply(0) { IsLate = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new Reply(0) { Fault = e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $"{e.Message} ({inner.Message})" : e.Message };
        }
    }
}
