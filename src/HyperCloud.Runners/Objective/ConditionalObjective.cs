using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// A function with conditional parameters: <c>shape</c> (values bowl, ripple), <c>x</c>, <c>depth</c> when shape is bowl, <c>wave</c> when it is
/// ripple. Bowl: (x − 0.3)² + (depth − 2)² + 0.1. Ripple: (x + 0.7)² + (wave − 1)² + 0.05 (1 − cos 2π wave), minimum 0 at x = −0.7, wave = 1.
/// </summary>
internal sealed class ConditionalObjective : IObjective
{
    /// <inheritdoc/>
    public string Name => "conditional";

    /// <inheritdoc/>
    public bool ReadsNoData => true;

    /// <inheritdoc/>
    public IEnumerable<string> Problems(Space space, JsonElement options)
    {
        if (space.IndexOf("shape") < 0 || space.Parameters[space.IndexOf("shape")] is not CategoricalParameter shape
            || shape.Values.Any(v => v.ToString() is not ("bowl" or "ripple")))
            yield return "needs the parameter 'shape' with values from bowl, ripple";
        if (space.IndexOf("x") < 0 || space.Parameters[space.IndexOf("x")] is { When.Length: > 0 }) yield return "needs the parameter 'x', without condition";
        foreach ((string name, string value) in new[] { ("depth", "bowl"), ("wave", "ripple") })
            if (space.IndexOf(name) < 0) yield return $"needs the parameter '{name}', when: {{shape: {value}}}";
    }

    /// <inheritdoc/>
    public ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation)
    {
        double x = context.Number("x");
        if (context.Text("shape") == "bowl")
        {
            double depth = context.Number("depth");
            return new((x - 0.3) * (x - 0.3) + (depth - 2) * (depth - 2) + 0.1);
        }

        double wave = context.Number("wave");
        return new((x + 0.7) * (x + 0.7) + (wave - 1) * (wave - 1) + 0.05 * (1 - Math.Cos(2 * Math.PI * wave)));
    }
}
