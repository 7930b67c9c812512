using HyperCloud.Infra.Plan;
using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.App.Inputs;

namespace HyperCloud.Infra;

/// <summary>Where <c>trial: {container: {job: train}}</c> runs: registry, Container Apps environment and job.</summary>
internal sealed class Containers : Part
{
    private const string Profile = "Consumption";

    public Containers(Home home, ContainersPlan plan, Identities identities, Watch watch, Network? network)
        : base(home, "Containers", "containers")
    {
        Registry = new("registry", new()
        {
            RegistryName = Plan.Names.Registry,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            Sku = new AN.ContainerRegistry.Inputs.SkuArgs { Name = plan.PrivateRegistry || plan.ZoneRedundant ? AN.ContainerRegistry.SkuName.Premium : AN.ContainerRegistry.SkuName.Basic },
            AdminUserEnabled = false,
            AnonymousPullEnabled = false,
            // Images are pushed from outside, by identities with a role; the job pulls them inside the network where there is one.
            PublicNetworkAccess = AN.ContainerRegistry.PublicNetworkAccess.Enabled,
            ZoneRedundancy = plan.ZoneRedundant ? AN.ContainerRegistry.ZoneRedundancy.Enabled : AN.ContainerRegistry.ZoneRedundancy.Disabled,
            Tags = home.Tags,
        }, Mine());
        var environment = Environment(plan, network);
        // By a diagnostic setting, for the environment's own way to the workspace needs the workspace's key.
        _ = new AN.Monitor.DiagnosticSetting("environment-logs", new()
        {
            Name = "logs",
            ResourceUri = environment.Id,
            WorkspaceId = watch.Workspace.Id,
            Logs = [new AN.Monitor.Inputs.DiagnosticsLogSettingsArgs { CategoryGroup = "allLogs", Enabled = true }],
        }, Mine());
        Job = new("job", new()
        {
            JobName = Plan.Names.Job,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            EnvironmentId = environment.Id,
            WorkloadProfileName = Profile,
            Identity = new Args.ManagedServiceIdentityArgs { Type = AN.App.ManagedServiceIdentityType.UserAssigned, UserAssignedIdentities = [identities.Jobs!.Id] },
            Configuration = new Args.JobConfigurationArgs
            {
                TriggerType = AN.App.TriggerType.Manual,
                ManualTriggerConfig = new Args.JobConfigurationManualTriggerConfigArgs { Parallelism = 1, ReplicaCompletionCount = 1 },
                // HyperCloud tries lost runs again itself, with the same seed and a new token.
                ReplicaRetryLimit = 0,
                ReplicaTimeout = plan.TimeoutSeconds,
                Registries = [new Args.RegistryCredentialsArgs { Server = Registry.LoginServer, Identity = identities.Jobs.Id }],
            },
            Template = new Args.JobTemplateArgs
            {
                Containers = [new Args.ContainerArgs { Name = "train", Image = plan.Image, Resources = new Args.ContainerResourcesArgs { Cpu = plan.Cores, Memory = plan.Memory } }],
            },
            Tags = home.Tags,
        }, Mine());
        RegisterOutputs();
    }

    /// <summary>The registry.</summary>
    public AN.ContainerRegistry.Registry Registry { get; }

    /// <summary>The job.</summary>
    public AN.App.Job Job { get; }

    private AN.App.ManagedEnvironment Environment(ContainersPlan plan, Network? network)
    {
        var args = new AN.App.ManagedEnvironmentArgs
        {
            EnvironmentName = Plan.Names.Environment,
            ResourceGroupName = Home.Group.Name,
            Location = Home.Location,
            AppLogsConfiguration = new Args.AppLogsConfigurationArgs { Destination = "azure-monitor" },
            WorkloadProfiles = [new Args.WorkloadProfileArgs { Name = Profile, WorkloadProfileType = Profile }],
            ZoneRedundant = plan.ZoneRedundant,
            Tags = Home.Tags,
        };
        if (network?.Jobs is { } subnet) args.VnetConfiguration = new Args.VnetConfigurationArgs { InfrastructureSubnetId = subnet.Id, Internal = true };
        return new("environment", args, Mine());
    }
}
