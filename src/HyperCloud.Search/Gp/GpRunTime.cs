using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The run time of trials as a Gaussian process of its logarithm, so that expected gain can be weighed against what it takes (expected improvement
/// per second: Snoek, Larochelle and Adams, "Practical Bayesian optimization of machine learning algorithms", NeurIPS 2012, §3.2). The weight falls
/// with the trials that are left, so that cheap trials come first and the last ones count by gain alone (Lee, Perrone, Archambeau and Seeger,
/// "Cost-aware Bayesian optimization", 2020, §3).
/// </summary>
internal sealed class GpRunTime(GpOptions options)
{
    private const double Shortest = 1e-3; // seconds; below, overhead is all there is to measure

    private readonly GpSurrogate _surrogate = new(options with { WarpFrom = int.MaxValue });

    /// <summary>The fitted run time of a context, weighed.</summary>
    /// <param name="Model">The process of the scaled logarithm of seconds; 0 is the geometric mean of the trials.</param>
    /// <param name="Unit">What 1 of it is in the logarithm of seconds.</param>
    /// <param name="Weight">Exponent of the time by which the gain is divided; in (0, 1].</param>
    public sealed record Fit(GpModel Model, double Unit, double Weight)
    {
        /// <summary>What the logarithm of the gain is lowered by.</summary>
        public double Penalty(ReadOnlySpan<double> x) => Weight * Unit * Model.PredictMean(x);

        /// <summary>The same, and takes its derivatives in some ordered dimensions off slopes.</summary>
        public double Penalty(ReadOnlySpan<double> x, ReadOnlySpan<int> dimensions, Span<double> slopes)
        {
            double[] byMean = new double[dimensions.Length];
            (double mean, _) = Model.Predict(x, dimensions, byMean, new double[dimensions.Length]);
            for (int v = 0; v < dimensions.Length; v++) slopes[v] -= Weight * Unit * byMean[v];
            return Weight * Unit * mean;
        }

        /// <summary>The expected run time, in multiples of the geometric mean of the finished trials.</summary>
        public double Relative(ReadOnlySpan<double> x) => Elementary.Exp(Unit * Model.PredictMean(x));
    }

    /// <summary>Fits; null when no run times are told, they do not differ, or no weight is left.</summary>
    public Fit? TryFit(SearchState state)
    {
        double weight = state.Context.Budget is { } budget and > 0 ? Math.Clamp((double)(budget - state.Trial) / budget, 0, 1) : 1;
        if (weight == 0) return null;
        Observation[] timed =
        [
            .. state.Observations.Where(o => o.Seconds is not null)
                .Select(o => o with { State = ObservationState.Completed, Loss = Elementary.Log(Math.Max(Shortest, o.Seconds!.Value)), Curve = null, Excess = null }),
        ];
        return timed.Length == 0 || _surrogate.TryFit(state.Space, timed) is not { } fit ? null : new Fit(fit.Model, fit.Set.Warp.Unit, weight);
    }
}
