using System.Net;

namespace HyperCloud.Infra.Plan;

/// <summary>A subnet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Delegation">The service that it is given to; null: none.</param>
public sealed record SubnetPlan(string Name, string Addresses, string? Delegation);

/// <summary>A service that is reached through an address inside the network.</summary>
/// <param name="Name">Name of the endpoint.</param>
/// <param name="Target">What it leads to.</param>
/// <param name="Group">Which part of it.</param>
/// <param name="Zone">The zone of private names (https://learn.microsoft.com/azure/private-link/private-endpoint-dns).</param>
public sealed record PrivateEndpointPlan(string Name, Scope Target, string Group, string Zone);

/// <summary>The virtual network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Its addresses.</param>
/// <param name="App">Where the app's instances are.</param>
/// <param name="Jobs">Where containers are; null without them.</param>
/// <param name="Inside">Where private endpoints are.</param>
/// <param name="Endpoints">The private endpoints.</param>
public sealed record NetworkPlan(string Name, string Addresses, SubnetPlan App, SubnetPlan? Jobs, SubnetPlan Inside, IReadOnlyList<PrivateEndpointPlan> Endpoints)
{
    // Flex Consumption and Container Apps environments ask for the same delegation, and may not share a subnet.
    private const string Environments = "Microsoft.App/environments";

    /// <summary>The network of a stack; null when it has none.</summary>
    public static NetworkPlan? Of(StackSettings settings, StackNames names)
    {
        if (!settings.PrivateNetwork) return null;
        List<PrivateEndpointPlan> endpoints =
        [
            Endpoint(names.HubStorage, Scope.HubStorage, "blob"),
            Endpoint(names.HubStorage, Scope.HubStorage, "queue"),
            Endpoint(names.HubStorage, Scope.HubStorage, "table"),
            Endpoint(names.DataStorage, Scope.DataStorage, "blob"),
            Endpoint(names.DataStorage, Scope.DataStorage, "table"),
            new($"pe-{names.Vault}", Scope.Vault, "vault", "privatelink.vaultcore.azure.net"),
        ];
        if (settings.Containers) endpoints.Add(new($"pe-{names.Registry}", Scope.Registry, "registry", "privatelink.azurecr.io"));
        string[] parts = Quarters(settings.AddressSpace);
        return new(
            names.Network, settings.AddressSpace,
            new("app", parts[0], Environments), settings.Containers ? new("jobs", parts[1], Environments) : null, new("endpoints", parts[2], null),
            endpoints);

        static PrivateEndpointPlan Endpoint(string account, Scope target, string service) => new($"pe-{account}-{service}", target, service, $"privatelink.{service}.core.windows.net");
    }

    // The first three /26 of a network.
    private static string[] Quarters(string network)
    {
        byte[] first = IPNetwork.Parse(network).BaseAddress.GetAddressBytes();
        return [.. Enumerable.Range(0, 3).Select(i => $"{first[0]}.{first[1]}.{first[2]}.{i * 64}/26")];
    }
}
