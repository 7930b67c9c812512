using System.Text.Json;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;

namespace HyperCloud.Functions;

/// <summary>Our workflow interface on Durable Functions. What passes is our JSON, whatever serializer the worker is set to.</summary>
internal sealed class DurableWorkflowContext(TaskOrchestrationContext context) : IWorkflowContext
{
    /// <summary>
    /// An activity fails only when the infrastructure does, for what the objective does is data: it is tried for about three quarters of an hour,
    /// and then the sweep's host has a fault, which the patrol mends when it can.
    /// </summary>
    private static readonly TaskOptions Retried = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 12, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(10))
    {
        // A record that is not what was written does not mend by itself. By name, for only names are in a history.
        HandleFailure = failure => failure.ErrorType != typeof(LogBrokenException).FullName,
    });

    public string Id => context.InstanceId;

    public DateTimeOffset Now => context.CurrentUtcDateTime;

    public bool IsReplaying => context.IsReplaying;

    /// <summary>One turn of a workflow as an orchestration.</summary>
    public static async Task<JsonElement?> Turn<TTurn, TOut>(
        TaskOrchestrationContext context, JsonElement input, TaskName<TTurn, TOut> name, Func<IWorkflowContext, TTurn, Task<Turn<TTurn, TOut>>> turn)
    {
        switch (await turn(new DurableWorkflowContext(context), input.Deserialize(name.Input)!))
        {
            case Turn<TTurn, TOut>.Again again:
                context.ContinueAsNew(JsonSerializer.SerializeToElement(again.State, name.Input), preserveUnprocessedEvents: true);
                return null;
            case Turn<TTurn, TOut>.Done done:
                return JsonSerializer.SerializeToElement(done.Output, name.Output);
            default:
                throw new InvalidOperationException("a turn ends with Again or Done");
        }
    }

    public async Task<TOut> Activity<TIn, TOut>(TaskName<TIn, TOut> activity, TIn input) =>
        (await context.CallActivityAsync<JsonElement>(activity.Name, JsonSerializer.SerializeToElement(input, activity.Input), Retried)).Deserialize(activity.Output)!;

    public async Task<TOut> Child<TTurn, TOut>(TaskName<TTurn, TOut> workflow, string id, TTurn input) =>
        (await context.CallSubOrchestratorAsync<JsonElement>(
            workflow.Name, JsonSerializer.SerializeToElement(input, workflow.Input), new SubOrchestrationOptions(instanceId: id))).Deserialize(workflow.Output)!;

    public Task Delay(TimeSpan delay, CancellationToken cancellation) => context.CreateTimer(delay, cancellation);

    public Task Signal(string name) => context.WaitForExternalEvent<JsonElement>(name, CancellationToken.None);

    public void Send(string id, string name) => context.SendEvent(id, name, "");

    public void SetStatus(string status) => context.SetCustomStatus(status);
}
