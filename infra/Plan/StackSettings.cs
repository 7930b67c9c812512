using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HyperCloud.Infra.Plan;

/// <summary>Where orchestrations keep their state.</summary>
public enum TaskHubKind
{
    /// <summary>Queues, tables and blobs of the hub's storage account. Costs nothing while nothing runs.</summary>
    Storage,

    /// <summary>Durable Task Scheduler, paid by the action; at most 500 actions a second.</summary>
    SchedulerConsumption,

    /// <summary>Durable Task Scheduler, one dedicated capacity unit, paid by the month.</summary>
    SchedulerDedicated,
}

/// <summary>What is wrong with a stack's configuration: everything at once.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>One sentence each, which names the key, the value and what would do.</summary>
    public IReadOnlyList<string> Problems => problems;
}

/// <summary>
/// The configuration of a stack, from <c>Pulumi.STACK.yaml</c>. Each property is the key <c>hypercloud:NAME</c> with a small first letter.
/// What has no default must be given.
/// </summary>
public sealed record StackSettings
{
    /// <summary>The sign-in of the sample stack, which stands for the app registration that the team has yet to make.</summary>
    public static readonly Guid SampleClientId = Guid.Empty;

    /// <summary>Container Apps' job sample: what the job runs until the team pushes an image of its own.</summary>
    public const string SampleImage = "mcr.microsoft.com/k8se/quickstart-jobs:latest";

    /// <summary>Where everything stands, such as <c>westeurope</c>; Flex Consumption must be offered there.</summary>
    public required string Location { get; init; }

    /// <summary>First part of all names: 3 to 12 small letters and digits, a letter first. Default <c>hypercloud</c>.</summary>
    public string Name { get; init; } = "hypercloud";

    /// <summary>Who answers for the stack: the tag <c>owner</c>.</summary>
    public required string Owner { get; init; }

    /// <summary>Client id of the Entra app registration that people sign in with; null (written <c>none</c>): function keys alone protect the API. No default, for it is a decision.</summary>
    public required Guid? SignIn { get; init; }

    /// <summary>E-mail addresses that alerts and the budget write to; at least one.</summary>
    public required IReadOnlyList<string> Contacts { get; init; }

    /// <summary>What the stack may cost in a month before it is told, in the currency of the subscription. It is told, not stopped.</summary>
    public required int Budget { get; init; }

    /// <summary>Memory of an instance in MB: 512 (a quarter of a core), 2048 (one core) or 4096 (two). Default 2048.</summary>
    public int InstanceMemory { get; init; } = 2048;

    /// <summary>Most instances at once, 1 … 1000. Default 40. A subscription has 250 cores of Flex Consumption in a region unless it asked for more.</summary>
    public int MaximumInstances { get; init; } = 40;

    /// <summary>Instances for orchestrations that never go away, 0 … 100; each is paid by the hour. Default 0: the first sweep after a pause waits for a cold start.</summary>
    public int AlwaysReady { get; init; }

    /// <summary>Spread over availability zones: zone-redundant storage and plan. Default false. Azure then keeps, and bills, two always-ready instances.</summary>
    public bool ZoneRedundant { get; init; }

    /// <summary>Where orchestrations keep their state: <c>storage</c>, <c>scheduler-consumption</c>, <c>scheduler-dedicated</c>. Default storage.</summary>
    public TaskHubKind TaskHub { get; init; }

    /// <summary>Container Apps environment, job and registry for <c>trial: {container: …}</c>. Default false.</summary>
    public bool Containers { get; init; }

    /// <summary>The image that the job runs. Default: Microsoft's sample, until yours is in the registry.</summary>
    public string ContainerImage { get; init; } = SampleImage;

    /// <summary>Cores of a container, 0.25 … 4 in quarters; it gets twice as many GiB of memory, as the Consumption profile has it. Default 1.</summary>
    public double ContainerCores { get; init; } = 1;

    /// <summary>Virtual network: storage and vault are reached through private endpoints alone. Default false.</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Addresses of the virtual network, in CIDR notation; a /24 or larger, of which three /26 are used. Default 10.20.0.0/24.</summary>
    public string AddressSpace { get; init; } = "10.20.0.0/24";

    /// <summary>Whether a deleted vault stays for 90 days and nobody can hasten it. Default false. Once on, Azure does not let it be turned off.</summary>
    public bool PurgeProtection { get; init; }

    /// <summary>How long one activity goes on with short runs, in seconds, 0 … 300. Default 10.</summary>
    public int PackSeconds { get; init; } = 10;

    /// <summary>Days that the history of ended orchestrations is kept, 1 … 3650. Default 7.</summary>
    public int HistoryDays { get; init; } = 7;

    /// <summary>Days that logs and metrics are kept, 30 … 730; the first 31 are free of charge. Default 30.</summary>
    public int LogDays { get; init; } = 30;

