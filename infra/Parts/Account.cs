using HyperCloud.Infra.Plan;
using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.Storage.Inputs;

namespace HyperCloud.Infra;

/// <summary>A storage account with its containers, tables and lifecycle.</summary>
internal sealed class Account : Part
{
    public Account(Home home, string name, StoragePlan plan)
        : base(home, "Account", name)
    {
        Storage = new($"{name}-storage", new()
        {
            AccountName = plan.Name,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            Kind = AN.Storage.Kind.StorageV2,
            Sku = new Args.SkuArgs { Name = plan.ZoneRedundant ? AN.Storage.SkuName.Standard_ZRS : AN.Storage.SkuName.Standard_LRS },
            AllowSharedKeyAccess = false,
            DefaultToOAuthAuthentication = true,
            AllowBlobPublicAccess = false,
            AllowCrossTenantReplication = false,
            IsLocalUserEnabled = false,
            EnableHttpsTrafficOnly = true,
            MinimumTlsVersion = AN.Storage.MinimumTlsVersion.TLS1_2,
            PublicNetworkAccess = plan.PublicAccess ? AN.Storage.PublicNetworkAccess.Enabled : AN.Storage.PublicNetworkAccess.Disabled,
            NetworkRuleSet = new Args.NetworkRuleSetArgs { DefaultAction = plan.PublicAccess ? AN.Storage.DefaultAction.Allow : AN.Storage.DefaultAction.Deny, Bypass = AN.Storage.Bypass.None },
            Tags = home.Tags,
        }, Mine());
        var retention = new Args.DeleteRetentionPolicyArgs { Enabled = true, Days = plan.RestoreDays };
        var blobs = new AN.Storage.BlobServiceProperties($"{name}-blobs", new()
        {
            AccountName = Storage.Name,
            ResourceGroupName = home.Group.Name,
            BlobServicesName = "default",
            IsVersioningEnabled = true,
            DeleteRetentionPolicy = retention,
            ContainerDeleteRetentionPolicy = retention,
        }, Mine());
        // Rules for versions are refused where there are none.
        _ = new AN.Storage.ManagementPolicy($"{name}-lifecycle", new()
        {
            AccountName = Storage.Name,
            ResourceGroupName = home.Group.Name,
            ManagementPolicyName = "default",
            Policy = new Args.ManagementPolicySchemaArgs { Rules = [.. plan.Rules.Select(Rule)] },
        }, Mine(blobs));
        foreach (string container in plan.Containers)
        {
            _ = new AN.Storage.BlobContainer($"{name}-{container}", new()
            {
                AccountName = Storage.Name,
                ResourceGroupName = home.Group.Name,
                ContainerName = container,
                PublicAccess = AN.Storage.PublicAccess.None,
            }, Mine(blobs));
        }

        foreach (string table in plan.Tables)
            _ = new AN.Storage.Table($"{name}-{table}", new() { AccountName = Storage.Name, ResourceGroupName = home.Group.Name, TableName = table }, Mine());
        RegisterOutputs();
    }

    /// <summary>The account.</summary>
    public AN.Storage.StorageAccount Storage { get; }

    private static Args.ManagementPolicyRuleArgs Rule(LifecycleRule rule)
    {
        var actions = new Args.ManagementPolicyActionArgs();
        if (rule.CoolAfterDays is { } cool)
        {
            actions.BaseBlob = new Args.ManagementPolicyBaseBlobArgs { TierToCool = After(cool), TierToCold = After(rule.ColdAfterDays ?? 3 * cool) };
            static Args.DateAfterModificationArgs After(int days) => new() { DaysAfterModificationGreaterThan = days };
        }

        if (rule.DeleteVersionsAfterDays is { } delete)
            actions.Version = new Args.ManagementPolicyVersionArgs { Delete = new Args.DateAfterCreationArgs { DaysAfterCreationGreaterThan = delete } };
        return new()
        {
            Name = rule.Name,
            Enabled = true,
            Type = AN.Storage.RuleType.Lifecycle,
            Definition = new Args.ManagementPolicyDefinitionArgs
            {
                Actions = actions,
                Filters = new Args.ManagementPolicyFilterArgs { BlobTypes = ["blockBlob"], PrefixMatch = [rule.Prefix] },
            },
        };
    }
}
