using System.Net.Http.Headers;
using System.Text;
using Azure.Core;
using Azure.Identity;

namespace HyperCloud.Runners;

/// <summary>This host has no identity that Azure would give a token for.</summary>
internal sealed class NoIdentityException(string message) : Exception(message);

/// <summary>
/// Azure Resource Manager, as far as jobs need it: requests with the token of this host's identity, to one address and no other.
/// </summary>
/// <param name="time">The clock of timeouts and pauses.</param>
/// <param name="credential">The identity; null: <c>DefaultAzureCredential</c>, made when it is first needed.</param>
/// <param name="client">Makes the requests; follows no redirections.</param>
internal sealed class ResourceManager(TimeProvider time, TokenCredential? credential, HttpClient client)
{
    /// <summary>The address of the public cloud.</summary>
    public const string PublicEndpoint = "https://management.azure.com";

    /// <summary>The oldest stable version of the API that has all that is used here.</summary>
    public const string ApiVersion = "2024-03-01";

    /// <summary>How long one request may take, getting the token included.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Lazy<TokenCredential> _credential = new(() => credential ?? new DefaultAzureCredential());

    /// <summary>An address of Azure Resource Manager; null with a sentence when a text is none.</summary>
    public static Uri? Endpoint(string text, out string problem)
    {
        problem = "";
        // A token is worth more than the run: it does not go over the network in the clear.
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address is { UserInfo: "", Query: "", Fragment: "", AbsolutePath: "/" }
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))) return address;
        problem = $"must be an https address without a path, such as {PublicEndpoint}, but is '{text}'";
        return null;
    }

    /// <summary>Makes one request. Faults are told in the reply.</summary>
    /// <param name="endpoint">The address of Azure Resource Manager.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">A path with its query, or an address at the endpoint that an answer gave.</param>
    /// <param name="body">JSON; null: none.</param>
    /// <param name="ending">Ends it.</param>
    /// <exception cref="NoIdentityException">There is no token to be had.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    /// <exception cref="ArgumentException">The target is elsewhere.</exception>
    public async ValueTask<Reply> Send(Uri endpoint, HttpMethod method, string target, string? body, CancellationToken ending)
    {
        if (Within(endpoint, target) is not { } address) throw new ArgumentException($"{target} is not at {endpoint}", nameof(target));
        using var patience = new CancellationTokenSource(Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ending, patience.Token);
        try
        {
            using var message = new HttpRequestMessage(method, address);
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await Token(endpoint, linked.Token));
            message.Headers.Accept.ParseAdd("application/json");
            message.Headers.UserAgent.ParseAdd("hypercloud");
            if (body is not null) message.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using HttpResponseMessage response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return await Reply.Read(response, time, linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            ending.ThrowIfCancellationRequested();
            return new Reply(0) { IsLate = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new Reply(0) { Fault = e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $"{e.Message} ({inner.Message})" : e.Message };
        }
    }

    /// <summary>A target as an address at the endpoint; null when it is anywhere else.</summary>
    public static Uri? Within(Uri endpoint, string target) =>
        Uri.TryCreate(endpoint, target, out Uri? address) && address.Scheme == endpoint.Scheme && address.Authority == endpoint.Authority && address.UserInfo.Length == 0 ? address : null;

    private async ValueTask<string> Token(Uri endpoint, CancellationToken cancellation)
    {
        try
        {
            return (await _credential.Value.GetTokenAsync(new TokenRequestContext([endpoint.GetLeftPart(UriPartial.Authority) + "/.default"]), cancellation)).Token;
        }
        catch (AuthenticationFailedException e)
        {
            // What the many ways say that were tried is long, and its first line enough.
            throw new NoIdentityException("there is no token for Azure on this host: give it a managed identity (AZURE_CLIENT_ID names a user-assigned one), or sign in with `az login`: "
                + e.Message.Split('\n', 2)[0].Trim());
        }
    }
}
