using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Where the details of attempts are kept: a row each, and a blob for what a row cannot hold.</summary>
internal static class RunRows
{
    /// <summary>Table of run details.</summary>
    public const string Table = "runs";

    /// <summary>Characters of JSON above which the bulk goes into a blob.</summary>
    private const int InlineLength = 128 * 1024;

    /// <summary>The row of an attempt with its ETag; null when there is none.</summary>
    public static async ValueTask<(RunDetails Details, string ETag)?> Get(IStore store, string sweep, RunKey key, int attempt, CancellationToken cancellation) =>
        await store.Get("runs.get", Table, Partition(sweep, key.Trial), RowKey(key, attempt), cancellation) is { } row
            ? (JsonSerializer.Deserialize(row.Body, SweepsJson.Default.RunDetails)!, row.ETag)
            : null;

    /// <summary>The details of an attempt with what is in its blob; null when none were stored.</summary>
    public static async ValueTask<RunDetails?> GetWhole(IStore store, string sweep, RunKey key, int attempt, CancellationToken cancellation)
    {
        return await Get(store, sweep, key, attempt, cancellation) is { Details: var details } ? await Whole(store, sweep, key, details, cancellation) : null;
    }

    /// <summary>The details of all attempts of a sweep, with what is in their blobs, by trial and row key.</summary>
    /// <param name="store">Where they are kept.</param>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="trials">Trials that the sweep has.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public static async ValueTask<List<RunDetails>> All(IStore store, string sweep, int trials, CancellationToken cancellation)
    {
        const int Page = 200;
        List<RunDetails> all = [];
        for (int trial = 0; trial < trials; trial += 64)
        {
            IReadOnlyList<StoredRow> rows;
            string? after = null;
            do
            {
                rows = await store.Query("runs.list", Table, Partition(sweep, trial), after, null, Page, cancellation);
                foreach (StoredRow row in rows)
                {
                    RunDetails details = JsonSerializer.Deserialize(row.Body, SweepsJson.Default.RunDetails)!;
                    all.Add(RunKey.TryParse(details.Run, out RunKey key) ? await Whole(store, sweep, key, details, cancellation) : details);
                    after = row.Key;
                }
            }
            while (rows.Count == Page);
        }

        return all;
    }

    private static async ValueTask<RunDetails> Whole(IStore store, string sweep, RunKey key, RunDetails details, CancellationToken cancellation)
    {
        if (details.Ended is null || details.ReportCount == 0 || details.Reports.Length > 0) return details;
        byte[]? blob = await store.GetBlob("runs.blob", BlobName(sweep, key, details.Attempt), cancellation);
        return blob is null ? details : JsonSerializer.Deserialize(blob, SweepsJson.Default.RunDetails)!;
    }

    /// <summary>Writes the row; a null ETag means that it must not exist yet. Null: another writer was first, and nothing was written.</summary>
    public static async ValueTask<string?> Put(IStore store, string sweep, RunDetails details, string? etag, CancellationToken cancellation)
    {
        if (!RunKey.TryParse(details.Run, out RunKey key)) throw new ArgumentException($"'{details.Run}' is not a run", nameof(details));
        string json = JsonSerializer.Serialize(details, SweepsJson.Default.RunDetails), row = RowKey(key, details.Attempt);
        if (json.Length > InlineLength)
        {
            await store.PutBlob("runs.blob", BlobName(sweep, key, details.Attempt), Encoding.UTF8.GetBytes(json), onlyIfAbsent: true, cancellation);
            json = JsonSerializer.Serialize(details with { Reports = [], Log = [.. details.Log.TakeLast(20)] }, SweepsJson.Default.RunDetails);
        }

        BatchOutcome outcome = await store.Apply(
            "runs.put", Table, Partition(sweep, key.Trial), [etag is null ? new RowChange.Insert(row, json) : new RowChange.Replace(row, json, etag)], cancellation);
        return outcome.Applied ? outcome.ETags[0] : null;
    }

    /// <summary>Partition of the details of a trial's runs: 64 trials share one.</summary>
    public static string Partition(string sweep, int trial) => string.Create(CultureInfo.InvariantCulture, $"{sweep}~{trial / 64:D6}");

    private static string RowKey(RunKey key, int attempt) => string.Create(CultureInfo.InvariantCulture,
        $"{key.Trial:D7}-{(int)key.Pool}-{key.Replicate:D9}-{key.Task:D4}-{key.Rung:D3}-{attempt:D4}");

    private static string BlobName(string sweep, RunKey key, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"sweeps/{sweep}/runs/{key}/attempt-{attempt}.json");
}