    /// <summary>Most GB of logs a day, 1 … 1000; what exceeds them is dropped until the next day. Default 1.</summary>
    public int LogGigabytesPerDay { get; init; } = 1;

    /// <summary>Days that overwritten and deleted blobs (checkpoints, deleted sweeps, old packages) can be had back, 1 … 365. Default 7.</summary>
    public int VersionDays { get; init; } = 7;

    /// <summary>Days after which the blobs of a sweep that nobody writes to move to the cool tier, 0 … 3650; after three times as long to the cold one. 0: never. Default 30. They stay readable.</summary>
    public int CoolAfterDays { get; init; } = 30;

    /// <summary>Further tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The keys that configuration may have.</summary>
    public static IReadOnlyCollection<string> Keys { get; } =
        [.. typeof(StackSettings).GetProperties().Where(p => p.GetMethod is { IsStatic: false } && p.Name != "EqualityContract").Select(p => char.ToLowerInvariant(p.Name[0]) + p.Name[1..])];

    /// <summary>Reads a configuration.</summary>
    /// <param name="values">Key without <c>hypercloud:</c> to text; lists and mappings as JSON, as Pulumi hands them to a program.</param>
    /// <exception cref="SettingsException">Something is missing, unknown or out of range; all of it at once.</exception>
    public static StackSettings Read(IReadOnlyDictionary<string, string> values)
    {
        var reader = new SettingsReader(values);
        var defaults = new StackSettings { Location = "", Owner = "", SignIn = null, Contacts = [], Budget = 1 };
        var settings = new StackSettings
        {
            Location = reader.Text("location", null, @"^[a-z][a-z0-9]+$", "the name of a region in small letters, such as westeurope"),
            Name = reader.Text("name", defaults.Name, "^[a-z][a-z0-9]{2,11}$", "3 to 12 small letters and digits, a letter first"),
            Owner = reader.Text("owner", null, @"^[^<>%&\\?/]{1,256}$", "a name or an address without < > % & \\ ? /"),
            SignIn = reader.SignIn(),
            Contacts = reader.Contacts(),
            Budget = reader.Integer("budget", null, 1, 1_000_000),
            InstanceMemory = reader.OneOf("instanceMemory", defaults.InstanceMemory, 512, 2048, 4096),
            MaximumInstances = reader.Integer("maximumInstances", defaults.MaximumInstances, 1, 1000),
            AlwaysReady = reader.Integer("alwaysReady", defaults.AlwaysReady, 0, 100),
            ZoneRedundant = reader.Flag("zoneRedundant"),
            TaskHub = reader.TaskHub(),
            Containers = reader.Flag("containers"),
            ContainerImage = reader.Text("containerImage", defaults.ContainerImage, @"^\S{1,512}$", "the name of an image"),
            ContainerCores = reader.Cores(defaults.ContainerCores),
            PrivateNetwork = reader.Flag("privateNetwork"),
            AddressSpace = reader.Text("addressSpace", defaults.AddressSpace, @"^\S+$", "a network such as 10.20.0.0/24"),
            PurgeProtection = reader.Flag("purgeProtection"),
            PackSeconds = reader.Integer("packSeconds", defaults.PackSeconds, 0, 300),
            HistoryDays = reader.Integer("historyDays", defaults.HistoryDays, 1, 3650),
            LogDays = reader.Integer("logDays", defaults.LogDays, 30, 730),
            LogGigabytesPerDay = reader.Integer("logGigabytesPerDay", defaults.LogGigabytesPerDay, 1, 1000),
            VersionDays = reader.Integer("versionDays", defaults.VersionDays, 1, 365),
            CoolAfterDays = reader.Integer("coolAfterDays", defaults.CoolAfterDays, 0, 3650),
            Tags = reader.Tags(),
        };
        reader.RefuseUnknown(Keys);
        settings.CheckTogether(reader.Problems);
        return reader.Problems.Count == 0 ? settings : throw new SettingsException(reader.Problems);
    }

    // What is right by itself and wrong together.
    private void CheckTogether(List<string> problems)
    {
        if (AlwaysReady > MaximumInstances) problems.Add($"alwaysReady must be at most maximumInstances, but they are {AlwaysReady} and {MaximumInstances}");
        if (ZoneRedundant && Containers && !PrivateNetwork)
            problems.Add("zoneRedundant with containers needs privateNetwork: a Container Apps environment spreads over zones only inside a virtual network of yours");
        if (PrivateNetwork && TaskHub != TaskHubKind.Storage)
            problems.Add("privateNetwork with a scheduler as taskHub is not offered yet: the scheduler would still be reached over its public address; use taskHub: storage");
        // Parsing clears what is beyond the prefix, and Azure takes the first address only.
        if (!IPNetwork.TryParse(AddressSpace, out IPNetwork network) || network.BaseAddress.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork
            || network.PrefixLength is < 8 or > 24 || network.ToString() != AddressSpace)
            problems.Add($"addressSpace must be an IPv4 network from /8 to /24 that begins at its first address, such as 10.20.0.0/24, but is '{AddressSpace}'");
    }
}

