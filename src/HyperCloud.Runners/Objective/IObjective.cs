using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// An objective written in C#: what a run computes. Register it with <see cref="RunnerRegistry.Create"/>; a spec names it as
/// <c>trial: {objective: NAME}</c> or <c>trial: {objective: {name: NAME, …}}</c>. One instance serves many runs at once.
/// </summary>
public interface IObjective
{
    /// <summary>The name in specs.</summary>
    string Name { get; }

    /// <summary>
    /// True when a run reads no data: all that is random in it is drawn from its seed, as in a simulation, so that fresh seeds are fresh data
    /// and evaluation needs no rows that search has not read (SEMANTICS §1). Default: false, which makes the spec say what evaluation is measured on.
    /// </summary>
    bool ReadsNoData => false;

    /// <summary>
    /// What is wrong with a space or with the options for this objective, a sentence each; empty (the default) when nothing is. Pure: called
    /// when a spec is validated, before anything runs.
    /// </summary>
    /// <param name="space">The space.</param>
    /// <param name="options">What stands under <c>objective:</c>, an object with at least <c>name</c>.</param>
    IEnumerable<string> Problems(Space space, JsonElement options) => [];

    /// <summary>
    /// Computes one run. An exception makes the run failed. Must be deterministic given the context if sweeps are to be repeatable: all
    /// randomness from <see cref="ObjectiveContext.Random"/>.
    /// </summary>
    /// <param name="context">Configuration, seed and the way to report.</param>
    /// <param name="cancellation">Cancelled when the run should end: a report was answered with stop, its time is up, a user cancelled.</param>
    /// <returns>The final metrics: a number converts to the sweep's metric; <see cref="ObjectiveResult.Reported"/> when all was reported already.</returns>
    ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation);
}

/// <summary>The final metrics of a run. A number converts to the value of the sweep's metric.</summary>
public sealed class ObjectiveResult
{
    private ObjectiveResult(double? value, IReadOnlyDictionary<string, double> others) => (Value, Others) = (value, others);

    /// <summary>Nothing more: the last report holds the result.</summary>
    public static ObjectiveResult Reported { get; } = new(null, new Dictionary<string, double>());

    /// <summary>The value of the sweep's metric, if given without a name.</summary>
    internal double? Value { get; }

    /// <summary>Metrics by name.</summary>
    internal IReadOnlyDictionary<string, double> Others { get; }

    /// <summary>Several metrics by name.</summary>
    public static ObjectiveResult Of(params (string Name, double Value)[] metrics) =>
        new(null, metrics.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal));

    /// <summary>The value of the sweep's metric.</summary>
    public static implicit operator ObjectiveResult(double value) => new(value, new Dictionary<string, double>());

    /// <summary>The value of the sweep's metric.</summary>
    public static ObjectiveResult FromDouble(double value) => value;
}
