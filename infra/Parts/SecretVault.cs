using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.KeyVault.Inputs;

namespace HyperCloud.Infra;

/// <summary>The vault for secrets that webhooks are signed with. People put them in; no secret passes through Pulumi.</summary>
internal sealed class SecretVault : Part
{
    public SecretVault(Home home, Watch watch)
        : base(home, "Vault", "vault")
    {
        bool isPublic = Plan.Network is null;
        var properties = new Args.VaultPropertiesArgs
        {
            TenantId = Plan.Subscriber.Tenant,
            Sku = new Args.SkuArgs { Family = AN.KeyVault.SkuFamily.A, Name = AN.KeyVault.SkuName.Standard },
            EnableRbacAuthorization = true,
            EnableSoftDelete = true,
            SoftDeleteRetentionInDays = Plan.PurgeProtection ? 90 : 7,
            PublicNetworkAccess = isPublic ? "Enabled" : "Disabled",
            NetworkAcls = new Args.NetworkRuleSetArgs
            {
                Bypass = AN.KeyVault.NetworkRuleBypassOptions.AzureServices,
                DefaultAction = isPublic ? AN.KeyVault.NetworkRuleAction.Allow : AN.KeyVault.NetworkRuleAction.Deny,
            },
        };
        // Azure takes "true" or nothing.
        if (Plan.PurgeProtection) properties.EnablePurgeProtection = true;
        Vault = new("vault", new() { VaultName = Plan.Names.Vault, ResourceGroupName = home.Group.Name, Location = home.Location, Properties = properties, Tags = home.Tags }, Mine());
        // Who read which secret.
        _ = new AN.Monitor.DiagnosticSetting("vault-audit", new()
        {
            Name = "audit",
            ResourceUri = Vault.Id,
            WorkspaceId = watch.Workspace.Id,
            Logs = [new AN.Monitor.Inputs.DiagnosticsLogSettingsArgs { CategoryGroup = "audit", Enabled = true }],
        }, Mine());
        RegisterOutputs();
    }

    /// <summary>The vault.</summary>
    public AN.KeyVault.Vault Vault { get; }
}
