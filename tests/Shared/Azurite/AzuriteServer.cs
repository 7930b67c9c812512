using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace HyperCloud.Azurite;

/// <summary>One process of Azurite on 127.0.0.1. It ends with this object, and by itself when the test process dies.</summary>
internal sealed partial class AzuriteServer : IAsyncDisposable
{
    // Published by Microsoft for the emulator; guards nothing (https://learn.microsoft.com/azure/storage/common/storage-use-azurite).
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private AzuriteServer(Process process, int blobPort, int queuePort, int tablePort)
    {
        _process = process;
        (BlobPort, QueuePort, TablePort) = (blobPort, queuePort, tablePort);
    }

    public int BlobPort { get; }

    public int QueuePort { get; }

    public int TablePort { get; }

    public string BlobEndpoint => $"http://127.0.0.1:{BlobPort}/{Account}";

    public string QueueEndpoint => $"http://127.0.0.1:{QueuePort}/{Account}";

    public string TableEndpoint => $"http://127.0.0.1:{TablePort}/{Account}";

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={BlobEndpoint};QueueEndpoint={QueueEndpoint};TableEndpoint={TableEndpoint};";

    /// <summary>Starts one.</summary>
    /// <param name="folder">Where it keeps its data; null: in memory.</param>
    /// <param name="like">The ports of one that has ended, to come back in its place; null: free ones.</param>
    /// <exception cref="AzuriteMissingException">It cannot be installed or started here.</exception>
    public static async Task<AzuriteServer> Start(string? folder = null, AzuriteServer? like = null)
    {
        string home = await AzuriteInstallation.Ensure();
        var start = new ProcessStartInfo("node")
        {
            // Azurite writes into the current folder what has no other place.
            WorkingDirectory = folder ?? Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            Path.Combine(home, "run.js"), "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            .. Listen("blob", like?.BlobPort), .. Listen("queue", like?.QueuePort), .. Listen("table", like?.TablePort),
            .. folder is null ? (string[])["--inMemoryPersistence"] : ["--location", folder],
        ];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        var said = new StringBuilder();
        var ports = new Dictionary<string, int>();
        using var late = new CancellationTokenSource(s_patience);
        try
        {
            while (ports.Count < 3 && await process.StandardOutput.ReadLineAsync(late.Token) is { } line)
            {
                said.AppendLine(line);
                if (Listening().Match(line) is { Success: true } m) ports[m.Groups[1].Value] = int.Parse(m.Groups[2].Value);
            }

            if (ports.Count < 3)
                throw new AzuriteMissingException($"Azurite did not start: {said}{await process.StandardError.ReadToEndAsync(late.Token)}");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }

        // What it prints later is read, so that it never waits for a full pipe.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        return new AzuriteServer(process, ports["Blob"], ports["Queue"], ports["Table"]);
    }

    /// <summary>Asks it to end, which writes its data to its folder.</summary>
    public async Task Stop()
    {
        _process.StandardInput.Close();
        using var late = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(late.Token);
    }

    /// <summary>Kills it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string[] Listen(string service, int? port) => [$"--{service}Host", "127.0.0.1", $"--{service}Port", (port ?? 0).ToString()];

    [GeneratedRegex(@"^Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();
}
