using System.ComponentModel;
using System.Diagnostics;

namespace HyperCloud.Storage.Tests;

/// <summary>A small file system of its own (tmpfs), that can be filled up or made read-only. Skips the test where mounting is not permitted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDisk(string size)
    {
        if (Run("mount", "-t", "tmpfs", "-o", $"size={size}", "hypercloud-test", _folder.Path) is { } error)
        {
            _folder.Dispose();
            Assert.Skip($"needs the right to mount a small tmpfs: {error}");
        }
    }

    public string Path => _folder.Path;

    public string File(string name) => _folder.File(name);

    public void MakeReadOnly()
    {
        if (Run("mount", "-o", "remount,ro", Path) is { } error) throw new InvalidOperationException(error);
    }

    public void Dispose()
    {
        string? error = Run("umount", Path);
        if (error is not null) throw new InvalidOperationException(error);
        _folder.Dispose();
    }

    /// <summary>Null when it went well; otherwise what it said.</summary>
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} ended with {process.ExitCode}: {error}";
        }
        catch (Win32Exception e)
        {
            return $"{program}: {e.Message}";
        }
    }
}
