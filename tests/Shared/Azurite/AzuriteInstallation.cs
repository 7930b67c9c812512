using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace HyperCloud.Azurite;

/// <summary>Azurite as <c>tests/azurite/package-lock.json</c> pins it, in the <c>node_modules</c> beside that (which git ignores). Installed once.</summary>
internal static class AzuriteInstallation
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <summary>The folder with <c>run.js</c>; installs what is missing there. One process installs, others wait for it.</summary>
    /// <exception cref="AzuriteMissingException">Node or npm is missing, or npm cannot install.</exception>
    public static async Task<string> Ensure()
    {
        string folder = Folder(), modules = Path.Combine(folder, "node_modules"), stamp = Path.Combine(modules, ".installed");
        await Run("node", folder, "--version");
        string wanted = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(folder, "package-lock.json"))));
        if (Installed()) return folder;
        Directory.CreateDirectory(Path.Combine(folder, "obj"));
        await using FileStream _ = await Lock(Path.Combine(folder, "obj", "install.lock"));
        if (Installed()) return folder;
        // No scripts: none is needed, and none of a stranger's is run.
        string[] install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        if (OperatingSystem.IsWindows()) await Run("cmd", folder, ["/c", "npm", .. install]);
        else await Run("npm", folder, install);
        // Last, so that an installation that was interrupted is none.
        await File.WriteAllTextAsync(stamp, wanted);
        return folder;

        bool Installed() => File.Exists(stamp) && File.ReadAllText(stamp) == wanted;
    }

    private static async Task<FileStream> Lock(string path)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < s_patience)
            {
                await Task.Delay(200); // the operating system gives no other notice of a lock between processes
            }
        }
    }

    private static async Task Run(string program, string folder, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            using var late = new CancellationTokenSource(s_patience);
            try
            {
                await process.WaitForExitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw new AzuriteMissingException($"'{program} {string.Join(' ', arguments)}' did not end in {s_patience}");
            }

            if (process.ExitCode != 0)
                throw new AzuriteMissingException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {(await error).Trim()} {(await output).Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new AzuriteMissingException($"{program} is not installed ({e.Message})");
        }
    }

    private static string Folder()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "HyperCloud.sln"))) return Path.Combine(folder, "tests", "azurite");
        throw new AzuriteMissingException("the tests run outside of the repository");
    }
}

/// <summary>There is no Azurite to test against.</summary>
internal sealed class AzuriteMissingException(string message) : Exception(message);
