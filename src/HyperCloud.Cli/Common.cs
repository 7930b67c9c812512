using System.CommandLine;
using HyperCloud.Runners;
using HyperCloud.Search;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli;

/// <summary>Options and openings that several verbs share.</summary>
internal static class Common
{
    public static Option<string> Store { get; } = new("--store")
    {
        Description = "Store file (default: $HYPERCLOUD_STORE, else .hypercloud/store.db in this folder).",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("HYPERCLOUD_STORE") is { Length: > 0 } s ? s : Path.Combine(".hypercloud", "store.db"),
    };

    public static Option<string> Output { get; } = new Option<string>("--output", "-o")
    {
        Description = "Form of what is printed on standard output: text or json (report and runs of text also: markdown).",
        Recursive = true,
        DefaultValueFactory = _ => "text",
    }.AcceptOnlyFromAmong("text", "json", "markdown");

    public static Argument<string> Sweep(bool optional = true) => new("sweep")
    {
        Description = "Sweep id, its beginning, or its name" + (optional ? " (default: the newest sweep of the store)." : "."),
        Arity = optional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };

    public static bool IsJson(this ParseResult parsed) => parsed.GetValue(Output) == "json";

    public static IReadOnlyDictionary<string, IRunner> Runners { get; } = RunnerRegistry.Create().All.ToDictionary(r => r.Kind, StringComparer.Ordinal);

    /// <summary>Opens the store for changes, making it when it is not there.</summary>
    public static IStore OpenStore(this ParseResult parsed) => SqliteStore.Open(Path.GetFullPath(parsed.GetValue(Store)!));

    /// <summary>Opens an existing store to look at; a missing one is said to be missing, not made.</summary>
    public static IStore OpenStoreToRead(this ParseResult parsed)
    {
        string path = Path.GetFullPath(parsed.GetValue(Store)!);
        return File.Exists(path)
            ? SqliteStore.Open(path, new SqliteStoreOptions { ReadOnly = true })
            : throw new CliException(ExitCodes.NotFound, $"there is no store {path} yet; 'hypercloud run SPEC' makes one, --store names another");
    }

    /// <summary>A hub over a store.</summary>
    public static SweepHub OpenHub(this ParseResult parsed, IStore store, string? baseDirectory = null) =>
        new(store, Runners, TimeProvider.System, parsed.HubOptions(baseDirectory));

    /// <summary>Settings of a hub: what runs leave behind lies beside the store.</summary>
    public static HubOptions HubOptions(this ParseResult parsed, string? baseDirectory = null) => new()
    {
        WorkRoot = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(parsed.GetValue(Store)!))!, "work"),
        BaseDirectory = baseDirectory,
    };

    /// <summary>Finds the sweep a user means.</summary>
    public static async Task<SweepSummary> FindSweep(SweepService service, string? wanted, CancellationToken cancellation)
    {
        IReadOnlyList<SweepSummary> all = await service.List(cancellation);
        if (all.Count == 0) throw new CliException(ExitCodes.NotFound, "the store holds no sweep yet");
        if (wanted is null) return all[0];
        SweepSummary[] found = [.. all.Where(s => s.Id == wanted)];
        if (found.Length == 0) found = [.. all.Where(s => s.Id.StartsWith(wanted, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new CliException(ExitCodes.NotFound, $"there is no sweep '{wanted}'; the store holds {string.Join(", ", all.Take(5).Select(s => s.Id))}{(all.Count > 5 ? ", …" : "")}"),
            _ => throw new CliException(ExitCodes.NotFound, $"'{wanted}' may mean {string.Join(" or ", found.Select(s => s.Id))}; give more of the id"),
        };
    }

    /// <summary>Reads a spec file; prints problems to standard error.</summary>
    /// <exception cref="CliException">It has errors.</exception>
    public static SweepSpec ReadSpec(string path, IReadOnlyList<string> overrides, bool trialRequired)
    {
        SpecResult result = LoadSpec(path, overrides, trialRequired);
        foreach (SpecProblem problem in result.Problems) Console.Error.WriteLine(Describe(path, problem));
        return result.Spec ?? throw new CliException(ExitCodes.BadInput, $"{path} has {Count(result.Errors.Count(), "error")}; nothing was started");
    }

    /// <summary>Reads a spec file, or says what is wrong with it.</summary>
    public static SpecResult LoadSpec(string path, IReadOnlyList<string> overrides, bool trialRequired)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new CliException(ExitCodes.BadInput, $"there is no file '{path}'{Nearby(path)}");
        return SpecReader.ReadFile(path, Specs(trialRequired), overrides);
    }

    /// <summary>What this program knows of specs: its runners and algorithms.</summary>
    public static SpecContext Specs(bool trialRequired) => new() { Runners = Runners, Algorithms = SearchAlgorithms.Names, TrialRequired = trialRequired };

    /// <summary>A problem as one line that editors can jump to.</summary>
    public static string Describe(string path, SpecProblem problem) =>
        $"{path}{(problem.Line > 0 ? $":{problem.Line}:{problem.Column}" : "")}: {problem.Severity.ToString().ToLowerInvariant()}: {problem}";

    public static string Count(int n, string noun) => n == 1 ? $"1 {noun}" : $"{n} {noun}s";

    private static string Nearby(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) return $"; there is no folder '{folder}' either";
        string[] specs = [.. Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).Take(5)];
        return specs.Length == 0 ? "" : $"; its folder has {string.Join(", ", specs)}";
    }
}
