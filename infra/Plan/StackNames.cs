using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace HyperCloud.Infra.Plan;

/// <summary>
/// What Azure demands of the name of a kind of resource, after
/// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules (read in 2026).
/// </summary>
/// <param name="Kind">What is named.</param>
/// <param name="Min">Fewest characters.</param>
/// <param name="Max">Most characters.</param>
/// <param name="Pattern">Which characters, and where.</param>
/// <param name="Form">The same for people.</param>
public sealed record NameRule(string Kind, int Min, int Max, string Pattern, string Form)
{
    private const string LettersDigitsHyphens = "letters, digits and inner hyphens";

    /// <summary>Microsoft.Resources/resourceGroups.</summary>
    public static NameRule ResourceGroup { get; } = new("resource group", 1, 90, @"^[-\w.()]*[-\w()]$", "letters, digits, _ - . ( ), not ending in a dot");

    /// <summary>Microsoft.Storage/storageAccounts; worldwide unique.</summary>
    public static NameRule StorageAccount { get; } = new("storage account", 3, 24, "^[a-z0-9]+$", "small letters and digits");

    /// <summary>Microsoft.Storage/storageAccounts/blobServices/containers.</summary>
    public static NameRule Container { get; } = new("blob container", 3, 63, "^[a-z0-9]+(-[a-z0-9]+)*$", "small letters, digits and single inner hyphens");

    /// <summary>Microsoft.Storage/storageAccounts/tableServices/tables.</summary>
    public static NameRule Table { get; } = new("table", 3, 63, "^[A-Za-z][A-Za-z0-9]*$", "letters and digits, a letter first");

    /// <summary>Microsoft.ManagedIdentity/userAssignedIdentities.</summary>
    public static NameRule Identity { get; } = new("identity", 3, 128, "^[A-Za-z0-9][-A-Za-z0-9_]*$", "letters, digits, - and _, beginning with a letter or digit");

    /// <summary>Microsoft.Web/serverfarms.</summary>
    public static NameRule AppServicePlan { get; } = new("plan", 1, 60, "^[-A-Za-z0-9]+$", LettersDigitsHyphens);

    /// <summary>
    /// Microsoft.Web/sites; worldwide unique. Azure takes 60, but the host's id is cut after 32, and two apps that share those would share
    /// locks and timers (https://learn.microsoft.com/azure/azure-functions/storage-considerations#host-id-considerations).
    /// </summary>
    public static NameRule FunctionApp { get; } = new("function app", 2, 32, "^[A-Za-z0-9][-A-Za-z0-9]*[A-Za-z0-9]$", LettersDigitsHyphens);

    /// <summary>Microsoft.OperationalInsights/workspaces.</summary>
    public static NameRule Workspace { get; } = new("log workspace", 4, 63, "^[A-Za-z0-9][-A-Za-z0-9]*[A-Za-z0-9]$", LettersDigitsHyphens);

    /// <summary>Microsoft.Insights/components, actionGroups and scheduledQueryRules.</summary>
    public static NameRule Insights { get; } = new("monitoring resource", 1, 260, "^[-A-Za-z0-9_]+$", "letters, digits, - and _");

    /// <summary>The short name of an action group, which text messages begin with.</summary>
    public static NameRule ActionGroupShortName { get; } = new("short name", 1, 12, "^[A-Za-z0-9]+$", "letters and digits");

    /// <summary>Microsoft.Consumption/budgets.</summary>
    public static NameRule Budget { get; } = new("budget", 1, 63, "^[-A-Za-z0-9_]+$", "letters, digits, - and _");

    /// <summary>Microsoft.KeyVault/vaults; worldwide unique.</summary>
    public static NameRule Vault { get; } = new("vault", 3, 24, "^[A-Za-z](-?[A-Za-z0-9])*$", "letters, digits and single inner hyphens, a letter first");

    /// <summary>Microsoft.DurableTask/schedulers and their task hubs.</summary>
    public static NameRule Scheduler { get; } = new("scheduler or task hub", 3, 64, "^[-A-Za-z0-9]+$", LettersDigitsHyphens);

    /// <summary>Microsoft.App/managedEnvironments and jobs.</summary>
    public static NameRule ContainerApps { get; } = new("container environment or job", 2, 32, "^[a-z](-?[a-z0-9])*$", "small letters, digits and single inner hyphens, a letter first");

    /// <summary>Microsoft.ContainerRegistry/registries; worldwide unique.</summary>
    public static NameRule Registry { get; } = new("container registry", 5, 50, "^[A-Za-z0-9]+$", "letters and digits");

    /// <summary>Microsoft.Network/virtualNetworks, subnets and private endpoints.</summary>
    public static NameRule Network { get; } = new("network", 2, 64, @"^[A-Za-z0-9][-\w.]*\w$", "letters, digits, _ - .");

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public string? Problem(string name) =>
        name.Length >= Min && name.Length <= Max && Regex.IsMatch(name, Pattern, RegexOptions.CultureInvariant)
            ? null
            : $"the name of a {Kind} must have {Min} to {Max} characters, {Form}, but '{name}' has {name.Length}";
}

/// <summary>The names of a stack's resources. Those that must be unique in the world end in six characters that follow from subscription and stack.</summary>
public sealed record StackNames
{
    private const int SuffixLength = 6;

