using AN = Pulumi.AzureNative;

namespace HyperCloud.Infra;

/// <summary>Who the app and the training containers are. User-assigned, so that they have their roles before they exist.</summary>
internal sealed class Identities : Part
{
    public Identities(Home home)
        : base(home, "Identities", "identities")
    {
        App = Identity("app", Plan.Names.AppIdentity);
        Jobs = Plan.Containers is null ? null : Identity("jobs", Plan.Names.JobsIdentity);
        RegisterOutputs();
    }

    /// <summary>The app.</summary>
    public AN.ManagedIdentity.UserAssignedIdentity App { get; }

    /// <summary>Training containers: code of users, which gets none of the app's rights. Null without containers.</summary>
    public AN.ManagedIdentity.UserAssignedIdentity? Jobs { get; }

    private AN.ManagedIdentity.UserAssignedIdentity Identity(string name, string azureName) =>
        new($"identity-{name}", new() { ResourceName = azureName, ResourceGroupName = Home.Group.Name, Location = Home.Location, Tags = Home.Tags }, Mine());
}
