using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Who may talk to the server at all: the right host name, no foreign web page, the key.</summary>
public static class ApiGuard
{
    /// <summary>The shortest key.</summary>
    public const int KeyLength = 16;

    /// <summary>Names of this machine that no other machine answers to.</summary>
    public static IReadOnlyList<string> LoopbackHosts { get; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>
    /// Checks the Host header, against web pages whose name was made to point at this machine (DNS rebinding), and the origin of requests that
    /// change something, against web pages that post to it.
    /// </summary>
    public static ProblemException? CheckOrigin(HttpRequest request, ApiOptions options)
    {
        if (options.Hosts is { } hosts && !hosts.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
            return new ProblemException(ProblemTypes.Misdirected, $"this server answers for {string.Join(", ", hosts)}, not for '{ApiCall.Cut(request.Host.Host)}'; --allow-host adds a name");
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return null;
        string? origin = request.Headers.Origin;
        bool foreign = origin is { Length: > 0 }
            ? !Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) || !string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
            : request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
        return foreign ? new ProblemException(ProblemTypes.CrossOrigin, "a web page of another origin sent this request; call the API from a program, or from a page of this server") : null;
    }

    /// <summary>Checks the key.</summary>
    public static ProblemException? CheckKey(HttpRequest request, ApiAccess access, ApiOptions options)
    {
        if (access != ApiAccess.Key || options.Key is not { } key) return null;
        string? given = request.Headers["x-api-key"];
        if (string.IsNullOrEmpty(given) && request.Headers.Authorization.ToString() is { } header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            given = header["Bearer ".Length..].Trim();
        if (string.IsNullOrEmpty(given)) return new ProblemException(ProblemTypes.Unauthorized, "give the server's key as 'Authorization: Bearer KEY' or 'x-api-key: KEY'");
        // Digests have one length, so that neither the key's characters nor its length show in the time this takes.
        return CryptographicOperations.FixedTimeEquals(Digest(given), Digest(key)) ? null : new ProblemException(ProblemTypes.Unauthorized, "the key is not the one of this server");
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