    private StackNames(string name, string stack, string suffix)
    {
        string plain = name + Only(stack, c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));
        string dashed = $"{name}-{stack}";
        // What is cut off still counts: the suffix is made of all of it.
        string account = plain[..Math.Min(plain.Length, 24 - "data".Length - SuffixLength)];
        Stack = stack;
        ResourceGroup = $"rg-{dashed}";
        HubStorage = $"{account}hub{suffix}";
        DataStorage = $"{account}data{suffix}";
        AppIdentity = $"id-{dashed}-app";
        JobsIdentity = $"id-{dashed}-jobs";
        Plan = $"plan-{dashed}";
        App = $"{dashed[..Math.Min(dashed.Length, 32 - 1 - SuffixLength)].TrimEnd('-')}-{suffix}";
        Workspace = $"log-{dashed}";
        Insights = $"appi-{dashed}";
        Alerts = $"alerts-{dashed}";
        Budget = $"budget-{dashed}";
        Vault = $"kv-{plain[..Math.Min(plain.Length, 24 - 4 - SuffixLength)]}-{suffix}";
        Scheduler = $"dts-{dashed}-{suffix}";
        Environment = $"cae-{dashed}"[..Math.Min(4 + dashed.Length, 32)].TrimEnd('-');
        Job = "train";
        Registry = $"{plain[..Math.Min(plain.Length, 40)]}{suffix}";
        Network = $"vnet-{dashed}";
    }

    /// <summary>The stack, such as <c>dev</c>.</summary>
    public string Stack { get; }

    /// <summary>Holds everything.</summary>
    public string ResourceGroup { get; }

    /// <summary>Account of the task hub, the host's state and the deployed packages.</summary>
    public string HubStorage { get; }

    /// <summary>Account of the sweeps.</summary>
    public string DataStorage { get; }

    /// <summary>Identity of the app.</summary>
    public string AppIdentity { get; }

    /// <summary>Identity of training containers.</summary>
    public string JobsIdentity { get; }

    /// <summary>The Flex Consumption plan.</summary>
    public string Plan { get; }

    /// <summary>The function app.</summary>
    public string App { get; }

    /// <summary>Log Analytics workspace.</summary>
    public string Workspace { get; }

    /// <summary>Application Insights.</summary>
    public string Insights { get; }

    /// <summary>Action group, and first part of the names of alerts.</summary>
    public string Alerts { get; }

    /// <summary>Budget.</summary>
    public string Budget { get; }

    /// <summary>Key vault.</summary>
    public string Vault { get; }

    /// <summary>Durable Task Scheduler.</summary>
    public string Scheduler { get; }

    /// <summary>Its task hub; also the hub's name in <c>host.json</c>.</summary>
    public string TaskHub => "HyperCloud";

    /// <summary>Container Apps environment.</summary>
    public string Environment { get; }

    /// <summary>Container Apps job: what <c>trial: {container: {job: train}}</c> names.</summary>
    public string Job { get; }

    /// <summary>Container registry.</summary>
    public string Registry { get; }

    /// <summary>Virtual network.</summary>
    public string Network { get; }

    /// <summary>Names a stack's resources.</summary>
    /// <param name="name"><see cref="StackSettings.Name"/>.</param>
    /// <param name="stack">Name of the stack; what is not a small letter, digit or hyphen becomes a hyphen.</param>
    /// <param name="subscription">Id of the subscription.</param>
    /// <exception cref="SettingsException">A name would be against Azure's rules.</exception>
    public static StackNames Create(string name, string stack, string subscription)
    {
        string tidy = Regex.Replace(stack.ToLowerInvariant(), "[^a-z0-9]+", "-", RegexOptions.CultureInvariant).Trim('-');
        if (tidy.Length is 0 or > 30) throw new SettingsException([$"the name of a stack must have 1 to 30 letters, digits and hyphens, but is '{stack}'"]);
        var names = new StackNames(name, tidy, Suffix($"{subscription}/{name}/{stack}"));
        string[] problems = [.. names.Ruled().Select(n => n.Rule.Problem(n.Name)).OfType<string>()];
        return problems.Length == 0 ? names : throw new SettingsException(problems);
    }

    /// <summary>Every name with its rule.</summary>
    public IEnumerable<(string Name, NameRule Rule)> Ruled() =>
    [
        (ResourceGroup, NameRule.ResourceGroup), (HubStorage, NameRule.StorageAccount), (DataStorage, NameRule.StorageAccount), (AppIdentity, NameRule.Identity), (JobsIdentity, NameRule.Identity),
        (Plan, NameRule.AppServicePlan), (App, NameRule.FunctionApp), (Workspace, NameRule.Workspace), (Insights, NameRule.Insights), (Alerts, NameRule.Insights), (Budget, NameRule.Budget),
        (Vault, NameRule.Vault), (Scheduler, NameRule.Scheduler), (TaskHub, NameRule.Scheduler), (Environment, NameRule.ContainerApps), (Job, NameRule.ContainerApps), (Registry, NameRule.Registry),
        (Network, NameRule.Network),
    ];

    // 30 bits of a digest: two stacks of the world get the same one about as often as one in a thousand million.
    private static string Suffix(string text)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return string.Concat(digest.Take(SuffixLength).Select(b => Alphabet[b % Alphabet.Length]));
    }

    private static string Only(string text, Func<char, bool> keep) => string.Concat(text.Where(keep));
}
