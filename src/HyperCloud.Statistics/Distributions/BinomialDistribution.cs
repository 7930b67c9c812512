namespace HyperCloud.Statistics;

/// <summary>The binomial distribution. Managed code, equal on every machine.</summary>
internal static class BinomialDistribution
{
    /// <summary>P(B ≤ successes) of <paramref name="trials"/> ≥ 1 with success probability <paramref name="p"/>: I_{1−p}(n − k, k + 1).</summary>
    public static double Cdf(int successes, int trials, double p) =>
        successes < 0 ? 0 : successes >= trials ? 1 : IncompleteBeta.Regularized(trials - successes, successes + 1, 1 - p, p);
}
