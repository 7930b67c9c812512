using System.CommandLine;
using HyperCloud.Runners;
using HyperCloud.Search;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli;

/// <summary>Options and openings that several verbs share.</summary>
internal static class Common
{
    private const string StoreVariable = "HYPERCLOUD_STORE", WorkVariable = "HYPERCLOUD_WORK", PricesVariable = "HYPERCLOUD_PRICES";

    // Read once, and never as the option's default value: help prints those, and an address may hold a key.
    private static readonly WebhookSender Webhooks = new(WebhookOptions.FromEnvironment(), TimeProvider.System);
    private static readonly string? StoreFromEnvironment = Environment.GetEnvironmentVariable(StoreVariable) is { Length: > 0 } s ? s : null;

    public static Option<string?> Store { get; } = new("--store")
    {
        Description = $"Store: a file, an Azure connection string, or https://ACCOUNT.table.core.windows.net (default: ${StoreVariable}, else .hypercloud/store.db in this folder).",
        Recursive = true,
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

    /// <summary>The store's address as the user gave it. It may hold a key: for people use <see cref="StoreWords"/>.</summary>
    public static string StoreAddress(this ParseResult parsed) =>
        parsed.GetValue(Store) is { Length: > 0 } given ? given : StoreFromEnvironment ?? Path.Combine(".hypercloud", "store.db");

    /// <summary>The option that names the store again in a command the user may type next; nothing where the default does. Without secrets.</summary>
    public static string StoreWords(this ParseResult parsed) =>
        parsed.GetValue(Store) is not { Length: > 0 } given ? ""
        : Storage.StoreAddress.IsAzure(given) ? $" --store \"${StoreVariable}\""
        : $" --store {given}";

    /// <summary>Opens the store for changes; a file is made when it is not there.</summary>
    public static IStore OpenStore(this ParseResult parsed) => Open(parsed.StoreAddress(), readOnly: false);

    /// <summary>Opens an existing store to look at; a missing file is said to be missing, not made.</summary>
    public static IStore OpenStoreToRead(this ParseResult parsed) => OpenToRead(parsed.StoreAddress(), "'hypercloud run SPEC' makes one, --store names another");

    /// <summary>Opens an existing store of this address to look at.</summary>
    /// <param name="address">What the user wrote.</param>
    /// <param name="otherwise">What to do when there is no such file.</param>
    public static IStore OpenToRead(string address, string otherwise)
    {
        if (IsFile(address) && !File.Exists(Path.GetFullPath(address)))
            throw new CliException(ExitCodes.NotFound, $"there is no store {Path.GetFullPath(address)} yet; {otherwise}");
        return Open(address, readOnly: true);
    }

    /// <summary>Takes keys out of the environment, once they have been read: runs inherit it, and need not know them.</summary>
    public static void HideSecrets()
    {
        Environment.SetEnvironmentVariable(WebhookOptions.SecretVariable, null);
        if (StoreFromEnvironment is { } address && Storage.StoreAddress.IsAzure(address)) Environment.SetEnvironmentVariable(StoreVariable, null);
    }

    /// <summary>Opens a store of this address.</summary>
    public static IStore Open(string address, bool readOnly)
    {
        HideSecrets();
        try
        {
            return Storage.StoreAddress.Open(IsFile(address) ? Path.GetFullPath(address) : address, new StoreAddressOptions { ReadOnly = readOnly });
        }
        catch (ArgumentException e)
        {
            throw new CliException(ExitCodes.BadInput, $"--store: {Sentence(e)}");
        }
    }

    /// <summary>A hub over a store.</summary>
    public static SweepHub OpenHub(this ParseResult parsed, IStore store, string? baseDirectory = null) =>
        new(store, Runners, TimeProvider.System, parsed.HubOptions(baseDirectory));

    /// <summary>Settings of a hub.</summary>
    public static HubOptions HubOptions(this ParseResult parsed, string? baseDirectory = null) => new()
    {
        WorkRoot = parsed.WorkFolder(),
        BaseDirectory = baseDirectory,
        Costs = new CostOptions { Prices = Prices(null) },
        Webhooks = Webhooks,
    };

    /// <summary>The prices of a file, else of that which the environment names, else the list prices.</summary>
    /// <exception cref="CliException">The file is not there or is no price table.</exception>
    public static PriceTable Prices(string? path)
    {
        if (path is null && Environment.GetEnvironmentVariable(PricesVariable) is { Length: > 0 } named) path = named;
        if (path is null) return PriceTable.List;
        try
        {
            return PriceTable.Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CliException(ExitCodes.BadInput, $"the price table '{path}': {e.Message}");
        }
    }

    /// <summary>Where runs leave checkpoints and outputs: beside a store that is a file; else, or when asked for, in a folder of this machine.</summary>
    public static string WorkFolder(this ParseResult parsed)
    {
        string address = parsed.StoreAddress();
        return Environment.GetEnvironmentVariable(WorkVariable) is { Length: > 0 } work ? Path.GetFullPath(work)
            : IsFile(address) ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(address))!, "work")
            : Path.GetFullPath(Path.Combine(".hypercloud", "work"));
    }

    private static bool IsFile(string address) => !Storage.StoreAddress.IsAzure(address) && !address.Contains("://", StringComparison.Ordinal);

    /// <summary>The message without the parameter's name that .NET appends.</summary>
    private static string Sentence(ArgumentException e) => e.ParamName is null ? e.Message : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);

    /// <summary>Finds the sweep a user means.</summary>
    public static async Task<SweepSummary> FindSweep(SweepService service, string? wanted, CancellationToken cancellation) =>
        FindSweep(await service.List(cancellation), wanted);

    /// <summary>Finds the sweep a user means among all that there are.</summary>
    public static SweepSummary FindSweep(IReadOnlyList<SweepSummary> all, string? wanted, string place = "store")
    {
        if (all.Count == 0) throw new CliException(ExitCodes.NotFound, $"the {place} holds no sweep yet");
        if (wanted is null) return all[0];
        SweepSummary[] found = [.. all.Where(s => s.Id == wanted)];
        if (found.Length == 0) found = [.. all.Where(s => s.Id.StartsWith(wanted, StringComparison.Ordinal))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new CliException(ExitCodes.NotFound, $"there is no sweep '{wanted}'; the {place} holds {string.Join(", ", all.Take(5).Select(s => s.Id))}{(all.Count > 5 ? ", …" : "")}"),
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
    public static SpecContext Specs(bool trialRequired) =>
        new() { Runners = Runners, Algorithms = SearchAlgorithms.Names, Currency = Prices(null).Currency, TrialRequired = trialRequired };

    /// <summary>A problem as one line that editors can jump to.</summary>
    public static string Describe(string path, SpecProblem problem) =>
        $"{path}{(problem.Line > 0 ? $":{problem.Line}:{problem.Column}" : "")}: {problem.Severity.ToString().ToLowerInvariant()}: {problem}";

    /// <summary>Writes a file beside the wanted one and puts it in its place, so that nobody ever sees half of it.</summary>
    public static void WriteWhole(string path, Action<Stream> write)
    {
        // Two processes that write the same file must not meet in the half of it.
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew)) write(stream);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    public static string Count(int n, string noun) => n == 1 ? $"1 {noun}" : $"{n} {noun}s";

    private static string Nearby(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) return $"; there is no folder '{folder}' either";
        string[] specs = [.. Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).Take(5)];
        return specs.Length == 0 ? "" : $"; its folder has {string.Join(", ", specs)}";
    }
}
