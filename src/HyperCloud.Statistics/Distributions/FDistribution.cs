namespace HyperCloud.Statistics;

/// <summary>Fisher's F distribution. Managed code, equal on every machine.</summary>
internal static class FDistribution
{
    /// <summary>The f with P(F ≤ f) = <paramref name="p"/> in (0, 1): with B ~ Beta(d₁/2, d₂/2), F = d₂ B / (d₁ (1 − B)).</summary>
    public static double Quantile(double p, int d1, int d2)
    {
        // The smaller of B and 1 − B is found directly, so that neither is the rounded difference from 1.
        if (p > 0.5) return 1 / Quantile(1 - p, d2, d1);
        double b = IncompleteBeta.Inverse(d1 / 2.0, d2 / 2.0, p);
        return d2 * b / (d1 * (1 - b));
    }
}
