using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>Several objectives as Gaussian processes, one each, independent of each other.</summary>
internal sealed class GpObjectives(GpOptions options)
{
    private readonly List<GpSurrogate> _surrogates = [];

    /// <summary>The fitted objectives of a context.</summary>
    /// <param name="Kernel">The kernel of the first; all encode the space alike.</param>
    /// <param name="Models">The process of each objective that tells trials apart.</param>
    /// <param name="Objectives">Which objectives they are.</param>
    public sealed record Fit(GpKernel Kernel, GpSurrogate.Fit[] Models, int[] Objectives)
    {
        /// <summary>The posterior means at a configuration.</summary>
        public double[] Means(ReadOnlySpan<double> x)
        {
            var means = new double[Models.Length];
            for (int k = 0; k < means.Length; k++) means[k] = Models[k].Model.PredictMean(x);
            return means;
        }

        /// <summary>The largest noise variance of any, for losses of variance 1.</summary>
        public double Noise => Models.Max(m => m.Model.Parameters.Noise);
    }

    /// <summary>Parameters with a choice.</summary>
    public int Dimensions(Space space) => Surrogate(0).KernelOf(space).Dimensions;

    /// <summary>Fits; null while no objective tells trials apart.</summary>
    public Fit? TryFit(SearchContext context)
    {
        List<GpSurrogate.Fit> models = [];
        List<int> objectives = [];
        for (int k = 0; k < context.Objectives; k++)
        {
            if (Surrogate(k).TryFit(context.Space, [.. context.Observations.Select(o => o.For(k))]) is not { } fit) continue;
            models.Add(fit);
            objectives.Add(k);
        }

        return models.Count == 0 ? null : new Fit(Surrogate(0).KernelOf(context.Space), [.. models], [.. objectives]);
    }

    /// <summary>
    /// The recommendation: as <see cref="FrontRanking.Rank(SearchContext)"/>, noisy losses by their posterior means.
    /// </summary>
    public Recommendation Rank(SearchContext context)
    {
        if (context.Deterministic || context.Observations.Count(o => o.State == ObservationState.Completed) < LossSmoother.FewestTrials || TryFit(context) is not { } fit)
            return FrontRanking.Rank(context);
        Observation[] keeps = [.. context.Observations.Where(o => o is { State: ObservationState.Completed, Violation: 0 })];
        double[][] losses = [.. keeps.Select(o => o.Vector)];
        double[][] x = [.. keeps.Select(o => fit.Kernel.Encoding.Encode(o.Assignment))];
        List<string> noise = [];
        for (int m = 0; m < fit.Models.Length; m++)
        {
            double share = fit.Models[m].Model.Parameters.Noise;
            if (share < GpRanking.Negligible) continue;
            for (int i = 0; i < keeps.Length; i++) losses[i][fit.Objectives[m]] = fit.Models[m].Model.PredictMean(x[i]);
            noise.Add(string.Create(CultureInfo.InvariantCulture, $"objective {fit.Objectives[m] + 1} by posterior mean: noise has {share:P1} of its variance"));
        }

        return FrontRanking.Rank(context, keeps, losses, noise);
    }

    private GpSurrogate Surrogate(int objective)
    {
        while (_surrogates.Count <= objective) _surrogates.Add(new GpSurrogate(options));
        return _surrogates[objective];
    }
}
