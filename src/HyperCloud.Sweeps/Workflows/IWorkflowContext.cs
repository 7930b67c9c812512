using System.Text.Json.Serialization.Metadata;

namespace HyperCloud.Sweeps;

/// <summary>An activity or workflow by name, with the JSON contracts of what goes in and comes out.</summary>
/// <typeparam name="TIn">Input record.</typeparam>
/// <typeparam name="TOut">Output record.</typeparam>
/// <param name="Name">Name, the same on every host.</param>
/// <param name="Input">JSON contract of the input.</param>
/// <param name="Output">JSON contract of the output.</param>
public sealed record TaskName<TIn, TOut>(string Name, JsonTypeInfo<TIn> Input, JsonTypeInfo<TOut> Output);

/// <summary>
/// What a workflow may touch: the whole interface between our workflows and the host that runs them (Durable Functions, the local host,
/// the virtual-time simulator). A workflow awaits only what this interface gives it, with plain <c>await</c>, <see cref="Task.WhenAll(Task[])"/>
/// and <see cref="Task.WhenAny(Task[])"/>, and decides nothing that needs data.
/// </summary>
public interface IWorkflowContext
{
    /// <summary>The instance's id: the sweep's id, or the sweep's id and lane.</summary>
    string Id { get; }

    /// <summary>The host's clock, deterministic under replay.</summary>
    DateTimeOffset Now { get; }

    /// <summary>True while the host re-runs what has happened before: for logs only.</summary>
    bool IsReplaying { get; }

    /// <summary>Runs an activity.</summary>
    Task<TOut> Activity<TIn, TOut>(TaskName<TIn, TOut> activity, TIn input);

    /// <summary>Runs another workflow to its end, all its turns included.</summary>
    Task<TOut> Child<TTurn, TOut>(TaskName<TTurn, TOut> workflow, string id, TTurn input);

    /// <summary>A durable timer. Cancel it when it is no longer needed: a turn cannot end while one is open.</summary>
    Task Delay(TimeSpan delay, CancellationToken cancellation);

    /// <summary>The next signal of this name. At most one wait per name may be outstanding; signals that come early are kept.</summary>
    Task Signal(string name);

    /// <summary>Wakes another workflow instance. Losing or doubling a signal must cost nothing but time.</summary>
    void Send(string id, string name);

    /// <summary>A word on what goes on, for people.</summary>
    void SetStatus(string status);
}

/// <summary>How a turn of a workflow ends: again with a new state, or done with an output (a closed union).</summary>
/// <typeparam name="TState">State carried to the next turn, below 1 kB of JSON.</typeparam>
/// <typeparam name="TOutput">The result.</typeparam>
public abstract record Turn<TState, TOutput>
{
    private Turn()
    {
    }

    /// <summary>Continue as new.</summary>
    public sealed record Again(TState State) : Turn<TState, TOutput>;

    /// <summary>The workflow is over.</summary>
    public sealed record Done(TOutput Output) : Turn<TState, TOutput>;
}