/// <summary>Reads values and notes what is wrong with them; what it returns for a wrong one is never used.</summary>
internal sealed partial class SettingsReader(IReadOnlyDictionary<string, string> values)
{
    /// <summary>What was found wrong.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>A text of a form.</summary>
    public string Text(string key, string? fallback, string pattern, string form)
    {
        if (Given(key, fallback is not null) is not { } text) return fallback ?? "";
        if (!Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant)) Refuse(key, $"be {form}", text);
        return text;
    }

    /// <summary>A whole number in a range; without a fallback it must be given.</summary>
    public int Integer(string key, int? fallback, int min, int max)
    {
        if (Given(key, fallback is not null) is not { } text) return fallback ?? min;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max) return value;
        Refuse(key, string.Create(CultureInfo.InvariantCulture, $"be a whole number from {min} to {max}"), text);
        return min;
    }

    /// <summary>One of a few numbers.</summary>
    public int OneOf(string key, int fallback, params int[] choices)
    {
        if (Given(key, true) is not { } text) return fallback;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && choices.Contains(value)) return value;
        Refuse(key, $"be one of {string.Join(", ", choices)}", text);
        return fallback;
    }

    /// <summary>True or false; false when it is not given.</summary>
    public bool Flag(string key)
    {
        if (Given(key, true) is not { } text) return false;
        if (text is not ("true" or "false")) Refuse(key, "be true or false", text);
        return text == "true";
    }

    /// <summary><c>signIn</c>.</summary>
    public Guid? SignIn()
    {
        const string Key = "signIn";
        if (!values.TryGetValue(Key, out string? text))
        {
            Problems.Add("signIn must be given: the client id of an Entra app registration for people to sign in with (docs/deploying.md makes one), or 'none' to rely on function keys alone");
            return null;
        }

        if (text == "none") return null;
        if (!Guid.TryParseExact(text, "D", out Guid id)) Refuse(Key, "be the client id of an app registration, or 'none'", text);
        else if (id == StackSettings.SampleClientId) Problems.Add("signIn is still the sample's: make an app registration (docs/deploying.md) and give its client id, or 'none' to rely on function keys alone");
        return id;
    }

    /// <summary><c>contacts</c>.</summary>
    public IReadOnlyList<string> Contacts()
    {
        const string Key = "contacts";
        if (Given(Key, false) is not { } text) return [];
        string[]? list = Json<string[]>(text);
        if (list is not { Length: > 0 } || !list.All(a => a is not null && Address().IsMatch(a))) Refuse(Key, "be a list of at least one e-mail address", text);
        return list ?? [];
    }

    /// <summary><c>tags</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags()
    {
        const string Key = "tags";
        if (Given(Key, true) is not { } text) return new Dictionary<string, string>();
        if (Json<Dictionary<string, string>>(text) is not { } tags)
        {
            Refuse(Key, "be a mapping from names to texts", text);
            return new Dictionary<string, string>();
        }

        Problems.AddRange(StackTags.Problems(tags));
        return tags;
    }

    /// <summary><c>taskHub</c>.</summary>
    public TaskHubKind TaskHub()
    {
        switch (Given("taskHub", true))
        {
            case null or "storage": return TaskHubKind.Storage;
            case "scheduler-consumption": return TaskHubKind.SchedulerConsumption;
            case "scheduler-dedicated": return TaskHubKind.SchedulerDedicated;
            case var text:
                Refuse("taskHub", "be storage, scheduler-consumption or scheduler-dedicated", text);
                return TaskHubKind.Storage;
        }
    }

    /// <summary><c>containerCores</c>.</summary>
    public double Cores(double fallback)
    {
        if (Given("containerCores", true) is not { } text) return fallback;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double cores) && cores is >= 0.25 and <= 4 && cores * 4 == Math.Floor(cores * 4)) return cores;
        Refuse("containerCores", "be 0.25 to 4 in quarters", text);
        return fallback;
    }

    /// <summary>Refuses what is no key: it would be without effect, and nobody would notice.</summary>
    public void RefuseUnknown(IReadOnlyCollection<string> keys)
    {
        foreach (string key in values.Keys.Where(k => !keys.Contains(k)).Order(StringComparer.Ordinal))
            Problems.Add($"there is no setting '{key}'; the settings are {string.Join(", ", keys.Order(StringComparer.Ordinal))}");
    }

    private string? Given(string key, bool optional)
    {
        if (values.TryGetValue(key, out string? text)) return text;
        if (!optional) Problems.Add($"{key} must be given");
        return null;
    }

    private void Refuse(string key, string form, string got) => Problems.Add($"{key} must {form}, but is '{(got.Length > 80 ? got[..80] + "…" : got)}'");

    private static T? Json<T>(string text)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\.[^@\s]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
