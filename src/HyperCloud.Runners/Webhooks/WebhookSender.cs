using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>Where webhooks may go, and what they are signed with.</summary>
public sealed record WebhookOptions
{
    /// <summary>The variable that holds the secret.</summary>
    public const string SecretVariable = "HYPERCLOUD_WEBHOOK_SECRET";

    /// <summary>The variable that names hosts inside one's own network, separated by commas.</summary>
    public const string InsideVariable = "HYPERCLOUD_WEBHOOK_INSIDE";

    /// <summary>Secret of the signature; without one nothing is sent. <c>whsec_</c> and base64, or any text.</summary>
    public string? Secret { get; init; }

    /// <summary>Hosts to which private addresses and plain HTTP are allowed; default none.</summary>
    public IReadOnlyCollection<string> Inside { get; init; } = [];

    /// <summary>How long one attempt may take; default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>As the environment says.</summary>
    public static WebhookOptions FromEnvironment() => new()
    {
        Secret = Environment.GetEnvironmentVariable(SecretVariable) is { Length: > 0 } secret && !IsUnresolved(secret) ? secret : null,
        Inside = (Environment.GetEnvironmentVariable(InsideVariable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    };

    /// <summary>A function app shows a reference to a vault as it is written until the secret is there.</summary>
    internal static bool IsUnresolved(string secret) => secret.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal);
}

/// <summary>
/// Posts signed messages (the scheme of standardwebhooks.com: id, time and body under HMAC-SHA256). An address comes from whoever wrote the spec, so it is
/// not trusted: HTTPS only, no redirect is followed, and no connection is made to an address inside the network, whatever a name resolves to.
/// </summary>
public sealed class WebhookSender : IWebhookSender, IDisposable
{
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly byte[] _secret;

    /// <summary>Makes one.</summary>
    public WebhookSender(WebhookOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _secret = Key(options.Secret ?? "");
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 16,
            ConnectCallback = Connect,
        })
        {
            Timeout = options.Timeout,
            MaxResponseContentBufferSize = 1 << 16,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<string?> Send(Uri address, string id, string body, CancellationToken cancellation)
    {
        if (_options.Secret is null) return $"{WebhookOptions.SecretVariable} is not set, and nothing is sent unsigned";
        if (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && IsInside(address.Host))) return $"{address.Scheme} is no https";
        if (address.UserInfo.Length > 0) return "an address with a user name or password is not used";
        string time = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", time);
        request.Headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"{id}.{time}.{body}")))}");
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return answer.IsSuccessStatusCode ? null
                : (int)answer.StatusCode is >= 300 and < 400 ? $"{address.Host} answered {(int)answer.StatusCode}, and redirects are not followed"
                : $"{address.Host} answered {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{address.Host} did not answer within {_options.Timeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException e)
        {
            return $"{address.Host}: {(e.InnerException is ForbiddenAddressException forbidden ? forbidden.Message : e.Message)}";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Whether an address is one of the public internet: none of this machine, its networks, or of special use (RFC 6890).</summary>
    internal static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        byte[] b = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return b[0] is not (0 or 10 or 127 or >= 224) // this network, private, loopback, multicast and reserved
                && !(b[0] == 100 && b[1] is >= 64 and < 128) // carriers
                && !(b[0] == 169 && b[1] == 254) // link-local, where clouds answer with identities
                && !(b[0] == 172 && b[1] is >= 16 and < 32) && !(b[0] == 192 && b[1] == 168)
                && !(b[0] == 192 && b[1] == 0 && b[2] is 0 or 2) && !(b[0] == 198 && b[1] is 18 or 19) && !(b[0] == 198 && b[1] == 51 && b[2] == 100) && !(b[0] == 203 && b[1] == 0 && b[2] == 113)
                && address.ToString() != "168.63.129.16"; // Azure's own host, public by its number only
        }

        // Global unicast is 2000::/3; of it the ways into IPv4 (6to4, Teredo) and documentation are left out.
        return (b[0] & 0xE0) == 0x20 && !(b[0] == 0x20 && b[1] == 0x02) && !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x00 && b[3] == 0x00)
            && !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8);
    }

    private bool IsInside(string host) => _options.Inside.Contains(host, StringComparer.OrdinalIgnoreCase);

    // The check is made on the very address that is connected to: a name that resolves otherwise a moment later gains nothing.
    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        string host = context.DnsEndPoint.Host;
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host.Trim('[', ']'), cancellation);
        if (!IsInside(host)) addresses = [.. addresses.Where(IsPublic)];
        if (addresses.Length == 0) throw new ForbiddenAddressException($"'{host}' lies inside the network, where webhooks do not go ({WebhookOptions.InsideVariable} names exceptions)");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static byte[] Key(string secret)
    {
        const string Prefix = "whsec_";
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(secret);
        byte[] key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Prefix.Length..], key, out int length) ? key[..length] : Encoding.UTF8.GetBytes(secret);
    }

    private sealed class ForbiddenAddressException(string message) : Exception(message);
}
