using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HyperCloud.Sweeps;

/// <summary>What the webhook of a schedule is sent.</summary>
internal sealed record WebhookMessage
{
    public string Type { get; init; } = "robustness.judged";
    public required string Sweep { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Due { get; init; }

    /// <summary><c>same</c>, <c>worse</c>, <c>better</c> or <c>unsure</c>.</summary>
    public required string Verdict { get; init; }

    public required string[] Changed { get; init; }
    public required string Reason { get; init; }
    public required int Champion { get; init; }
    public required string Metric { get; init; }
    public double? WorseBy { get; init; }
    public double? Low { get; init; }
    public double? High { get; init; }
}

/// <summary>How far the telling of one verdict has come.</summary>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="Told">It was taken.</param>
/// <param name="Next">When it is tried again; null: not any more.</param>
/// <param name="Problem">Why the last attempt failed.</param>
internal sealed record WebhookRow(int Attempts, bool Told, DateTimeOffset? Next, string? Problem)
{
    public int SchemaVersion { get; init; } = 1;
}

/// <summary>
/// Tells a schedule's webhook of verdicts that differ from those before. Whether to tell is decided in the log; how often it was tried is kept beside
/// it. At least once: a receiver knows a message that comes again by its id.
/// </summary>
internal sealed class Webhooks(SweepHub hub)
{
    /// <summary>Attempts before it is given up: with pauses that grow fourfold from a minute up to six hours, a good day.</summary>
    public const int MostAttempts = 10;

    /// <summary>Rows by sweep and stage.</summary>
    public const string Table = "webhooks";

    /// <summary>Tells what has not been told.</summary>
    /// <returns>When to try again; null: nothing is left.</returns>
    public async ValueTask<DateTimeOffset?> Tell(string sweep, CancellationToken cancellation)
    {
        if (hub.Options.Webhooks is not { } sender) return null;
        (Uri? address, (string Key, string Id, string Body)[] messages) = await hub.Session(sweep).Read(s => (
            s.Spec.Schedule?.Webhook is { } text && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : null,
            s.Nights.Where(n => s.Judgements.GetValueOrDefault(n.Stage.Index) is { Tell: true }).Select(n => Message(s, n.Due, n.Stage)).ToArray()), cancellation);
        if (address is null) return null;
        DateTimeOffset? next = null;
        foreach ((string key, string id, string body) in messages)
        {
            WebhookRow row = await hub.Store.Get("webhooks.get", Table, sweep, key, cancellation) is { } stored
                ? JsonSerializer.Deserialize(stored.Body, WebhookJson.Default.WebhookRow)! : new(0, false, hub.Time.GetUtcNow(), null);
            if (row.Next is { } due && due <= hub.Time.GetUtcNow())
            {
                string? problem = await sender.Send(address, id, body, cancellation);
                int attempts = row.Attempts + 1;
                TimeSpan pause = TimeSpan.FromMinutes(Math.Min(360, Math.Pow(4, attempts - 1)));
                row = new(attempts, problem is null, problem is null || attempts >= MostAttempts ? null : hub.Time.GetUtcNow() + pause, problem);
                await hub.Store.Apply("webhooks.put", Table, sweep, [new RowChange.Put(key, JsonSerializer.Serialize(row, WebhookJson.Default.WebhookRow))], cancellation);
            }

            if (row.Next is { } again && !(next <= again)) next = again;
        }

        return next;
    }

    /// <summary>Notes of all verdicts in a record that they have been told: a copy of the record tells nobody again.</summary>
    public static async ValueTask MarkTold(IStore store, SweepState state, CancellationToken cancellation)
    {
        RowChange[] rows = [.. state.Nights.Where(n => state.Judgements.GetValueOrDefault(n.Stage.Index) is { Tell: true }).Select(n => new RowChange.Put(
            n.Stage.Index.ToString("D6", CultureInfo.InvariantCulture), JsonSerializer.Serialize(new WebhookRow(0, true, null, null), WebhookJson.Default.WebhookRow)))];
        foreach (RowChange[] batch in rows.Chunk(StoreLimits.BatchRows)) await store.Apply("webhooks.put", Table, state.Created!.Sweep, batch, cancellation);
    }

    private static (string Key, string Id, string Body) Message(SweepState state, SweepEvent.Due due, StageRecord stage)
    {
        SweepEvent.Judged judged = state.Judgements[stage.Index];
        string key = stage.Index.ToString("D6", CultureInfo.InvariantCulture);
        return (key, $"{state.Created!.Sweep}.{key}", JsonSerializer.Serialize(new WebhookMessage
        {
            Sweep = state.Created.Sweep,
            Name = state.Spec.Name,
            Due = due.At,
            Verdict = judged.Verdict.ToString().ToLowerInvariant(),
            Changed = [.. judged.Changed],
            Reason = judged.Reason,
            Champion = Nights.ChampionOf(stage),
            Metric = state.Spec.Seeds.Evaluation.Metric ?? state.Spec.Objective.Metric,
            WorseBy = judged.Loss,
            Low = judged.Low,
            High = judged.High,
        }, WebhookJson.Default.WebhookMessage));
    }
}

/// <summary>JSON of webhooks.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebhookRow))]
[JsonSerializable(typeof(WebhookMessage))]
internal sealed partial class WebhookJson : JsonSerializerContext
{
}
