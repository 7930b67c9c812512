using System.Diagnostics;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>How a process ended and what it said.</summary>
internal sealed record Outcome(int ExitCode, string Out, string Error)
{
    public Outcome Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\n--- standard output\n{Out}\n--- standard error\n{Error}");
        return this;
    }
}

/// <summary>A folder of its own in which the real command line runs as a real process.</summary>
internal sealed class Workplace : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Folder { get; } = Directory.CreateTempSubdirectory("hypercloud-cli-").FullName;

    /// <summary>The examples folder of the repository.</summary>
    public static string Examples { get; } = FindExamples();

    public string StorePath => Path.Combine(Folder, ".hypercloud", "store.db");

    private static string FindExamples()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "HyperCloud.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "examples");
    }

    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public Outcome Run(params string[] arguments) => Run(arguments, input: null);

    public Outcome Run(string[] arguments, string? input)
    {
        using Process process = Start(arguments);
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Close();
        return Finish(process);
    }

    /// <summary>Runs with further environment variables.</summary>
    public Outcome RunIn(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        process.StandardInput.Close();
        return Finish(process);
    }

    public Process Start(params string[] arguments) => Start(new Dictionary<string, string?>(), arguments);

    public Process Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "HyperCloud.Cli.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["TERM"] = "dumb";
        foreach (string name in (string[])["HYPERCLOUD_STORE", "HYPERCLOUD_KEY", "HYPERCLOUD_SERVER", "HYPERCLOUD_WORK"]) start.Environment.Remove(name);
        foreach ((string name, string? value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Outcome Finish(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"hypercloud did not end within {Patience}; it said: {error.Result}");
        }

        return new Outcome(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The state of the only sweep in the store, folded afresh.</summary>
    public async Task<SweepState> State()
    {
        await using IStore store = SqliteStore.Open(StorePath, new SqliteStoreOptions { ReadOnly = true });
        var hub = new SweepHub(store, new Dictionary<string, IRunner>(), TimeProvider.System, new HubOptions { WorkRoot = Folder });
        SweepSummary summary = Assert.Single(await new SweepService(hub).List(CancellationToken.None));
        return await hub.Session(summary.Id).Read(s => s, CancellationToken.None);
    }

    /// <summary>What a sweep found, without when: equal for sweeps that are the same science.</summary>
    public static string Fingerprint(SweepState state) => string.Join("\n",
        state.Trials.Select(t => $"{t.Number} {t.Assignment.ToJson()} " + string.Join(" ", t.Runs.Values.Select(r => $"{r.Key}:{r.Seed}:{r.Result?.State}:{r.Result?.Value:R}")))
            .Append($"champion {state.Champion?.Trial} {state.End?.Status}"));

    public static RunRecord[] Runs(SweepState state) => [.. state.Trials.SelectMany(t => t.Runs.Values)];

    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A process that was killed may still be letting go of a file; the folder is a temporary one.
        }
    }
}

/// <summary>Tests that need POSIX signals and a shell.</summary>
internal static class Needs
{
    public static void Posix() => Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX signals and sh");

    /// <summary>
    /// Ctrl-C can be tried: not where the tests were started with SIGINT ignored, as shells do for what they put into the background, for every
    /// process below inherits that.
    /// </summary>
    public static void Interrupts()
    {
        Posix();
        string? ignored = !OperatingSystem.IsLinux() ? null
            : File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal))?["SigIgn:".Length..].Trim();
        Assert.SkipWhen(ignored is not null && (Convert.ToUInt64(ignored, 16) & 0b10) != 0, "needs SIGINT, which whoever started the tests has ignored (a shell's '&' does)");
    }

    public static void Python() => Assert.SkipUnless(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "python3"))), "needs python3, which is not on the PATH");
}
