using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// Ranks completed trials by the posterior mean of the Gaussian process where it sees noise, so that the luckiest draw does not win over a
/// configuration whose neighbours do well too; else by loss.
/// </summary>
internal static class GpRanking
{
    /// <summary>Noise variance, for losses of variance 1, below which the losses themselves are believed.</summary>
    public const double Negligible = 1e-3;

    /// <summary>Ranks the trials of a context.</summary>
    public static Recommendation Rank(SearchContext context, GpSurrogate surrogate)
    {
        List<Observation> completed = NoiseAwareRanking.ByLoss(context.Observations);
        int[] byLoss = [.. completed.Select(o => o.Number)];
        if (context.Deterministic) return new Recommendation(byLoss, "by loss: the objective has no noise");
        if (completed.Count < LossSmoother.FewestTrials || surrogate.TryFit(context.Space, context.Observations) is not { } fit)
            return new Recommendation(byLoss, "by loss: too few or too equal losses to tell noise");
        if (fit.Model.Parameters.Noise < Negligible) return new Recommendation(byLoss, "by loss: the losses show no noise");
        Dictionary<int, double> means = [];
        for (int i = 0; i < fit.Set.Trials.Length; i++)
            if (fit.Set.Trials[i].State == ObservationState.Completed) means[fit.Set.Trials[i].Number] = fit.Model.PredictMean(fit.Set.X[i]);
        return new Recommendation(
            [.. completed.OrderBy(o => o.Violation).ThenBy(o => !means.ContainsKey(o.Number)).ThenBy(o => means.GetValueOrDefault(o.Number))
                .ThenBy(o => means.ContainsKey(o.Number) ? o.Number : 0).Select(o => o.Number)],
            string.Create(CultureInfo.InvariantCulture, $"by posterior mean of {means.Count} trials: noise has {fit.Model.Parameters.Noise:P0} of the variance of the losses"));
    }
}
