using HyperCloud.Infra.Plan;
using Pulumi;
using AN = Pulumi.AzureNative;

namespace HyperCloud.Infra;

/// <summary>What every part needs: the plan, the resource group, tags.</summary>
internal sealed class Home
{
    /// <summary>Makes the resource group.</summary>
    public Home(StackPlan plan, Resource stack)
    {
        (Plan, Stack) = (plan, stack);
        Group = new AN.Resources.ResourceGroup("group", new() { ResourceGroupName = plan.Names.ResourceGroup, Location = plan.Location, Tags = Tags }, new() { Parent = stack });
    }

    /// <summary>The plan.</summary>
    public StackPlan Plan { get; }

    /// <summary>What parts are part of.</summary>
    public Resource Stack { get; }

    /// <summary>The resource group.</summary>
    public AN.Resources.ResourceGroup Group { get; }

    /// <summary>Where everything is.</summary>
    public string Location => Plan.Location;

    /// <summary>Tags of everything; a new map each time, for resources keep the one they get.</summary>
    public InputMap<string> Tags => Plan.Tags.ToDictionary();
}

/// <summary>A part of the stack.</summary>
internal abstract class Part(Home home, string type, string name) : ComponentResource($"hypercloud:index:{type}", name, new ComponentResourceOptions { Parent = home.Stack })
{
    /// <summary>Plan, group and tags.</summary>
    protected Home Home => home;

    /// <summary>The plan.</summary>
    protected StackPlan Plan => home.Plan;

    /// <summary>Options of a resource of this part.</summary>
    protected CustomResourceOptions Mine(params Resource[] after) => new() { Parent = this, DependsOn = after };
}
