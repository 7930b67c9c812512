using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace HyperCloud.Storage.Tests;

/// <summary>Sends requests to the real server, or does to them what the test says. Faults are used up in order by the requests they choose.</summary>
internal sealed class FaultyTransport : HttpPipelineTransport
{
    private readonly HttpClientTransport _inner = new();
    private readonly Queue<Fault> _faults = [];
    private int _sent;

    /// <summary>What happens to one request.</summary>
    /// <param name="Kind">What.</param>
    /// <param name="On">Which requests; null: the next one of any kind.</param>
    /// <param name="Status">Status of the answer, for <see cref="FaultKind.Answer"/>.</param>
    /// <param name="Headers">Headers of that answer.</param>
    public sealed record Fault(FaultKind Kind, Func<Request, bool>? On = null, int Status = 0, string? Headers = null);

    public enum FaultKind
    {
        /// <summary>The server is not asked; this is the answer.</summary>
        Answer,

        /// <summary>The server does as it was asked, and then the connection breaks.</summary>
        LostAnswer,

        /// <summary>The server does as it was asked, and its answer does not come in time.</summary>
        LateAnswer,

        /// <summary>Nobody listens.</summary>
        Refused,

        /// <summary>No such host.</summary>
        NoHost,
    }

    /// <summary>Requests seen, faulty or not.</summary>
    public int Sent => _sent;

    /// <summary>Called with each request before anything is done to it.</summary>
    public Action<Request>? OnRequest { get; set; }

    /// <summary>Bytes of the longest request.</summary>
    public long Longest { get; private set; }

    /// <summary>Called after the server's work and before the answer is lost: what others do meanwhile.</summary>
    public Func<Task>? Meanwhile { get; set; }

    /// <summary>Every request, until it is null again.</summary>
    public Fault? Always { get; set; }

    public void Next(params Fault[] faults)
    {
        foreach (Fault fault in faults) _faults.Enqueue(fault);
    }

    public static bool Writes(Request request) => request.Method != RequestMethod.Get && request.Method != RequestMethod.Head;

    public override Request CreateRequest() => _inner.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        Interlocked.Increment(ref _sent);
        OnRequest?.Invoke(message.Request);
        if (message.Request.Content is { } content && content.TryComputeLength(out long length)) Longest = Math.Max(Longest, length);
        Fault? fault = Always;
        lock (_faults)
        {
            if (fault is null && _faults.TryPeek(out Fault? next) && next.On?.Invoke(message.Request) != false) fault = _faults.Dequeue();
        }

        switch (fault?.Kind)
        {
            case FaultKind.Answer:
                message.Response = new Answer(fault.Status, fault.Headers);
                return;
            case FaultKind.Refused:
                throw new RequestFailedException(0, "refused", new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused)));
            case FaultKind.NoHost:
                throw new RequestFailedException(0, "no host", new HttpRequestException("no host", new SocketException((int)SocketError.HostNotFound)));
        }

        await _inner.ProcessAsync(message);
        if (fault is null) return;
        Assert.True(message.Response.Status < 300, $"the write that should go through was answered with {message.Response.Status.ToString(CultureInfo.InvariantCulture)}");
        if (Meanwhile is { } meanwhile)
        {
            Meanwhile = null;
            await meanwhile();
        }

        throw fault.Kind == FaultKind.LostAnswer ? new IOException("the connection was reset") : new TaskCanceledException("the answer is late");
    }

    private sealed class Answer(int status, string? headers) : Response
    {
        private readonly Dictionary<string, string> _headers = ((headers?.Contains("error-code", StringComparison.Ordinal) == true ? "Content-Type: application/json\n" : "") + headers).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(h => h.Split(": ")).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase);

        public override int Status => status;

        public override string ReasonPhrase => "made up";

        // Tables say the code in the body, blobs in a header too.
        public override Stream? ContentStream { get; set; } = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(
            headers?.Split("x-ms-error-code: ") is [_, var code] ? $$"""{"odata.error": {"code": "{{code}}", "message": {"value": "made up"} }, "error": {"code": "{{code}}", "message": "made up"} }""" : ""));

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => _headers.TryGetValue(name, out value);

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = _headers.TryGetValue(name, out string? value) ? [value] : null;
            return values is not null;
        }

        protected override bool ContainsHeader(string name) => _headers.ContainsKey(name);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => _headers.Select(h => new HttpHeader(h.Key, h.Value));
    }
}

/// <summary>A clock on which every pause is over at once, and which shows the time that should have passed.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private long _ticks;

    /// <summary>The pauses, in order.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    /// <summary>Called before a pause ends.</summary>
    public Action? OnPause { get; set; }

    public TimeSpan Now => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (Pauses) Pauses.Add(dueTime);
        Interlocked.Add(ref _ticks, dueTime.Ticks);
        OnPause?.Invoke();
        callback(state);
        return new Done();
    }

    private sealed class Done : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
