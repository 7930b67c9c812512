using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace HyperCloud.Runners.Tests;

/// <summary>Webhooks are signed, and go nowhere inside.</summary>
public sealed class WebhookSenderTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static WebhookSender Inside(TimeSpan? timeout = null) =>
        new(new WebhookOptions { Secret = Secret, Inside = ["127.0.0.1"], Timeout = timeout ?? TimeSpan.FromSeconds(30) }, TimeProvider.System);

    [Fact]
    public async Task A_message_is_signed_as_the_standard_says()
    {
        await using Endpoint endpoint = await Endpoint.Start((204, ""));
        using WebhookSender sender = Inside();
        Assert.Null(await sender.Send(new Uri(endpoint.Url), "sweep.000004", """{"verdict":"worse"}""", CancellationToken.None));
        Arrived arrived = Assert.Single(endpoint.Requests);
        Assert.Equal(("POST", """{"verdict":"worse"}""", "sweep.000004"), (arrived.Method, arrived.Body, arrived.Headers["webhook-id"]));
        string time = arrived.Headers["webhook-timestamp"];
        Assert.InRange(long.Parse(time, CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        byte[] key = Convert.FromBase64String(Secret["whsec_".Length..]);
        string signed = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"sweep.000004.{time}.{arrived.Body}")));
        Assert.Equal($"v1,{signed}", arrived.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task Redirects_errors_and_silence_are_said_and_not_followed()
    {
        await using Endpoint endpoint = await Endpoint.Start(async (number, context) =>
        {
            if (number == 1)
            {
                context.Response.Redirect("/elsewhere");
                return;
            }

            if (number == 2) context.Response.StatusCode = 503;
            else await Task.Delay(Timeout.Infinite, context.RequestAborted); // never answers; ends with the connection
        });
        using WebhookSender sender = Inside(TimeSpan.FromSeconds(1));
        Assert.Contains("redirects are not followed", await sender.Send(new Uri(endpoint.Url), "a", "{}", CancellationToken.None), StringComparison.Ordinal);
        Assert.Single(endpoint.Requests);
        Assert.Contains("503", await sender.Send(new Uri(endpoint.Url), "a", "{}", CancellationToken.None), StringComparison.Ordinal);
        Assert.Contains("did not answer within 1 s", await sender.Send(new Uri(endpoint.Url), "a", "{}", CancellationToken.None), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1:1/", "inside the network")]
    [InlineData("https://[::1]:1/", "inside the network")]
    [InlineData("https://localhost:1/", "inside the network")]
    [InlineData("https://169.254.169.254/metadata", "inside the network")]
    [InlineData("http://example.org/", "no https")]
    [InlineData("file:///etc/passwd", "no https")]
    [InlineData("https://user:secret@example.org/", "user name")]
    public async Task An_address_that_is_not_for_webhooks_is_refused(string address, string words)
    {
        using var sender = new WebhookSender(new WebhookOptions { Secret = Secret }, TimeProvider.System);
        string? problem = await sender.Send(new Uri(address), "a", "{}", CancellationToken.None);
        Assert.Contains(words, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_unsigned()
    {
        await using Endpoint endpoint = await Endpoint.Start((204, ""));
        using var sender = new WebhookSender(new WebhookOptions { Inside = ["127.0.0.1"] }, TimeProvider.System);
        Assert.Contains(WebhookOptions.SecretVariable, await sender.Send(new Uri(endpoint.Url), "a", "{}", CancellationToken.None), StringComparison.Ordinal);
        Assert.Empty(endpoint.Requests);
    }

    [Fact]
    public void A_reference_to_a_vault_that_is_not_resolved_is_no_secret()
    {
        Assert.True(WebhookOptions.IsUnresolved("@Microsoft.KeyVault(VaultName=kv-a;SecretName=webhook-secret)"));
        Assert.False(WebhookOptions.IsUnresolved(Secret));
    }

    // Special-use addresses: RFC 6890 and its registries.
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.8.9.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void Only_addresses_of_the_public_internet_are_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, WebhookSender.IsPublic(IPAddress.Parse(address)));
}
