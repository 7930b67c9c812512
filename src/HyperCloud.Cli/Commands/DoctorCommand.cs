using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using HyperCloud.Cli.Sources;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud doctor</c>: looks at this machine, the store and the server, and says what is wrong and what would mend it.</summary>
internal static partial class DoctorCommand
{
    private const long ScarceBytes = 1L << 30, TooFewBytes = 100L << 20;
    private const int Probes = 5;

    /// <summary>Leases last 30 s, so clocks that differ by seconds already matter.</summary>
    private static readonly TimeSpan ClockWarning = TimeSpan.FromSeconds(5), ClockFailure = TimeSpan.FromSeconds(25), SlowStore = TimeSpan.FromMilliseconds(500);

    private static readonly Option<bool> s_azure = new("--azure") { Description = "Check a stack deployed to Azure from outside, at the address that --server gives (pulumi stack output endpoint)." };

    public static Command Create()
    {
        Command command = new Command("doctor", "Check this machine, the store and the server; each finding with its remedy.").AtServer();
        command.Options.Add(s_azure);
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        List<Finding> findings = parsed.GetValue(s_azure) ? [.. await Azure(parsed, cancellation)] : await Here(parsed, cancellation);
        if (parsed.IsJson()) WriteJson(findings);
        else WriteText(findings);
        return findings.Any(f => f.Condition == Condition.Fail) ? ExitCodes.Unwell : ExitCodes.Ok;
    }

    private static async Task<IReadOnlyList<Finding>> Azure(ParseResult parsed, CancellationToken cancellation)
    {
        string address = parsed.ServerAddress() ?? throw new CliException(ExitCodes.BadInput, "--azure needs the stack's address: --server \"$(pulumi -C infra stack output endpoint)\", or $HYPERCLOUD_SERVER");
        using var stack = new DeployedStack(address, parsed.ServerKey());
        return await stack.Examine(cancellation);
    }

    private static async Task<List<Finding>> Here(ParseResult parsed, CancellationToken cancellation)
    {
        List<Finding> findings =
        [
            Runtime(),
            Disk(parsed.WorkFolder()),
            Folder(parsed.WorkFolder()),
            await Python(cancellation),
            OpenMp(),
            new("runners", Condition.Ok, string.Join(", ", Common.Runners.Keys.Order(StringComparer.Ordinal))),
        ];
        string? server = parsed.GetValue(Source.Server) is { Length: > 0 } given ? given : parsed.ServerAddress();
        if (server is not null) findings.AddRange(await Server(parsed, server, cancellation));
        // Who works at a server needs no store here.
        if (server is null || parsed.GetValue(Common.Store) is not null) findings.AddRange(await Store(parsed, cancellation));
        return findings;
    }

