using System.Diagnostics;
using System.Globalization;

namespace HyperCloud.Cli.Tests;

/// <summary>A <c>serve</c> process on a free port, over the store of a workplace.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Workplace _place;
    private readonly Process _process;

    private ServerProcess(Workplace place, Process process, string url) => (_place, _process, Url) = (place, process, url);

    public string Url { get; }

    public static async Task<ServerProcess> Start(Workplace place, string? key = null)
    {
        Process process = place.Start(new Dictionary<string, string?> { ["HYPERCLOUD_KEY"] = key }, "serve", "--url", "http://127.0.0.1:0");
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        const string Words = "listening on ";
        if (line?.StartsWith(Words, StringComparison.Ordinal) != true) Assert.Fail($"it said '{line}' and {await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
        return new ServerProcess(place, process, line![Words.Length..]);
    }

    /// <summary>Runs a verb at this server.</summary>
    public Outcome Run(params string[] arguments) => _place.Run([.. arguments, "--server", Url]);

    /// <summary>Ends it as a service manager does.</summary>
    public void End()
    {
        using (Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Workplace.Finish(_process).Expect(ExitCodes.Ok);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
