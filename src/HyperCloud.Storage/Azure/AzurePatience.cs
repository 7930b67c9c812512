using System.Globalization;
using System.Net.Sockets;
using Azure;

namespace HyperCloud.Storage;

/// <summary>
/// The repetitions of one call of the port: exponential back-off with jitter, bounded in time, honouring <c>Retry-After</c>. The SDK's own
/// repetitions are off, for two reasons: they do not tell that a request was sent twice, which is what makes a conflict ambiguous; and they
/// do not see a fault that Azure reports inside the answer (202) to a batch.
/// </summary>
/// <param name="options">For how long.</param>
/// <param name="known">Whether the store ever answered: then a host name that does not resolve is a fault of the network, else a misspelt one.</param>
internal sealed class AzurePatience(AzureStoreOptions options, Func<bool> known)
{
    private static readonly TimeSpan s_forUnknownHost = TimeSpan.FromSeconds(5);

    private readonly long _start = options.Time.GetTimestamp();
    private int _failures;

    /// <summary>An earlier attempt of this call may have gone through although we saw it fail.</summary>
    public bool Ambiguous { get; private set; }

    /// <summary>Whether another attempt may help.</summary>
    public static bool IsTransient(Exception error, CancellationToken cancellation) => error switch
    {
        RequestFailedException { Status: 0 or 408 or 429 or 500 or 502 or 503 or 504 } => true,
        OperationCanceledException => !cancellation.IsCancellationRequested, // an attempt that timed out
        AggregateException e => e.InnerExceptions.All(i => IsTransient(i, cancellation)),
        HttpRequestException or IOException => true,
        // An answer that the SDK cannot read: a proxy's page instead of Azure's.
        System.Text.Json.JsonException or System.Xml.XmlException => true,
        _ => false,
    };

    /// <summary>After a transient failure: waits, or gives up by throwing.</summary>
    public async ValueTask Next(Exception error, string place, string doing, CancellationToken cancellation)
    {
        if (!WasNotSent(error)) Ambiguous = true;
        double wanted = options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30));
        // Jitter is unkeyed on purpose: writers that were refused together must not come back together, and nothing recorded depends on it.
        TimeSpan delay = TimeSpan.FromMilliseconds(Math.Min(wanted, options.RetryDelayMax.TotalMilliseconds) * (0.8 + 0.4 * Random.Shared.NextDouble()));
        if (RetryAfter(error, options.Time.GetUtcNow()) is { } asked && asked > delay) delay = asked;
        TimeSpan spent = options.Time.GetElapsedTime(_start);
        TimeSpan patience = !known() && SocketErrorOf(error) is SocketError.HostNotFound or SocketError.NoData && s_forUnknownHost < options.RetryFor
            ? s_forUnknownHost
            : options.RetryFor;
        if (spent + delay > patience) throw AzureErrors.GaveUp(error, place, doing, _failures, spent, Ambiguous);
        await Task.Delay(delay, options.Time, cancellation).ConfigureAwait(false); // the back-off
    }

    /// <summary>The socket's error behind an exception; null when there is none.</summary>
    public static SocketError? SocketErrorOf(Exception? error)
    {
        for (; error is not null; error = error is AggregateException all ? all.InnerExceptions[^1] : error.InnerException)
            if (error is SocketException socket) return socket.SocketErrorCode;
        return null;
    }

    // Throttled before anything was done, or never connected. All else may have been carried out: also 503, for a gateway may say it.
    private static bool WasNotSent(Exception error) =>
        error is RequestFailedException { Status: 429 } ||
        SocketErrorOf(error) is SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.NoData or SocketError.NetworkUnreachable or SocketError.HostUnreachable;

    private static TimeSpan? RetryAfter(Exception error, DateTimeOffset now)
    {
        if (error is not RequestFailedException failed || failed.GetRawResponse() is not { } response) return null;
        foreach (string name in (ReadOnlySpan<string>)["retry-after-ms", "x-ms-retry-after-ms"])
        {
            if (response.Headers.TryGetValue(name, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int ms))
                return TimeSpan.FromMilliseconds(ms);
        }

        if (!response.Headers.TryGetValue("Retry-After", out string? value)) return null;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)) return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at - now : null;
    }
}
