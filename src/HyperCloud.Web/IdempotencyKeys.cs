using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Web;

/// <summary>A key that a request has, and what is stored under it so far.</summary>
internal sealed record HeldKey(string Key, KeyRow Row, string ETag);

/// <summary>
/// What was answered to requests with an <c>Idempotency-Key</c>. The key is taken before the work begins, so that of two different requests with one
/// key only the first is worked on; the answer is added after it.
/// </summary>
internal sealed class IdempotencyKeys(IStore store, TimeProvider time)
{
    private const string Table = "keys", Partition = "keys";

    /// <summary>The key's row name: callers choose keys freely, the store does not take every character.</summary>
    public static string? Name(ApiCall call)
    {
        string given = call.Http.Request.Headers["Idempotency-Key"].ToString();
        if (given.Length == 0) return null;
        if (given.Length > 255 || given.Any(c => c is < ' ' or > '~')) throw ProblemException.BadRequest("an Idempotency-Key is 1 to 255 printable ASCII characters, such as a UUID");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(given)));
    }

    /// <summary>Digest of a request.</summary>
    public static string Digest(bool json, byte[] body) => Convert.ToHexStringLower(SHA256.HashData([json ? (byte)'j' : (byte)'y', .. body]));

    /// <summary>What is stored under a key; null when it is free.</summary>
    /// <exception cref="ProblemException">It came with another request.</exception>
    public async ValueTask<HeldKey?> Find(string key, string digest, CancellationToken cancellation)
    {
        if (await store.Get("keys.get", Table, Partition, key, cancellation) is not { } stored) return null;
        KeyRow row = JsonSerializer.Deserialize(stored.Body, WebJson.Form.KeyRow)!;
        return row.Digest == digest ? new HeldKey(key, row, stored.ETag)
            : throw new ProblemException(ProblemTypes.KeyReused, $"this Idempotency-Key came with another body at {row.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC; a new request needs a new key");
    }

    /// <summary>Takes a key, or finds who has.</summary>
    public async ValueTask<HeldKey> Take(string key, string digest, CancellationToken cancellation)
    {
        while (true)
        {
            if (await Find(key, digest, cancellation) is { } held) return held;
            var row = new KeyRow { Digest = digest, At = time.GetUtcNow() };
            BatchOutcome outcome = await store.Apply("keys.put", Table, Partition, [new RowChange.Insert(key, JsonSerializer.Serialize(row, WebJson.Form.KeyRow))], cancellation);
            if (outcome.Applied) return new HeldKey(key, row, outcome.ETags[0]);
        }
    }

    /// <summary>Adds what a worker was handed.</summary>
    public async ValueTask Complete(HeldKey held, AskAnswer answer, CancellationToken cancellation) => await store.Apply(
        "keys.put", Table, Partition, [new RowChange.Replace(held.Key, JsonSerializer.Serialize(held.Row with { StatusCode = 200, AskAnswer = answer }, WebJson.Form.KeyRow), held.ETag)], cancellation);

    /// <summary>Adds the answer; the one that was added first is the answer.</summary>
    public async ValueTask<(int StatusCode, Submission Answer)> Complete(HeldKey held, int statusCode, Submission answer, CancellationToken cancellation)
    {
        KeyRow row = held.Row with { StatusCode = statusCode, Answer = answer };
        BatchOutcome outcome = await store.Apply(
            "keys.put", Table, Partition, [new RowChange.Replace(held.Key, JsonSerializer.Serialize(row, WebJson.Form.KeyRow), held.ETag)], cancellation);
        if (!outcome.Applied && await Find(held.Key, held.Row.Digest, cancellation) is { Row: { StatusCode: { } code, Answer: { } first } }) return (code, first);
        return (statusCode, answer);
    }
}
