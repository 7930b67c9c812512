using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// Two objectives that pull apart, to be minimised: the <c>error</c> of an imagined model, and its <c>size</c> (the logarithm, base 10, of its weights). Parameters:
/// <c>model</c> (values net, trees); for a net <c>layers</c> and <c>units</c>, for trees <c>trees</c> and <c>depth</c>; <c>rate</c>, a learning rate that is best at 0.005
/// for a net and 0.1 for trees. Size grows with the numbers; error falls with size to 0.03 for a net and to 0.08 for trees, which are better while they are small,
/// and has noise of standard deviation 0.01 drawn from the run's seed. Size has none.
/// </summary>
internal sealed class CompromiseObjective : IObjective
{
    private const double Noise = 0.01, Ln10 = 2.302585092994046;

    /// <inheritdoc/>
    public string Name => "compromise";

    /// <inheritdoc/>
    public bool ReadsNoData => true;

    /// <inheritdoc/>
    public IEnumerable<string> Problems(Space space, JsonElement options)
    {
        if (space.IndexOf("model") < 0 || space.Parameters[space.IndexOf("model")] is not CategoricalParameter model || model.Values.Any(v => v.ToString() is not ("net" or "trees")))
            yield return "needs the parameter 'model' with values from net, trees";
        foreach (string name in new[] { "layers", "units", "trees", "depth", "rate" })
            if (space.IndexOf(name) < 0) yield return $"needs the parameter '{name}', a number above 0";
    }

    /// <inheritdoc/>
    public ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation)
    {
        bool net = context.Text("model") == "net";
        double size, error, rate = Elementary.Log(context.Number("rate")) / Ln10;
        if (net)
        {
            size = context.Number("layers") * Elementary.Pow(context.Number("units"), 1.3);
            error = 0.03 + 0.4 / (1 + Elementary.Pow(size / 60, 0.6)) + 0.05 * (rate + 2.3) * (rate + 2.3) + 0.01 * (context.Number("layers") - 2) * (context.Number("layers") - 2);
        }
        else
        {
            size = context.Number("trees") * Elementary.Pow(1.6, context.Number("depth")) / 3;
            error = 0.08 + 0.25 / (1 + Math.Sqrt(size / 40)) + 0.04 * (rate + 1) * (rate + 1) + 0.002 * (context.Number("depth") - 6) * (context.Number("depth") - 6);
        }

        // Half of it common to all configurations with one seed, as a lucky split is, half of each its own.
        error += Noise * Math.Sqrt(0.5) * (TestObjective.Gaussian(context.Random(0)) + TestObjective.Gaussian(context.Random(1 + (ulong)BitConverter.DoubleToInt64Bits(error))));
        return new(ObjectiveResult.Of(("error", error), ("size", Elementary.Log(size) / Ln10)));
    }
}
