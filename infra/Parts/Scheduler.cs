using HyperCloud.Infra.Plan;
using Pulumi;
using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.DurableTask.Inputs;

namespace HyperCloud.Infra;

/// <summary>Durable Task Scheduler with its task hub.</summary>
internal sealed class Scheduler : Part
{
    public Scheduler(Home home, SchedulerPlan plan)
        : base(home, "Scheduler", "scheduler")
    {
        var sku = new Args.SchedulerSkuArgs { Name = plan.Dedicated ? AN.DurableTask.SchedulerSkuName.Dedicated : AN.DurableTask.SchedulerSkuName.Consumption };
        if (plan.Dedicated) sku.Capacity = 1;
        var scheduler = new AN.DurableTask.Scheduler("scheduler", new()
        {
            SchedulerName = Plan.Names.Scheduler,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            // Instances of Flex Consumption have no fixed addresses; who may do what is a matter of roles.
            Properties = new Args.SchedulerPropertiesArgs { Sku = sku, IpAllowlist = ["0.0.0.0/0"] },
            Tags = home.Tags,
        }, Mine());
        Hub = new("task-hub", new() { TaskHubName = Plan.Names.TaskHub, SchedulerName = scheduler.Name, ResourceGroupName = home.Group.Name }, Mine());
        Endpoint = scheduler.Properties.Apply(p => p.Endpoint);
        RegisterOutputs();
    }

    /// <summary>The task hub.</summary>
    public AN.DurableTask.TaskHub Hub { get; }

    /// <summary>The scheduler's address.</summary>
    public Output<string> Endpoint { get; }
}
