using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// The regularised incomplete beta function I_x(a, b) = P(B ≤ x) for B ~ Beta(a, b), and its inverse: what Student's t and the binomial
/// distribution are made of. Managed code, equal on every machine.
/// </summary>
internal static class IncompleteBeta
{
    // Enough for a, b up to about 10⁸: the fraction needs O(√max(a, b)) terms.
    private const int MaxTerms = 100_000;

    /// <summary>I_x(a, b) for a, b &gt; 0 and x in [0, 1]; relative error about 1e-13 while a and b are below a million.</summary>
    public static double Regularized(double a, double b, double x) => Regularized(a, b, x, 1 - x);

    /// <summary>
    /// The same where the caller knows <paramref name="y"/> = 1 − x better than the subtraction would give it: near either end the smaller of
    /// the two carries the information. 1 − I_x(a, b) is <c>Regularized(b, a, y, x)</c>, without cancellation.
    /// </summary>
    public static double Regularized(double a, double b, double x, double y)
    {
        if (!(a > 0) || !(b > 0)) throw new ArgumentOutOfRangeException(nameof(a), $"`a` and `b` must be above 0, but got a={a}, b={b}");
        if (double.IsNaN(x) || x < 0 || x > 1) throw new ArgumentOutOfRangeException(nameof(x), x, "`x` must be from 0 to 1");
        if (x == 0 || y == 0) return x;
        // The fraction converges fast below the mean; above it, by symmetry, the other tail is computed.
        return x <= a / (a + b) ? Lower(a, b, x, y) : 1 - Lower(b, a, y, x);
    }

    /// <summary>The x with I_x(a, b) = p, for p in [0, 1]; to the precision of I.</summary>
    public static double Inverse(double a, double b, double p)
    {
        if (double.IsNaN(p) || p < 0 || p > 1) throw new ArgumentOutOfRangeException(nameof(p), p, "`p` must be from 0 to 1");
        if (p == 0 || p == 1) return p;
        // Bisection: 1,100 halvings would reach the smallest double, but it ends when no double lies between. Plain, and cannot fail.
        double low = 0, high = 1;
        while (true)
        {
            // Geometric steps while the ends are of different magnitude, so that tiny results come as fast as others.
            double middle = low > 0 && high > 4 * low ? Math.Sqrt(low) * Math.Sqrt(high) : low == 0 && high > 1e-300 ? high * 0.0625 : low + (high - low) / 2;
            if (middle <= low || middle >= high) return high;
            if (Regularized(a, b, middle) < p) low = middle;
            else high = middle;
        }
    }

    /// <summary>The continued fraction DLMF 8.17.22 (https://dlmf.nist.gov/8.17.E22), by the modified Lentz method.</summary>
    private static double Lower(double a, double b, double x, double y)
    {
        double logFront = a * Log(x, y) + b * Log(y, x)
            + SpecialFunctions.LogGamma(a + b) - SpecialFunctions.LogGamma(a) - SpecialFunctions.LogGamma(b);
        double front = Elementary.Exp(logFront) / a;
        const double tiny = 1e-300;
        double c = 1, d = NonZero(1 - (a + b) * x / (a + 1)), f = 1 / d;
        d = f;
        for (int m = 1; m <= MaxTerms; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / NonZero(1 + even * d);
            c = NonZero(1 + even / c);
            f *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / NonZero(1 + odd * d);
            c = NonZero(1 + odd / c);
            double step = d * c;
            f *= step;
            if (Math.Abs(step - 1) < 3e-16) return front * f;
        }

        throw new ArithmeticException($"the incomplete beta function did not converge for a={a}, b={b}, x={x}");

        static double NonZero(double v) => Math.Abs(v) < tiny ? tiny : v;
    }

    // log x, given also y = 1 − x: near 1 it is log(1 − y), without the rounding of 1 − y (Kahan's device).
    private static double Log(double x, double y)
    {
        if (x < 0.5) return Elementary.Log(x);
        double u = 1 - y;
        return u == 1 ? -y : Elementary.Log(u) * (-y / (u - 1));
    }
}