    private static Finding Runtime()
    {
        string words = $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture}), {Common.Count(Environment.ProcessorCount, "processor")}; hypercloud {SweepService.Product}";
        return Environment.Version.Major >= 10 ? new("runtime", Condition.Ok, words) : new("runtime", Condition.Fail, words, "install the .NET 10 runtime");
    }

    private static Finding Disk(string work)
    {
        string folder = Existing(work);
        try
        {
            long free = new DriveInfo(folder).AvailableFreeSpace;
            string words = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1 << 30):0.0} GiB free at {folder}");
            return free < TooFewBytes ? new("disk", Condition.Fail, words, "make room, or set $HYPERCLOUD_WORK to a folder on another disk")
                : free < ScarceBytes ? new("disk", Condition.Warn, words, "checkpoints and outputs may not fit; $HYPERCLOUD_WORK names a folder on another disk")
                : new("disk", Condition.Ok, words);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new("disk", Condition.Warn, $"free space at {folder} cannot be told: {e.Message}", "look at it by hand");
        }
    }

    private static Finding Folder(string work)
    {
        string folder = Existing(work);
        return WriteFault(folder) is { } fault
            ? new("work folder", Condition.Fail, $"{work}: {fault}", "give yourself the right to write there, or set $HYPERCLOUD_WORK")
            : new("work folder", Condition.Ok, $"{work}{(folder == work ? "" : " (will be made)")} is writable");
    }

    private static async Task<Finding> Python(CancellationToken cancellation)
    {
        const string Remedy = "only specs whose command is python3 need it";
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("python3", ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string version = (await process.StandardOutput.ReadToEndAsync(cancellation)).Trim();
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? new("python3", Condition.Ok, version) : new("python3", Condition.Warn, $"python3 --version ends with {process.ExitCode}", Remedy);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new("python3", Condition.Warn, "python3 is not on the PATH", Remedy);
        }
    }

    private static Finding OpenMp()
    {
        if (!OperatingSystem.IsLinux()) return new("libgomp", Condition.Ok, "not needed on this system");
        if (!NativeLibrary.TryLoad("libgomp.so.1", out nint library)) return new("libgomp", Condition.Warn, "libgomp.so.1 is missing: trials with mlnet's LightGBM cannot run", "install it (Debian, Ubuntu: apt-get install libgomp1)");
        NativeLibrary.Free(library);
        return new("libgomp", Condition.Ok, "libgomp.so.1 can be loaded");
    }

    private static async Task<IEnumerable<Finding>> Server(ParseResult parsed, string address, CancellationToken cancellation)
    {
        List<Finding> findings = [];
        try
        {
            using ServerClient client = parsed.Client(address);
            JsonElement health = await client.Get("/api/health", cancellation);
            long begun = TimeProvider.System.GetTimestamp();
            DateTimeOffset before = TimeProvider.System.GetUtcNow();
            health = await client.Get("/api/health", cancellation);
            TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
            string version = health.GetProperty("version").GetString()!;
            string words = string.Create(CultureInfo.InvariantCulture, $"{client.Address} runs hypercloud {version} and answers in {took.TotalMilliseconds:0} ms");
            findings.Add(version == SweepService.Product ? new("server", Condition.Ok, words) : new("server", Condition.Warn, $"{words}; this program is {SweepService.Product}", "use the same version on both sides"));
            findings.Add(Clock("server clock", health.GetProperty("time").GetDateTimeOffset() - before - took / 2));
            await client.Get("/api/sweeps?limit=1", cancellation);
            findings.Add(new("server key", Condition.Ok, "accepted, or none is asked for"));
        }
        catch (CliException e) when (e.ExitCode == ExitCodes.Key)
        {
            findings.Add(new("server key", Condition.Fail, e.Message, "the key is what 'serve --key' or its $HYPERCLOUD_KEY was given"));
        }
        catch (CliException e)
        {
            findings.Add(new("server", Condition.Fail, e.Message, "start it with 'hypercloud serve', and look at address, port and firewall"));
        }

        return findings;
    }

    private static async Task<IEnumerable<Finding>> Store(ParseResult parsed, CancellationToken cancellation)
    {
        string address = parsed.StoreAddress();
        bool azure = StoreAddress.IsAzure(address);
        if (!azure && !address.Contains("://", StringComparison.Ordinal) && !File.Exists(Path.GetFullPath(address)))
        {
            string folder = Existing(Path.GetDirectoryName(Path.GetFullPath(address))!);
            return [WriteFault(folder) is { } fault
                ? new("store", Condition.Fail, $"{Path.GetFullPath(address)} is not there, and cannot be made: {fault}", "give yourself the right to write there, or name another with --store")
                : new("store", Condition.Ok, $"{Path.GetFullPath(address)} is not there yet; 'hypercloud run' makes it")];
        }

        List<Finding> findings = [];
        try
        {
            await using IStore store = parsed.OpenStore();
            await Read(store, cancellation);
            long begun = TimeProvider.System.GetTimestamp();
            for (int i = 0; i < Probes; i++) await Read(store, cancellation);
            TimeSpan mean = TimeProvider.System.GetElapsedTime(begun) / Probes;
            string words = string.Create(CultureInfo.InvariantCulture, $"{store.Description} can be read, {mean.TotalMilliseconds:0.0} ms a request");
            findings.Add(mean > SlowStore ? new("store", Condition.Warn, words, "every run costs several requests: come nearer to the store, or keep trials longer than seconds") : new("store", Condition.Ok, words));
            findings.Add(await Written(store, cancellation));
            if (azure && Url().Match(store.Description) is { Success: true } url) findings.Add(await AzureClock(url.Value, cancellation));
        }
        catch (StoreException e)
        {
            findings.Add(new("store", Condition.Fail, $"{e.Message} [{e.Code}]", StoreRemedy(e.Code)));
        }
        catch (CliException e)
        {
            findings.Add(new("store", Condition.Fail, e.Message, "docs/storage.md lists the forms of an address"));
        }

        return findings;

        static async Task Read(IStore store, CancellationToken cancellation) =>
            await store.Get("doctor.get", SweepHub.SweepsTable, SweepHub.SweepsPartition, "doctor", cancellation);
    }

    /// <summary>Writes a row and removes it. Among the leases, which no copy of a store takes along.</summary>
    private static async Task<Finding> Written(IStore store, CancellationToken cancellation)
    {
        const string Table = "leases", Partition = "doctor";
        string key = Guid.NewGuid().ToString("N");
        try
        {
            await store.Apply("doctor.put", Table, Partition, [new RowChange.Insert(key, """{"schemaVersion":1}""")], cancellation);
            await store.Apply("doctor.delete", Table, Partition, [new RowChange.Delete(key, null)], cancellation);
            return new("store writes", Condition.Ok, "a row was written and removed");
        }
        catch (StoreException e)
        {
            return new("store writes", Condition.Fail, $"{e.Message} [{e.Code}]", StoreRemedy(e.Code));
        }
    }

    private static async Task<Finding> AzureClock(string url, CancellationToken cancellation)
    {
        try
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
            long begun = TimeProvider.System.GetTimestamp();
            DateTimeOffset before = TimeProvider.System.GetUtcNow();
            // Refused or not: every answer says what time it is there, to the second.
            using HttpResponseMessage response = await client.GetAsync(url, cancellation);
            TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
            if (response.Headers.Date is not { } date) return new("store clock", Condition.Warn, "the store does not say what time it is", "check this machine's clock by hand");
            return Clock("store clock", date + TimeSpan.FromSeconds(0.5) - before - took / 2);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return new("store clock", Condition.Warn, $"the store's clock cannot be asked: {e.Message}", "check this machine's clock by hand");
        }
    }

    /// <summary>What a clock that goes ahead of this machine's means.</summary>
    internal static Finding Clock(string check, TimeSpan ahead)
    {
        string words = string.Create(CultureInfo.InvariantCulture, $"differs from this machine's by {Math.Abs(ahead.TotalSeconds):0.0} s");
        const string Remedy = "set the clocks by NTP: a sweep's host is told dead or alive by them";
        return ahead.Duration() > ClockFailure ? new(check, Condition.Fail, words, Remedy) : ahead.Duration() > ClockWarning ? new(check, Condition.Warn, words, Remedy) : new(check, Condition.Ok, words);
    }

    private static string StoreRemedy(string code) => code switch
    {
        "forbidden" => "give the identity or key the roles that docs/storage.md names",
        "unreachable" => "look at address, network and firewall",
        "busy" => "end what locks it, or wait",
        "full" => "make room",
        "read-only" => "give yourself the right to write, or copy it with 'hypercloud store copy'",
        "corrupt" => "take a copy, then look at it with 'hypercloud replay'",
        "newer-version" => "use a newer hypercloud",
        _ => "docs/storage.md says more",
    };

    /// <summary>The nearest folder that is there.</summary>
    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above) folder = above;
        return folder;
    }

    /// <summary>Why nothing can be written into a folder; null when it can.</summary>
    private static string? WriteFault(string folder)
    {
        string file = Path.Combine(folder, $".hypercloud-doctor-{Guid.NewGuid():N}");
        try
        {
            using (new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static void WriteText(List<Finding> findings)
    {
        int width = findings.Max(f => f.Check.Length);
        foreach (Finding f in findings)
        {
            Console.WriteLine($"{Word(f.Condition),-4}  {f.Check.PadRight(width)}  {f.Message}");
            if (f.Remedy is { } remedy) Console.WriteLine($"{"",-4}  {"".PadRight(width)}  → {remedy}");
        }

        int fails = findings.Count(f => f.Condition == Condition.Fail), warnings = findings.Count(f => f.Condition == Condition.Warn);
        Console.WriteLine(fails + warnings == 0 ? "all is well" : $"{Common.Count(fails, "check")} failed, {Common.Count(warnings, "warning")}");
    }

    private static void WriteJson(List<Finding> findings)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteBoolean("well", findings.All(f => f.Condition != Condition.Fail));
        writer.WriteStartArray("checks");
        foreach (Finding f in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("check", f.Check);
            writer.WriteString("result", Word(f.Condition));
            writer.WriteString("message", f.Message);
            if (f.Remedy is { } remedy) writer.WriteString("remedy", remedy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    private static string Word(Condition condition) => condition.ToString().ToLowerInvariant();

    [GeneratedRegex(@"https?://[^\s,;#]+")]
    private static partial Regex Url();

    /// <summary>How bad a finding is.</summary>
    internal enum Condition
    {
        Ok,
        Warn,
        Fail,
    }

    /// <summary>What one check found.</summary>
    internal sealed record Finding(string Check, Condition Condition, string Message, string? Remedy = null);
}
