using System.Text.Json;
using HyperCloud.Sweeps;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace HyperCloud.Functions;

/// <summary>The workflows as orchestrations: nothing but the adapter and a call.</summary>
public static class Orchestrators
{
    /// <summary>A sweep.</summary>
    [Function("HyperCloudSweep")]
    public static Task<JsonElement?> Sweep([OrchestrationTrigger] TaskOrchestrationContext context, JsonElement input) =>
        DurableWorkflowContext.Turn(context, input, Workflows.Sweep, Workflows.SweepTurn);

    /// <summary>A group of lanes.</summary>
    [Function("HyperCloudGroup")]
    public static Task<JsonElement?> Group([OrchestrationTrigger] TaskOrchestrationContext context, JsonElement input) =>
        DurableWorkflowContext.Turn(context, input, Workflows.Group, Workflows.GroupTurn);

    /// <summary>A lane.</summary>
    [Function("HyperCloudLane")]
    public static Task<JsonElement?> Lane([OrchestrationTrigger] TaskOrchestrationContext context, JsonElement input) =>
        DurableWorkflowContext.Turn(context, input, Workflows.Lane, Workflows.LaneTurn);
}
