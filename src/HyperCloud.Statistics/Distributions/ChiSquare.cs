using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>The χ² distribution. Managed code, equal on every machine.</summary>
internal static class ChiSquare
{
    private const int MaxTerms = 100_000;

    /// <summary>P(X ≤ x) with <paramref name="degrees"/> above 0: the regularised incomplete gamma function P(ν/2, x/2).</summary>
    public static double Cdf(double x, double degrees)
    {
        double a = degrees / 2, z = x / 2;
        if (z <= 0) return 0;
        double front = Elementary.Exp((a * Elementary.Log(z)) - z - SpecialFunctions.LogGamma(a));
        return z < a + 1 ? front * Series(a, z) : 1 - (front * Fraction(a, z));
    }

    /// <summary>The x with P(X ≤ x) = <paramref name="p"/> in (0, 1), by bisection.</summary>
    public static double Quantile(double p, double degrees)
    {
        if (!(p > 0 && p < 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "`p` must be above 0 and below 1");
        double low = 0, high = degrees + 1;
        while (Cdf(high, degrees) < p) (low, high) = (high, high * 2);
        while (true)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) return high;
            if (Cdf(middle, degrees) < p) low = middle;
            else high = middle;
        }
    }

    // DLMF 8.7.1: Σ zᵏ / (a (a + 1) … (a + k)).
    private static double Series(double a, double z)
    {
        double term = 1 / a, sum = term;
        for (int k = 1; k < MaxTerms && term > 1e-17 * sum; k++)
        {
            term *= z / (a + k);
            sum += term;
        }

        return sum;
    }

    // DLMF 8.9.2 by the modified Lentz method.
    private static double Fraction(double a, double z)
    {
        double b = z + 1 - a, c = 1e300, d = 1 / b, f = d;
        for (int k = 1; k < MaxTerms; k++)
        {
            double numerator = -k * (k - a);
            b += 2;
            d = 1 / ((numerator * d) + b);
            c = b + (numerator / c);
            double step = c * d;
            f *= step;
            if (Math.Abs(step - 1) < 3e-16) break;
        }

        return f;
    }
}
