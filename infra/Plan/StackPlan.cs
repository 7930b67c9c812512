namespace HyperCloud.Infra.Plan;

/// <summary>Whose subscription it is.</summary>
/// <param name="Subscription">Subscription id.</param>
/// <param name="Tenant">Tenant id.</param>
public sealed record Subscriber(string Subscription, string Tenant);

/// <summary>The plan and the app on it.</summary>
/// <param name="RuntimeVersion">Version of .NET, of the <c>dotnet-isolated</c> runtime.</param>
/// <param name="InstanceMemory">MB.</param>
/// <param name="MaximumInstances">Most instances.</param>
/// <param name="AlwaysReady">Instances of the group <c>durable</c> that never go away.</param>
/// <param name="ZoneRedundant">Spread over zones.</param>
/// <param name="Packages">Address of the container that packages are deployed to.</param>
/// <param name="Settings">Application settings.</param>
public sealed record AppPlan(
    string RuntimeVersion, int InstanceMemory, int MaximumInstances, int AlwaysReady, bool ZoneRedundant, string Packages, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>The group of functions that always-ready instances are for: all Durable triggers.</summary>
    public const string AlwaysReadyGroup = "durable";
}

/// <summary>Entra in front of the app.</summary>
/// <param name="ClientId">The app registration.</param>
/// <param name="Issuer">Who signs its tokens.</param>
/// <param name="Audiences">For whom tokens must be meant.</param>
/// <param name="Open">Paths that ask for no token: what is open anyway, and reports of runs, which have a token of their own.</param>
public sealed record SignInPlan(string ClientId, string Issuer, IReadOnlyList<string> Audiences, IReadOnlyList<string> Open)
{
    /// <summary>The sign-in of a stack; null: none.</summary>
    public static SignInPlan? Of(StackSettings settings, Subscriber subscriber) => settings.SignIn is not { } id ? null : new(
        id.ToString(), $"https://login.microsoftonline.com/{subscriber.Tenant}/v2.0", [$"api://{id}", id.ToString()], ["/api/health", "/api/schema", "/api/openapi.yaml", "/api/runs/*"]);
}

/// <summary>The scheduler.</summary>
/// <param name="Dedicated">One dedicated capacity unit, otherwise paid by the action.</param>
public sealed record SchedulerPlan(bool Dedicated);

/// <summary>Container Apps for the <c>container</c> runner.</summary>
/// <param name="Image">What the job runs.</param>
/// <param name="Cores">Cores.</param>
/// <param name="Memory">Memory, such as <c>2Gi</c>.</param>
/// <param name="TimeoutSeconds">How long an execution may take; a sweep's <c>limits.runTime</c> is what limits runs.</param>
/// <param name="ZoneRedundant">Spread over zones.</param>
/// <param name="PrivateRegistry">The registry is reached inside the network alone, which only its Premium kind can be.</param>
public sealed record ContainersPlan(string Image, double Cores, string Memory, int TimeoutSeconds, bool ZoneRedundant, bool PrivateRegistry);

/// <summary>
/// A whole stack as data: every decision, and nothing of Pulumi. The program in <c>infra/</c> turns it into resources one by one.
/// </summary>
public sealed record StackPlan
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(1);

    /// <summary>Where.</summary>
    public required string Location { get; init; }

    /// <summary>Tags of everything.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Names.</summary>
    public required StackNames Names { get; init; }

    /// <summary>Whose.</summary>
    public required Subscriber Subscriber { get; init; }

    /// <summary>Storage of the hub.</summary>
    public required StoragePlan HubStorage { get; init; }

    /// <summary>Storage of sweeps.</summary>
    public required StoragePlan DataStorage { get; init; }

    /// <summary>Who may do what.</summary>
    public required IReadOnlyList<RoleGrant> Roles { get; init; }

    /// <summary>The app.</summary>
    public required AppPlan App { get; init; }

    /// <summary>Entra sign-in; null: function keys alone.</summary>
    public required SignInPlan? SignIn { get; init; }

    /// <summary>Telemetry and alarms.</summary>
    public required WatchPlan Watch { get; init; }

    /// <summary>Whether the vault's purge protection is on.</summary>
    public required bool PurgeProtection { get; init; }

    /// <summary>The scheduler; null: the task hub is in the hub's storage.</summary>
    public required SchedulerPlan? Scheduler { get; init; }

    /// <summary>Container Apps; null: none.</summary>
    public required ContainersPlan? Containers { get; init; }

    /// <summary>The virtual network; null: none.</summary>
    public required NetworkPlan? Network { get; init; }

    /// <summary>Plans a stack: a pure function of what it is given.</summary>
    /// <param name="settings">Its configuration.</param>
    /// <param name="stack">Its name, such as <c>dev</c>.</param>
    /// <param name="subscriber">Whose it is.</param>
    /// <param name="today">The date in UTC, for the budget.</param>
    /// <exception cref="SettingsException">A name would be against Azure's rules.</exception>
    public static StackPlan Create(StackSettings settings, string stack, Subscriber subscriber, DateOnly today)
    {
        StackNames names = StackNames.Create(settings.Name, stack, subscriber.Subscription);
        return new()
        {
            Location = settings.Location,
            Tags = StackTags.Of(settings, names.Stack),
            Names = names,
            Subscriber = subscriber,
            HubStorage = StoragePlan.Hub(settings, names),
            DataStorage = StoragePlan.Data(settings, names),
            Roles = RoleGrant.Table(settings),
            App = new(
                "10.0", settings.InstanceMemory, settings.MaximumInstances, settings.AlwaysReady, settings.ZoneRedundant,
                $"{StoragePlan.Endpoint(names.HubStorage, "blob")}/{StoragePlan.Packages}", AppSettings.Of(settings, names, subscriber)),
            SignIn = SignInPlan.Of(settings, subscriber),
            Watch = WatchPlan.Of(settings, names, today),
            PurgeProtection = settings.PurgeProtection,
            Scheduler = settings.TaskHub == TaskHubKind.Storage ? null : new(settings.TaskHub == TaskHubKind.SchedulerDedicated),
            Containers = !settings.Containers ? null : new(
                settings.ContainerImage, settings.ContainerCores, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{2 * settings.ContainerCores}Gi"),
                (int)LongestRun.TotalSeconds, settings.ZoneRedundant, settings.PrivateNetwork),
            Network = NetworkPlan.Of(settings, names),
        };
    }
}
