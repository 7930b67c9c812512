namespace HyperCloud.Infra.Plan;

/// <summary>One of Azure's built-in roles.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id, the same in every tenant: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.</param>
public sealed record BuiltInRole(string Name, Guid Id)
{
    /// <summary>Blobs and containers, owners and leases included: what the Functions host asks for its own storage.</summary>
    public static BuiltInRole StorageBlobDataOwner { get; } = new("Storage Blob Data Owner", new("b7e6dc6d-f1e8-4753-8033-0f276bb0955b"));

    /// <summary>Blobs and containers.</summary>
    public static BuiltInRole StorageBlobDataContributor { get; } = new("Storage Blob Data Contributor", new("ba92f5b4-2d11-453d-a403-e96b0029c9fe"));

    /// <summary>Queues and messages.</summary>
    public static BuiltInRole StorageQueueDataContributor { get; } = new("Storage Queue Data Contributor", new("974c5e8b-45b9-4653-ba55-5f855dd0fb88"));

    /// <summary>Tables and rows.</summary>
    public static BuiltInRole StorageTableDataContributor { get; } = new("Storage Table Data Contributor", new("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"));

    /// <summary>Sending telemetry.</summary>
    public static BuiltInRole MonitoringMetricsPublisher { get; } = new("Monitoring Metrics Publisher", new("3913510d-42f4-4e42-8a64-420c390055eb"));

    /// <summary>Reading secrets of a vault.</summary>
    public static BuiltInRole KeyVaultSecretsUser { get; } = new("Key Vault Secrets User", new("4633458b-17de-408a-b874-0445c86b69e6"));

    /// <summary>Everything inside a task hub of the Durable Task Scheduler.</summary>
    public static BuiltInRole DurableTaskDataContributor { get; } = new("Durable Task Data Contributor", new("0ad04412-c4d5-4796-b79c-f76d14c8d402"));

    /// <summary>Reading, starting and stopping Container Apps jobs, not changing them.</summary>
    public static BuiltInRole ContainerAppsJobsOperator { get; } = new("Container Apps Jobs Operator", new("b9a307c4-5aa3-4b52-ba60-2b17c136cd7b"));

    /// <summary>Pulling images.</summary>
    public static BuiltInRole AcrPull { get; } = new("AcrPull", new("7f951dda-4ed3-4680-a7ca-43fe172d538d"));
}

/// <summary>Who gets a role.</summary>
public enum Principal
{
    /// <summary>The function app.</summary>
    App,

    /// <summary>The training containers.</summary>
    Jobs,
}

/// <summary>The one resource that a role is given on; never the resource group or more.</summary>
public enum Scope
{
    /// <summary>The task hub's storage account.</summary>
    HubStorage,

    /// <summary>The sweeps' storage account.</summary>
    DataStorage,

    /// <summary>Application Insights.</summary>
    Insights,

    /// <summary>The vault.</summary>
    Vault,

    /// <summary>The scheduler's task hub.</summary>
    TaskHub,

    /// <summary>The Container Apps job.</summary>
    Job,

    /// <summary>The container registry.</summary>
    Registry,
}

/// <summary>A row of the role table.</summary>
/// <param name="Principal">Who.</param>
/// <param name="Role">May do what.</param>
/// <param name="Scope">Where.</param>
/// <param name="Why">What for: also the description that the portal shows.</param>
public sealed record RoleGrant(Principal Principal, BuiltInRole Role, Scope Scope, string Why)
{
    /// <summary>Names the row; stable, so that a changed order replaces nothing.</summary>
    public string Key => $"{Principal}-{Role.Name.Replace(" ", "", StringComparison.Ordinal)}-{Scope}".ToLowerInvariant();

    /// <summary>The table of a stack: what the app and the containers need, and nothing else.</summary>
    public static IReadOnlyList<RoleGrant> Table(StackSettings settings)
    {
        List<RoleGrant> table =
        [
            new(Principal.App, BuiltInRole.StorageBlobDataOwner, Scope.HubStorage, "the host's locks, keys and timers, its packages, and leases of the task hub"),
            new(Principal.App, BuiltInRole.StorageTableDataContributor, Scope.DataStorage, "rows of sweeps"),
            new(Principal.App, BuiltInRole.StorageBlobDataContributor, Scope.DataStorage, "logs, checkpoints and outputs of runs"),
            new(Principal.App, BuiltInRole.MonitoringMetricsPublisher, Scope.Insights, "telemetry without a key"),
            new(Principal.App, BuiltInRole.KeyVaultSecretsUser, Scope.Vault, "secrets that webhooks are signed with"),
        ];
        if (settings.TaskHub == TaskHubKind.Storage)
        {
            table.Add(new(Principal.App, BuiltInRole.StorageQueueDataContributor, Scope.HubStorage, "messages of the task hub"));
            table.Add(new(Principal.App, BuiltInRole.StorageTableDataContributor, Scope.HubStorage, "history of orchestrations"));
        }
        else
        {
            table.Add(new(Principal.App, BuiltInRole.DurableTaskDataContributor, Scope.TaskHub, "orchestrations in the scheduler's task hub"));
        }

        if (settings.Containers)
        {
            table.Add(new(Principal.App, BuiltInRole.ContainerAppsJobsOperator, Scope.Job, "starting and stopping runs in containers"));
            table.Add(new(Principal.Jobs, BuiltInRole.AcrPull, Scope.Registry, "the image of the job"));
        }

        return table;
    }
}
