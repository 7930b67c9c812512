using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The logarithm of expected improvement, which keeps its slope where the improvement itself is too small for a number (Ament, Daulton,
/// Eriksson, Balandat and Bakshy, "Unexpected improvements to expected improvement for Bayesian optimization", NeurIPS 2023).
/// </summary>
internal static class ExpectedImprovement
{
    private const double LogSqrt2Pi = 0.91893853320467274178;
    private const double SqrtHalfPi = 1.25331413731550025121;
    private const double InverseSqrt2 = 0.70710678118654752440;

    /// <summary>log E max(0, target − f) for a normal f, with its derivatives with respect to the mean and the variance.</summary>
    /// <param name="mean">Mean of f.</param>
    /// <param name="variance">Variance of f, above 0.</param>
    /// <param name="target">What is to be improved on.</param>
    public static (double Value, double ByMean, double ByVariance) Log(double mean, double variance, double target)
    {
        double sd = Math.Sqrt(variance), z = (target - mean) / sd, log = LogH(z);
        double share = Elementary.Exp(NormalDistribution.LogCdf(z) - log); // h' / h, as h' = Φ
        return (Elementary.Log(sd) + log, -share / sd, (1 - z * share) / (2 * variance));
    }

    /// <summary>log h(z), h(z) = φ(z) + z Φ(z) (equation 9 of the paper).</summary>
    public static double LogH(double z)
    {
        if (z > -1) return Elementary.Log(NormalDistribution.Density(z) + z * NormalDistribution.Cdf(z));
        double tail = -0.5 * z * z - LogSqrt2Pi;
        return z < -1e4 ? tail - 2 * Elementary.Log(-z) // 1 − 1/z² to first order
            : tail + Elementary.Log1p(z * SqrtHalfPi * SpecialFunctions.Erfcx(-z * InverseSqrt2));
    }
}
