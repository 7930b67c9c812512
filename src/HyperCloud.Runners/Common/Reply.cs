using System.Net.Http.Headers;
using System.Text;

namespace HyperCloud.Runners;

/// <summary>What one request came to.</summary>
/// <param name="Status">Status code; 0 when there was no answer.</param>
/// <param name="Body">The body, cut after <see cref="MostBytes"/>.</param>
/// <param name="IsCut">The body was longer.</param>
internal sealed record Reply(int Status, string Body = "", bool IsCut = false)
{
    /// <summary>Bytes of an answer that are read.</summary>
    public const int MostBytes = 1024 * 1024;

    private const int ShownCharacters = 1_000;

    /// <summary>Longest wait that an endpoint may ask for; what asks for more is given up, so that a lane is not asleep for long.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>How long the endpoint wishes to be left alone (<c>Retry-After</c>); null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where it would have us go instead (<c>Location</c>).</summary>
    public string? Location { get; init; }

    /// <summary>What kept us from getting an answer; null when there is one.</summary>
    public string? Fault { get; init; }

    /// <summary>There was no answer in time.</summary>
    public bool IsLate { get; init; }

    /// <summary>Whether the same request may be answered otherwise a little later.</summary>
    public bool IsPassing => (Fault is not null || Status is 408 or 425 or 429 or >= 500) && !(RetryAfter > LongestWait);

    /// <summary><c>: </c> and the beginning of the body, of which nothing can harm a terminal; or that there is none.</summary>
    public string Excerpt
    {
        get
        {
            var text = new StringBuilder();
            foreach (char c in Body.AsSpan().Trim())
            {
                if (text.Length == ShownCharacters)
                {
                    text.Append('…');
                    break;
                }

                if (c != '\r') text.Append(char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c);
            }

            return text.Length == 0 ? ", without a body" : $": {text}";
        }
    }

    /// <summary>Reads an answer, its body at most to its bound.</summary>
    public static async Task<Reply> Read(HttpResponseMessage response, TimeProvider time, CancellationToken cancellation)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] buffer = new byte[16 * 1024];
        using var body = new MemoryStream();
        int read;
        while (body.Length <= MostBytes && (read = await stream.ReadAsync(buffer, cancellation)) > 0) body.Write(buffer, 0, read);
        bool cut = body.Length > MostBytes;
        return new Reply((int)response.StatusCode, Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)Math.Min(body.Length, MostBytes)).TrimStart('\uFEFF'), cut)
        {
            RetryAfter = Wait(response.Headers.RetryAfter, time),
            Location = response.Headers.TryGetValues("Location", out IEnumerable<string>? values) ? values.FirstOrDefault() : null,
        };
    }

    private static TimeSpan? Wait(RetryConditionHeaderValue? header, TimeProvider time) =>
        header?.Delta ?? (header?.Date is { } date ? date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero : null);
}
