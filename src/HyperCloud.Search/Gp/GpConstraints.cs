using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Outcome constraints as Gaussian processes, one each, of what they are broken by; independent of the loss and of each other, so that the probability
/// that all are met is a product (Gardner, Kusner, Xu, Weinberger and Cunningham, "Bayesian optimization with inequality constraints", ICML 2014).
/// </summary>
internal sealed class GpConstraints(GpOptions options)
{
    private readonly List<GpSurrogate> _surrogates = [];

    /// <summary>The fitted constraints of a context.</summary>
    /// <param name="Models">For each constraint that tells trials apart its process and the warped value at which it is just met.</param>
    public sealed record Fit((GpModel Model, double Threshold)[] Models)
    {
        /// <summary>The logarithm of the probability that all constraints are met.</summary>
        public double LogProbability(ReadOnlySpan<double> x)
        {
            double sum = 0;
            foreach ((GpModel model, double threshold) in Models)
            {
                (double mean, double variance) = model.Predict(x);
                sum += NormalDistribution.LogCdf((threshold - mean) / Math.Sqrt(variance));
            }

            return sum;
        }

        /// <summary>The same, and adds its derivatives in some ordered dimensions.</summary>
        public double LogProbability(ReadOnlySpan<double> x, ReadOnlySpan<int> dimensions, Span<double> slopes)
        {
            double sum = 0;
            double[] byMean = new double[dimensions.Length], byVariance = new double[dimensions.Length];
            foreach ((GpModel model, double threshold) in Models)
            {
                (double mean, double variance) = model.Predict(x, dimensions, byMean, byVariance);
                double sd = Math.Sqrt(variance), z = (threshold - mean) / sd, log = NormalDistribution.LogCdf(z);
                // d log Φ(z) = φ(z) / Φ(z) dz; the ratio by logarithms, as both underflow far below.
                double ratio = Elementary.Exp(-0.5 * z * z - 0.91893853320467274178 - log);
                for (int v = 0; v < dimensions.Length; v++) slopes[v] += ratio * (-byMean[v] / sd - z * byVariance[v] / (2 * variance));
                sum += log;
            }

            return sum;
        }
    }

    /// <summary>Fits; null without constraints, or while none tells trials apart.</summary>
    public Fit? TryFit(Space space, IReadOnlyList<Observation> observations)
    {
        int count = 0;
        foreach (Observation o in observations) count = Math.Max(count, o.Excess?.Count ?? 0);
        List<(GpModel, double)> models = [];
        for (int c = 0; c < count; c++)
        {
            if (_surrogates.Count == c) _surrogates.Add(new GpSurrogate(options));
            Observation[] known = [.. observations.Where(o => o.Excess?.Count > c).Select(o => o with { State = ObservationState.Completed, Loss = o.Excess![c], Curve = null, Excess = null })];
            if (_surrogates[c].TryFit(space, known) is { } fit) models.Add((fit.Model, fit.Set.Warp.Of(0)));
        }

        return models.Count == 0 ? null : new Fit([.. models]);
    }
}
