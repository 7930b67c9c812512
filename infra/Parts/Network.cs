using HyperCloud.Infra.Plan;
using Pulumi;
using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.Network.Inputs;

namespace HyperCloud.Infra;

/// <summary>The virtual network, its subnets and private endpoints.</summary>
internal sealed class Network : Part
{
    private readonly NetworkPlan _plan;
    private readonly AN.Network.VirtualNetwork _network;
    private readonly AN.Network.Subnet _inside;

    public Network(Home home, NetworkPlan plan)
        : base(home, "Network", "network")
    {
        _plan = plan;
        _network = new("network", new()
        {
            VirtualNetworkName = plan.Name,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            AddressSpace = new Args.AddressSpaceArgs { AddressPrefixes = [plan.Addresses] },
            Tags = home.Tags,
        }, Mine());
        // One after the other: Azure refuses changes to a network while another one is under way.
        _inside = Subnet(plan.Inside);
        App = Subnet(plan.App, _inside);
        Jobs = plan.Jobs is { } jobs ? Subnet(jobs, App) : null;
        RegisterOutputs();
    }

    /// <summary>Where the app's instances are.</summary>
    public AN.Network.Subnet App { get; }

    /// <summary>Where containers are; null without them.</summary>
    public AN.Network.Subnet? Jobs { get; }

    /// <summary>Makes the private endpoints, and the zones in which their names are found.</summary>
    /// <param name="targets">What they lead to.</param>
    public void Connect(IReadOnlyDictionary<Scope, Output<string>> targets)
    {
        var zones = _plan.Endpoints.Select(e => e.Zone).Distinct().ToDictionary(zone => zone, Zone);
        foreach (PrivateEndpointPlan plan in _plan.Endpoints)
        {
            var endpoint = new AN.Network.PrivateEndpoint(plan.Name, new()
            {
                PrivateEndpointName = plan.Name,
                ResourceGroupName = Home.Group.Name,
                Location = Home.Location,
                Subnet = new Args.SubnetArgs { Id = _inside.Id },
                PrivateLinkServiceConnections = [new Args.PrivateLinkServiceConnectionArgs { Name = plan.Name, PrivateLinkServiceId = targets[plan.Target], GroupIds = [plan.Group] }],
                Tags = Home.Tags,
            }, Mine());
            _ = new AN.Network.PrivateDnsZoneGroup($"{plan.Name}-names", new()
            {
                PrivateDnsZoneGroupName = "default",
                PrivateEndpointName = endpoint.Name,
                ResourceGroupName = Home.Group.Name,
                PrivateDnsZoneConfigs = [new Args.PrivateDnsZoneConfigArgs { Name = plan.Group, PrivateDnsZoneId = zones[plan.Zone].Id }],
            }, Mine());
        }
    }

    private AN.Network.Subnet Subnet(SubnetPlan plan, params Resource[] after)
    {
        var args = new AN.Network.SubnetArgs
        {
            SubnetName = plan.Name,
            VirtualNetworkName = _network.Name,
            ResourceGroupName = Home.Group.Name,
            AddressPrefix = plan.Addresses,
            PrivateEndpointNetworkPolicies = AN.Network.VirtualNetworkPrivateEndpointNetworkPolicies.Disabled,
        };
        if (plan.Delegation is { } service) args.Delegations = [new Args.DelegationArgs { Name = "environments", ServiceName = service }];
        return new($"subnet-{plan.Name}", args, Mine(after));
    }

    private AN.PrivateDns.PrivateZone Zone(string name)
    {
        var zone = new AN.PrivateDns.PrivateZone(name, new() { PrivateZoneName = name, ResourceGroupName = Home.Group.Name, Location = "Global", Tags = Home.Tags }, Mine());
        _ = new AN.PrivateDns.VirtualNetworkLink($"{name}-link", new()
        {
            VirtualNetworkLinkName = "network",
            PrivateZoneName = zone.Name,
            ResourceGroupName = Home.Group.Name,
            Location = "Global",
            RegistrationEnabled = false,
            VirtualNetwork = new AN.PrivateDns.Inputs.SubResourceArgs { Id = _network.Id },
            Tags = Home.Tags,
        }, Mine());
        return zone;
    }
}
