using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HyperCloud.Storage.Tests;

/// <summary>A process of the helper program HyperCloud.Storage.CrashWriter.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process _process;

    public WriterProcess(params string[] arguments)
    {
        // The dotnet that runs this test, whatever started it: <root>/shared/Microsoft.NETCore.App/<version>/.
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var start = new ProcessStartInfo(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet")) { RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "HyperCloud.Storage.CrashWriter.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
    }

    /// <summary>The next line it prints; null when it has ended.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>Kills it (SIGKILL on Unix) and reads what it had printed before.</summary>
    public IReadOnlyList<string> Kill()
    {
        _process.Kill();
        List<string> lines = [];
        while (_process.StandardOutput.ReadLine() is { } line) lines.Add(line);
        _process.WaitForExit();
        return lines;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
