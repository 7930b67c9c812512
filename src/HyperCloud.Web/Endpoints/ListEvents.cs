using System.Globalization;
using System.Text.Json;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>The entries of a sweep's log as stored: to export them, to check their digests, and to watch a sweep by waiting for the next.</summary>
internal static class ListEvents
{
    /// <summary>The longest wait.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/events", "listEvents", Handle, "limit", "cursor", "wait");

    private static async Task<IResult> Handle(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        int limit = call.QueryInt("limit", 500, 1, 1000);
        TimeSpan wait = TimeSpan.Zero;
        if (call.Query("wait") is { } text && (!Durations.TryParse(text, out wait) || wait > LongestWait))
            throw ProblemException.BadRequest($"'wait' is a duration up to {Durations.Format(LongestWait)}, such as 20s, but got '{ApiCall.Cut(text)}'");
        string scope = $"events|{sweep.Scope}";
        long after = Cursor.Read(call, scope) is { } position ? long.Parse(position, CultureInfo.InvariantCulture) : -1;
        IReadOnlyList<StoredEvent> events = await Await(call, sweep.Id, after, limit, wait);
        long last = events.Count > 0 ? events[^1].Seq : after;
        call.Http.Response.Headers.CacheControl = "no-store";
        // A cursor is given at the end too: the next call with it waits for what comes.
        return Results.Bytes(Write(events, last < 0 ? null : Cursor.Write(scope, last.ToString(CultureInfo.InvariantCulture)), events.Count == limit), "application/json; charset=utf-8");
    }

    private static async Task<IReadOnlyList<StoredEvent>> Await(ApiCall call, string sweep, long after, int limit, TimeSpan wait)
    {
        Api api = call.Api;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, api.Options.Stopping);
        long begun = api.Hub.Time.GetTimestamp();
        while (true)
        {
            IReadOnlyList<StoredEvent> events = await EventPages.Read(api.Hub.Store, sweep, after, limit, call.Cancellation);
            if (events.Count > 0 || api.Hub.Time.GetElapsedTime(begun) >= wait || api.Options.Stopping.IsCancellationRequested) return events;
            try
            {
                // A store tells nobody that it has changed, and another process may have appended: looked at now and then.
                await Task.Delay(api.Options.PollInterval, api.Hub.Time, ending.Token);
            }
            catch (OperationCanceledException) when (!call.Cancellation.IsCancellationRequested)
            {
                return events; // The server is going away: the caller goes on with its cursor at the next one.
            }
        }
    }

    /// <summary>Entries are written as they are stored, to the byte: their digests are over that text.</summary>
    private static byte[] Write(IReadOnlyList<StoredEvent> events, string? next, bool more)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("items");
            foreach (StoredEvent e in events)
            {
                writer.WriteStartObject();
                writer.WriteNumber("seq", e.Seq);
                writer.WriteString("digest", e.Digest);
                writer.WritePropertyName("entry");
                writer.WriteRawValue(e.Entry);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (next is not null) writer.WriteString("next", next);
            writer.WriteBoolean("more", more);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
