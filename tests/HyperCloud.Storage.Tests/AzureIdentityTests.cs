using Azure.Core;
using Azure.Identity;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>Stores behind an account URL: who we are, and where requests go. No server is asked.</summary>
public sealed class AzureIdentityTests
{
    private readonly FaultyTransport _transport = new() { Always = new(FaultyTransport.FaultKind.Answer, Status: 403, Headers: "x-ms-error-code: AuthorizationPermissionMismatch") };

    [Fact]
    public async Task Requests_carry_a_token_and_go_to_tables_and_blobs_of_the_account()
    {
        List<string> seen = [];
        _transport.OnRequest = r => seen.Add($"{r.Uri.Host} {(r.Headers.TryGetValue("Authorization", out string? a) ? a : "none")}");
        await using AzureStore store = Open(new Identity(() => new AccessToken("the-token", DateTimeOffset.MaxValue)));
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await store.Apply("a", "things", "p", [new RowChange.Put("k", "1")], default));
        Assert.Equal("forbidden", e.Code);
        Assert.Contains("Storage Table Data Contributor", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the-token", e.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreException>(async () => await store.PutBlob("b", "b", default, true, default));
        Assert.Equal(["acct.table.core.windows.net Bearer the-token", "acct.blob.core.windows.net Bearer the-token"], seen);
    }

    [Fact]
    public async Task Who_has_no_identity_is_told_how_to_get_one()
    {
        await using AzureStore store = Open(new Identity(() => throw new CredentialUnavailableException("nobody is here")));
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await store.Get("g", "things", "p", "k", default));
        Assert.Equal("forbidden", e.Code);
        Assert.Contains("az login", e.Message, StringComparison.Ordinal);
        Assert.Contains(store.Description, e.Message, StringComparison.Ordinal);
        Assert.Equal(0, _transport.Sent);
    }

    private AzureStore Open(TokenCredential credential) =>
        AzureStore.Open("https://acct.blob.core.windows.net", new AzureStoreOptions { Credential = credential, Transport = _transport });

    private sealed class Identity(Func<AccessToken> token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => token();

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(token());
    }
}
