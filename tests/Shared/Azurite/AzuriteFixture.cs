[assembly: AssemblyFixture(typeof(HyperCloud.Azurite.AzuriteFixture))]

namespace HyperCloud.Azurite;

/// <summary>
/// The one Azurite of an assembly's test run, in memory, started when the first test asks for it. Tests take it as a constructor parameter and
/// keep to a prefix of their own (<see cref="NewPrefix"/>). Where it cannot be had, they are skipped and say why.
/// </summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly Lazy<Task<AzuriteServer>> _server = new(() => AzuriteServer.Start());

    /// <summary>Its connection string; skips the test where there is no Azurite.</summary>
    public async Task<string> ConnectionString() => (await Server(_server.Value)).ConnectionString;

    /// <summary>Three to 24 letters that no other test uses.</summary>
    public static string NewPrefix() => "t" + string.Concat(Guid.NewGuid().ToByteArray().Select(b => (char)('a' + b % 26)));

    /// <summary>Awaits a server; skips the test where it cannot be had.</summary>
    internal static async Task<AzuriteServer> Server(Task<AzuriteServer> starting)
    {
        try
        {
            return await starting;
        }
        catch (AzuriteMissingException e)
        {
            Assert.Skip($"needs node and npm, to test against Azurite: {e.Message}");
            throw;
        }
    }

    /// <summary>Kills it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && await Task.WhenAny(_server.Value) is { IsCompletedSuccessfully: true } started) await started.Result.DisposeAsync();
    }
}
