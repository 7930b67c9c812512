using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace HyperCloud.Cli.Sources;

/// <summary>
/// Talks HTTP to a server: tries again what may be tried again (429, 503, broken connections; every request here may be sent twice without harm),
/// waits as long as the server asks for, and turns problems into one message and an exit code.
/// </summary>
internal sealed class ServerClient : IDisposable
{
    /// <summary>How long a server that has not answered yet is tried; one that has is waited for longer, since it probably starts again.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(4), Patience = TimeSpan.FromSeconds(60);

    private static readonly ResiliencePropertyKey<DateTimeOffset> s_deadline = new("deadline");

    private readonly HttpClient _client;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;
    private readonly bool _hasKey;
    private bool _everAnswered;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="url">The server's address, such as <c>http://127.0.0.1:8484</c>.</param>
    /// <param name="key">Its key; null: none.</param>
    /// <exception cref="CliException">The address is no http or https address.</exception>
    public ServerClient(string url, string? key)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
            throw new CliException(ExitCodes.BadInput, $"--server is an address such as http://127.0.0.1:8484, but got '{(uri?.UserInfo.Length > 0 ? "one with a password in it" : url)}'");
        Address = uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _hasKey = key is not null;
        // Longer than the longest wait for an event, and than a forced deletion.
        _client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(100) };
        if (key is not null)
        {
            // The second is where a Functions app looks for its keys.
            if (!_client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}") || !_client.DefaultRequestHeaders.TryAddWithoutValidation("x-functions-key", key))
                throw new CliException(ExitCodes.BadInput, "the key holds characters that no header can carry");
        }

        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>().AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(250),
            MaxDelay = TimeSpan.FromSeconds(5),
            // A server that asks for more time than there is gets no more requests: its answer is handed on.
            ShouldHandle = static arguments => ValueTask.FromResult(IsPassing(arguments.Outcome)
                && TimeProvider.System.GetUtcNow() + (Asked(arguments.Outcome.Result) ?? TimeSpan.Zero) < arguments.Context.Properties.GetValue(s_deadline, DateTimeOffset.MinValue)),
            DelayGenerator = static arguments => ValueTask.FromResult(Asked(arguments.Outcome.Result)),
            OnRetry = static arguments =>
            {
                arguments.Outcome.Result?.Dispose();
                return default;
            },
        }).Build();
    }

    /// <summary>The server's address without a slash at its end.</summary>
    public string Address { get; }

    /// <summary>Gets JSON.</summary>
    public async Task<JsonElement> Get(string path, CancellationToken cancellation) => (await Send(HttpMethod.Get, path, null, cancellation)).Body;

    /// <summary>Gets bytes.</summary>
    /// <exception cref="CliException">The server is out of reach, or answers with a problem.</exception>
    public Task<byte[]> Download(string path, CancellationToken cancellation) =>
        Exchange(HttpMethod.Get, path, null, static (response, _, c) => response.Content.ReadAsByteArrayAsync(c), cancellation);

    /// <summary>Sends a request without a body.</summary>
    public Task<Answer> Send(HttpMethod method, string path, CancellationToken cancellation) => Send(method, path, null, cancellation);

    /// <summary>Sends a request.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="path">Path and query, beginning with a slash.</param>
    /// <param name="prepare">Adds content and headers; called for each attempt. Null: nothing to add.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="CliException">The server is out of reach, or answers with a problem.</exception>
    public Task<Answer> Send(HttpMethod method, string path, Action<HttpRequestMessage>? prepare, CancellationToken cancellation) =>
        Exchange(method, path, prepare, async (response, gone, c) =>
        {
            string text = await response.Content.ReadAsStringAsync(c);
            return new Answer(response.StatusCode, gone || text.Length == 0 ? default : Parse(text), response.Headers.Date);
        }, cancellation);

    public void Dispose() => _client.Dispose();

    private async Task<T> Exchange<T>(
        HttpMethod method, string path, Action<HttpRequestMessage>? prepare, Func<HttpResponseMessage, bool, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        int attempts = 0;
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellation);
        context.Properties.Set(s_deadline, TimeProvider.System.GetUtcNow() + (_everAnswered ? Patience : FirstPatience));
        try
        {
            using HttpResponseMessage response = await _pipeline.ExecuteAsync(async c =>
            {
                attempts++;
                using var request = new HttpRequestMessage(method, Address + path);
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
                prepare?.Invoke(request);
                return await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, c.CancellationToken);
            }, context);
            _everAnswered = true;
            // What an attempt whose answer was lost has deleted is gone.
            bool gone = method == HttpMethod.Delete && attempts > 1 && response.StatusCode == HttpStatusCode.NotFound;
            if (!response.IsSuccessStatusCode && !gone) throw Fault(response, await response.Content.ReadAsStringAsync(cancellation));
            return await read(response, gone, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new CliException(ExitCodes.Server, $"the server {Address} is out of reach: {e.Message}; is it running, and is this the address? (--server or $HYPERCLOUD_SERVER)");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException(ExitCodes.Server, $"the server {Address} did not answer within {_client.Timeout.TotalSeconds:0} s");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static bool IsPassing(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException || outcome.Result?.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    /// <summary>The pause that the server asked for; null: none, double ours.</summary>
    private static TimeSpan? Asked(HttpResponseMessage? response) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - TimeProvider.System.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private JsonElement Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new CliException(ExitCodes.Server, $"{Address} answers with something that is no JSON; is it a HyperCloud server?");
        }
    }

    /// <summary>A problem (RFC 9457) as one message; each of several things that are wrong on a line of its own.</summary>
    private CliException Fault(HttpResponseMessage response, string text)
    {
        int status = (int)response.StatusCode;
        if (status == 401)
        {
            return new CliException(ExitCodes.Key, _hasKey
                ? $"the key is not the one of {Address}; give that with --key or $HYPERCLOUD_KEY"
                : $"{Address} wants a key; give it with --key or $HYPERCLOUD_KEY");
        }

        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return new CliException(ExitCodes.Server, $"{Address} answers {status} {response.ReasonPhrase}, and not as a HyperCloud server does; look at the address given with --server");
        JsonElement problem = Parse(text);
        string type = Text(problem, "type") is { } t ? t[(t.LastIndexOf('/') + 1)..] : "";
        var message = new StringBuilder(Text(problem, "detail") ?? Text(problem, "title") ?? $"the server answers {status}");
        if (problem.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement error in errors.EnumerateArray())
            {
                string at = error.TryGetProperty("line", out JsonElement line) ? $" (line {line}, column {(error.TryGetProperty("column", out JsonElement column) ? column.ToString() : "?")})" : "";
                string where = Text(error, "pointer") is { Length: > 0 } pointer ? $"{pointer}: " : "";
                message.Append($"\n  {where}{Text(error, "detail")}{at}");
            }
        }

        if (type == "not-over") message.Append("; 'hypercloud delete --force' cancels it first");
        if (Text(problem, "traceId") is { } trace) message.Append($" (trace {trace} in the server's log)");
        return new CliException(
            status switch
            {
                404 => ExitCodes.NotFound,
                429 => ExitCodes.Server,
                409 when type == "busy" => ExitCodes.Busy,
                503 => ExitCodes.Store,
                >= 500 when type == "record-damaged" => ExitCodes.RecordEdited,
                >= 500 => ExitCodes.Server,
                _ => ExitCodes.BadInput,
            },
            message.ToString());
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>What a server answered.</summary>
    /// <param name="Status">Status, 200 … 299.</param>
    /// <param name="Body">Its JSON; undefined without a body.</param>
    /// <param name="Date">The server's clock, when it says.</param>
    internal sealed record Answer(HttpStatusCode Status, JsonElement Body, DateTimeOffset? Date);
}
