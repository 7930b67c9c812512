namespace HyperCloud.Web.Tests;

/// <summary>Who may talk to the server.</summary>
public sealed class GuardTests
{
    private const string Key = "0123456789abcdef";

    [Fact]
    public async Task A_key_is_asked_for_and_taken_in_both_forms()
    {
        await using Server server = await Server.Start(configure: o => o with { Key = Key }, supervise: false);
        Answer refused = await server.Get("/api/sweeps");
        refused.Problem(401, "unauthorized");
        Assert.StartsWith("Bearer", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        (await server.Get("/api/sweeps", ("Authorization", $"Bearer {Key}"))).Expect(200);
        (await server.Get("/api/sweeps", ("x-api-key", Key))).Expect(200);
        foreach (string wrong in new[] { Key[..^1], Key + "0", Key.ToUpperInvariant() })
            (await server.Get("/api/sweeps", ("Authorization", $"Bearer {wrong}"))).Problem(401, "unauthorized");
        (await server.Get("/api/sweeps", ("Authorization", $"Basic {Key}"))).Problem(401, "unauthorized");
        (await server.Submit(Specs.Small())).Problem(401, "unauthorized");
        (await server.Get("/api/health")).Expect(200);
        (await server.Get("/api/openapi.yaml")).Expect(200);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1:8484", true)]
    [InlineData("[::1]:8484", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.nip.io:8484", false)]
    public async Task Only_names_of_this_machine_are_answered_for(string host, bool answered)
    {
        await using Server server = await Server.Start(supervise: false);
        Answer answer = await server.Get("/api/sweeps", ("Host", host));
        if (answered) answer.Expect(200);
        else answer.Problem(421, "misdirected");
        if (!answered) (await server.Get("/elsewhere", ("Host", host))).Problem(421, "misdirected");
    }

    [Theory]
    [InlineData("Origin", "http://evil.example", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "http://localhost:9999", false)]
    [InlineData("Origin", "http://localhost", true)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    public async Task Pages_of_other_origins_cannot_post(string header, string value, bool allowed)
    {
        await using Server server = await Server.Start(supervise: false);
        Answer answer = await server.Submit(Specs.Small(), (header, value));
        if (allowed) answer.Expect(202);
        else answer.Problem(403, "cross-origin");
        (await server.Get("/api/sweeps", (header, value))).Expect(200);
    }
}
