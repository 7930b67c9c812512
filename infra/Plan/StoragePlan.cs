namespace HyperCloud.Infra.Plan;

/// <summary>What happens to blobs by themselves. Lifecycle rules are matched by prefix only.</summary>
/// <param name="Name">Name of the rule.</param>
/// <param name="Prefix">Container, a slash, and what the names of its blobs begin with.</param>
/// <param name="CoolAfterDays">Days after the last write after which they move to the cool tier; null: never.</param>
/// <param name="ColdAfterDays">The same for the cold tier.</param>
/// <param name="DeleteVersionsAfterDays">Days after which what was overwritten or deleted is gone for good; null: never.</param>
public sealed record LifecycleRule(string Name, string Prefix, int? CoolAfterDays = null, int? ColdAfterDays = null, int? DeleteVersionsAfterDays = null);

/// <summary>A storage account. All have: TLS 1.2 or later, no shared keys, no anonymous access, versions of blobs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ZoneRedundant">Kept in three zones, otherwise three times in one.</param>
/// <param name="PublicAccess">Reached over the internet, by identities with a role.</param>
/// <param name="RestoreDays">Days that deleted blobs and containers can be had back.</param>
/// <param name="Containers">Blob containers.</param>
/// <param name="Tables">Tables.</param>
/// <param name="Rules">Lifecycle of blobs.</param>
public sealed record StoragePlan(
    string Name, bool ZoneRedundant, bool PublicAccess, int RestoreDays, IReadOnlyList<string> Containers, IReadOnlyList<string> Tables, IReadOnlyList<LifecycleRule> Rules)
{
    /// <summary>Container of the deployed packages.</summary>
    public const string Packages = "packages";

    /// <summary>Prefix of the sweeps' tables, and name of their container: the store's default (docs/storage.md).</summary>
    public const string Prefix = "hypercloud";

    /// <summary>
    /// Tables of a store. The app would make them at its first write; here they are so that the stack is whole, and a mistake in the roles
    /// shows when it is built.
    /// </summary>
    public static IReadOnlyList<string> StoreTables { get; } = [.. new[] { "events", "keys", "leases", "runs", "secrets", "sweeps", "webhooks" }.Select(t => $"{Prefix}1{t}")];

    /// <summary>Where a service of an account is, in the public cloud.</summary>
    public static string Endpoint(string account, string service) => $"https://{account}.{service}.core.windows.net";

    /// <summary>The task hub's account. Durable makes its queues, tables and containers by itself.</summary>
    public static StoragePlan Hub(StackSettings settings, StackNames names) => new(
        names.HubStorage, settings.ZoneRedundant, !settings.PrivateNetwork, settings.VersionDays, [Packages], [],
        [
            new("old-packages", Packages + "/", DeleteVersionsAfterDays: settings.VersionDays),
            new("old-keys", "azure-webjobs-secrets/", DeleteVersionsAfterDays: settings.VersionDays),
            // What is written all the time, and leaves a version each time: timers and locks of the host, leases and spilled messages of Durable.
            new("host-state", "azure-webjobs-hosts/", DeleteVersionsAfterDays: 1),
            .. new[] { "leases", "applease", "largemessages" }.Select(c => new LifecycleRule($"task-hub-{c}", $"{names.TaskHub.ToLowerInvariant()}-{c}/", DeleteVersionsAfterDays: 1)),
        ]);

    /// <summary>
    /// The sweeps' account. Nothing that a record refers to is ever deleted by a rule: logs, checkpoints and outputs of sweeps that rest become
    /// cheaper to keep, and what the app deleted (checkpoints that are done with, deleted sweeps) is gone for good after a while.
    /// </summary>
    public static StoragePlan Data(StackSettings settings, StackNames names)
    {
        List<LifecycleRule> rules = [new("deleted-checkpoints-and-sweeps", $"{Prefix}/", DeleteVersionsAfterDays: settings.VersionDays)];
        if (settings.CoolAfterDays > 0) rules.Add(new("old-sweeps-and-logs", $"{Prefix}/sweeps/", CoolAfterDays: settings.CoolAfterDays, ColdAfterDays: 3 * settings.CoolAfterDays));
        return new(names.DataStorage, settings.ZoneRedundant, !settings.PrivateNetwork, settings.VersionDays, [Prefix], StoreTables, rules);
    }
}
