using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>The secret of a sweep from which the tokens of its runs are made.</summary>
/// <param name="Key">32 random bytes, base64.</param>
public sealed record SecretRow(string Key)
{
    /// <summary>Version of this row's form.</summary>
    public int SchemaVersion { get; init; } = 1;
}

/// <summary>
/// Tokens that let whoever executes an attempt report for it, and for nothing else: HMAC-SHA256 of run and attempt under a secret of the
/// sweep, which is kept in the store, so that every server on the store accepts them.
/// </summary>
internal sealed class RunTokens(IStore store)
{
    /// <summary>Table of the secrets.</summary>
    public const string Table = "secrets";

    private const string RowKey = "run-tokens";

    private readonly ConcurrentDictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <summary>The token of an attempt.</summary>
    public async ValueTask<string> Make(string sweep, string run, int attempt, CancellationToken cancellation) =>
        Token(await Key(sweep, cancellation), run, attempt);

    /// <summary>The attempt that a token of a run is for; null for any other text. Takes as long for a wrong one as for the right one.</summary>
    public async ValueTask<int?> AttemptOf(string sweep, string run, string token, CancellationToken cancellation)
    {
        int cut = token.IndexOf('.', StringComparison.Ordinal);
        if (cut < 1 || !int.TryParse(token.AsSpan(0, cut), NumberStyles.None, CultureInfo.InvariantCulture, out int attempt)) return null;
        byte[] right = Encoding.UTF8.GetBytes(Token(await Key(sweep, cancellation), run, attempt));
        return CryptographicOperations.FixedTimeEquals(right, Encoding.UTF8.GetBytes(token)) ? attempt : null;
    }

    private static string Token(byte[] key, string run, int attempt) => string.Create(CultureInfo.InvariantCulture,
        $"{attempt}.{Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(FormattableString.Invariant($"{run}|{attempt}"))))}");

    private async ValueTask<byte[]> Key(string sweep, CancellationToken cancellation)
    {
        if (_keys.TryGetValue(sweep, out byte[]? known)) return known;
        while (true)
        {
            if (await store.Get("secrets.get", Table, sweep, RowKey, cancellation) is { } row)
                return _keys[sweep] = Convert.FromBase64String(JsonSerializer.Deserialize(row.Body, SweepsJson.Default.SecretRow)!.Key);
            string json = JsonSerializer.Serialize(new SecretRow(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))), SweepsJson.Default.SecretRow);
            await store.Apply("secrets.put", Table, sweep, [new RowChange.Insert(RowKey, json)], cancellation);
        }
    }
}
