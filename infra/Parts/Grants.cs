using HyperCloud.Infra.Plan;
using Pulumi;
using AN = Pulumi.AzureNative;

namespace HyperCloud.Infra;

/// <summary>The role table, row by row.</summary>
internal sealed class Grants : Part
{
    public Grants(Home home, Identities identities, IReadOnlyDictionary<Scope, Output<string>> targets)
        : base(home, "Grants", "grants")
    {
        foreach (RoleGrant grant in Plan.Roles)
        {
            _ = new AN.Authorization.RoleAssignment(grant.Key, new()
            {
                PrincipalId = (grant.Principal == Principal.App ? identities.App : identities.Jobs!).PrincipalId,
                // Said, so that Azure does not look for an identity that it has not heard of everywhere yet.
                PrincipalType = AN.Authorization.PrincipalType.ServicePrincipal,
                RoleDefinitionId = $"/subscriptions/{Plan.Subscriber.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{grant.Role.Id}",
                Scope = targets[grant.Scope],
                Description = grant.Why,
            }, Mine());
        }

        RegisterOutputs();
    }
}
