using System.Text.Json;
using HyperCloud.Infra.Plan;
using Pulumi;
using AN = Pulumi.AzureNative;

namespace HyperCloud.Infra;

/// <summary>
/// The whole stack: what the plan says, as resources. Nothing is decided here; names, sizes, roles and settings come from <see cref="StackPlan"/>.
/// </summary>
internal sealed class HyperCloudStack : ComponentResource
{
    private const string Project = "hypercloud:";

    private readonly Dictionary<string, object?> _outputs;

    private HyperCloudStack(StackPlan plan, ComponentResourceOptions? options)
        : base("hypercloud:index:Stack", $"hypercloud-{plan.Names.Stack}", options)
    {
        var home = new Home(plan, this);
        var identities = new Identities(home);
        var hub = new Account(home, "hub", plan.HubStorage);
        var data = new Account(home, "data", plan.DataStorage);
        var watch = new Watch(home);
        var vault = new SecretVault(home, watch);
        Network? network = plan.Network is { } n ? new Network(home, n) : null;
        Scheduler? scheduler = plan.Scheduler is { } s ? new Scheduler(home, s) : null;
        Containers? containers = plan.Containers is { } c ? new Containers(home, c, identities, watch, network) : null;
        var targets = new Dictionary<Scope, Output<string>>
        {
            [Scope.HubStorage] = hub.Storage.Id,
            [Scope.DataStorage] = data.Storage.Id,
            [Scope.Insights] = watch.Insights.Id,
            [Scope.Vault] = vault.Vault.Id,
        };
        if (scheduler is not null) targets[Scope.TaskHub] = scheduler.Hub.Id;
        if (containers is not null) (targets[Scope.Job], targets[Scope.Registry]) = (containers.Job.Id, containers.Registry.Id);
        var grants = new Grants(home, identities, targets);
        network?.Connect(targets);
        var app = new FunctionApp(home, identities, watch, network, scheduler, [hub, data, grants, .. network is null ? Array.Empty<Resource>() : [network]]);
        _outputs = Describe(plan, home, watch, app);
        RegisterOutputs(_outputs);
    }

    /// <summary>Reads configuration, plans and makes the stack that Pulumi was told to.</summary>
    /// <returns>The stack's outputs.</returns>
    public static async Task<IDictionary<string, object?>> Deploy()
    {
        AN.Authorization.GetClientConfigResult client = await AN.Authorization.GetClientConfig.InvokeAsync();
        try
        {
            StackSettings settings = StackSettings.Read(Configuration());
            var subscriber = new Subscriber(client.SubscriptionId, client.TenantId);
            return Make(StackPlan.Create(settings, Deployment.Instance.StackName, subscriber, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime)));
        }
        catch (SettingsException e)
        {
            // Without the stack trace, which Pulumi prints of any other exception.
            throw new RunException($"the configuration of the stack '{Deployment.Instance.StackName}' (infra/Pulumi.{Deployment.Instance.StackName}.yaml):\n- {string.Join("\n- ", e.Problems)}");
        }
    }

    /// <summary>Makes the resources of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">What all resources inherit; null: nothing.</param>
    /// <returns>The stack's outputs.</returns>
    public static IDictionary<string, object?> Make(StackPlan plan, ComponentResourceOptions? options = null) => new HyperCloudStack(plan, options)._outputs;

    /// <summary>
    /// All settings under our name. Pulumi's own class hands out only those that are asked for, so that a mistyped one would go unnoticed; this is
    /// where it has them from.
    /// </summary>
    private static Dictionary<string, string> Configuration()
    {
        string all = Environment.GetEnvironmentVariable("PULUMI_CONFIG") is { Length: > 0 } text ? text : "{}";
        return JsonSerializer.Deserialize<Dictionary<string, string>>(all)!
            .Where(s => s.Key.StartsWith(Project, StringComparison.Ordinal))
            .ToDictionary(s => s.Key[Project.Length..], s => s.Value);
    }

    private static Dictionary<string, object?> Describe(StackPlan plan, Home home, Watch watch, FunctionApp app)
    {
        Output<string> address = app.Site.DefaultHostName.Apply(h => $"https://{h}");
        var outputs = new Dictionary<string, object?>
        {
            ["endpoint"] = address,
            ["health"] = address.Apply(a => $"{a}/api/health"),
            ["app"] = app.Site.Name,
            ["resourceGroup"] = home.Group.Name,
            ["store"] = Output.Create(StoragePlan.Endpoint(plan.DataStorage.Name, "table")),
            ["vault"] = Output.Create($"https://{plan.Names.Vault}.vault.azure.net"),
            ["dashboard"] = watch.Insights.Id.Apply(id => $"https://portal.azure.com/#@{plan.Subscriber.Tenant}/resource{id}/overview"),
            // No credential while local authentication is off, but it looks like one, and somebody may turn it on.
            ["insightsConnectionString"] = Output.CreateSecret(watch.Insights.ConnectionString),
        };
        if (plan.Containers is not null)
        {
            outputs["registry"] = Output.Create($"{plan.Names.Registry}.azurecr.io");
            outputs["job"] = Output.Create(plan.Names.Job);
        }

        return outputs;
    }
}
