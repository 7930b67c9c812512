using System.Globalization;

namespace HyperCloud.Infra.Plan;

/// <summary>
/// The application settings of the function app. Values that only Azure knows stand as <c>${…}</c> and are filled in when it does. None is a
/// secret: all that they name is reached with the app's identity.
/// </summary>
public static class AppSettings
{
    /// <summary>Stands for the client id of the app's identity.</summary>
    public const string ClientId = "${app.clientId}";

    /// <summary>Stands for the address of Application Insights; with local authentication off, the key in it opens nothing.</summary>
    public const string InsightsConnection = "${insights.connectionString}";

    /// <summary>Stands for the address of the scheduler.</summary>
    public const string SchedulerEndpoint = "${scheduler.endpoint}";

    /// <summary>
    /// The setting under which Entra sign-in finds an identity instead of a client secret
    /// (https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad#use-a-managed-identity-instead-of-a-secret-preview).
    /// </summary>
    public const string SignInIdentity = "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID";

    /// <summary>The secret in the vault that webhooks are signed with.</summary>
    public const string WebhookSecret = "webhook-secret";

    private const string SchedulerConnection = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING", Durable = "AzureFunctionsJobHost__extensions__durableTask__";

    /// <summary>
    /// Settings that Flex Consumption has retired: their place is <c>functionAppConfig</c>, or nowhere
    /// (https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations).
    /// </summary>
    public static IReadOnlyList<string> Retired { get; } =
    [
        "ENABLE_ORYX_BUILD", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION", "FUNCTIONS_MAX_HTTP_CONCURRENCY", "FUNCTIONS_WORKER_PROCESS_COUNT",
        "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED", "SCM_DO_BUILD_DURING_DEPLOYMENT", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTOVERVNET", "WEBSITE_CONTENTSHARE", "WEBSITE_DNS_SERVER",
        "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT", "WEBSITE_NODE_DEFAULT_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_SKIP_CONTENTSHARE_VALIDATION", "WEBSITE_TIME_ZONE", "WEBSITE_VNET_ROUTE_ALL",
    ];

    /// <summary>The settings of a stack, by name.</summary>
    public static IReadOnlyDictionary<string, string> Of(StackSettings settings, StackNames names, Subscriber subscriber)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage__credential"] = "managedidentity",
            ["AzureWebJobsStorage__clientId"] = ClientId,
            ["AzureWebJobsStorage__blobServiceUri"] = StoragePlan.Endpoint(names.HubStorage, "blob"),
            ["AzureWebJobsStorage__queueServiceUri"] = StoragePlan.Endpoint(names.HubStorage, "queue"),
            ["AzureWebJobsStorage__tableServiceUri"] = StoragePlan.Endpoint(names.HubStorage, "table"),
            // Which identity the app's own clients use: store, containers, telemetry.
            ["AZURE_CLIENT_ID"] = ClientId,
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = InsightsConnection,
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = $"ClientId={ClientId};Authorization=AAD",
            ["HyperCloud__Store"] = StoragePlan.Endpoint(names.DataStorage, "table"),
            ["HyperCloud__PackSeconds"] = settings.PackSeconds.ToString(CultureInfo.InvariantCulture),
            ["HyperCloud__InstanceMemoryMb"] = settings.InstanceMemory.ToString(CultureInfo.InvariantCulture),
            // People put the secret in; before they do, the host sees the reference itself and sends nothing unsigned.
            ["HYPERCLOUD_WEBHOOK_SECRET"] = $"@Microsoft.KeyVault(VaultName={names.Vault};SecretName={WebhookSecret})",
            ["HyperCloud__HistoryDays"] = settings.HistoryDays.ToString(CultureInfo.InvariantCulture),
            [Durable + "maxConcurrentActivityFunctions"] = ActivitiesPerInstance(settings).ToString(CultureInfo.InvariantCulture),
        };
        if (settings.TaskHub != TaskHubKind.Storage)
        {
            all[SchedulerConnection] = $"Endpoint={SchedulerEndpoint};Authentication=ManagedIdentity;ClientID={ClientId}";
            all[Durable + "hubName"] = names.TaskHub;
            all[Durable + "storageProvider__type"] = "azureManaged";
            all[Durable + "storageProvider__connectionStringName"] = SchedulerConnection;
        }

        if (settings.Containers)
        {
            // Where a job is that a spec names by its name alone.
            all["HYPERCLOUD_CONTAINER_SUBSCRIPTION"] = subscriber.Subscription;
            all["HYPERCLOUD_CONTAINER_RESOURCE_GROUP"] = names.ResourceGroup;
        }

        if (settings.SignIn is not null)
        {
            all[SignInIdentity] = ClientId;
            all["WEBSITE_AUTH_AAD_ALLOWED_TENANTS"] = subscriber.Tenant;
        }

        return all;
    }

    /// <summary>Activities at once on an instance: two a core, for a run also waits for storage; many where runs are elsewhere and activities only start them.</summary>
    public static int ActivitiesPerInstance(StackSettings settings) => settings.Containers ? 16 : Math.Max(1, settings.InstanceMemory / 1024);
}
