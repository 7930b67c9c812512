using System.Text.Json;
using HyperCloud.Sweeps;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace HyperCloud.Functions;

/// <summary>The activities, the same as those of the local host.</summary>
public sealed class ActivityFunctions(SweepHub hub, Activities activities, DurableHosting hosting)
{
    private static readonly TimeSpan UntilGone = TimeSpan.FromSeconds(5);

    /// <summary>Opens a round.</summary>
    [Function("OpenRound")]
    public Task<JsonElement> OpenRound([ActivityTrigger] JsonElement input, CancellationToken cancellation) =>
        Call(Activities.OpenRoundName, activities.OpenRound, input, cancellation);

    /// <summary>Decides what comes next for a sweep.</summary>
    [Function("Advance")]
    public Task<JsonElement> Advance([ActivityTrigger] JsonElement input, CancellationToken cancellation) =>
        Call(Activities.AdvanceName, activities.Advance, input, cancellation);

    /// <summary>Claims runs for a lane and executes them.</summary>
    [Function("Work")]
    public Task<JsonElement> Work([ActivityTrigger] JsonElement input, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hosting.Use(client);
        return Call(Activities.WorkName, Work, input, cancellation);
    }

    // An instance that is going away takes nothing new; by the time the lane asks again, another one answers.
    private Task<WorkOutput> Work(WorkInput input, CancellationToken cancellation) => hub.Leaving
        ? Task.FromResult(new WorkOutput("wait", input.Step, (int)UntilGone.TotalMilliseconds))
        : activities.Work(input, cancellation);

    private static async Task<JsonElement> Call<TIn, TOut>(
        TaskName<TIn, TOut> name, Func<TIn, CancellationToken, Task<TOut>> activity, JsonElement input, CancellationToken cancellation) =>
        JsonSerializer.SerializeToElement(await activity(input.Deserialize(name.Input)!, cancellation), name.Output);
}
