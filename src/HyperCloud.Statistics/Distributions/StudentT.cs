using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>Student's t distribution. Managed code, equal on every machine.</summary>
internal static class StudentT
{
    /// <summary>P(T ≤ t) with <paramref name="degrees"/> &gt; 0 degrees of freedom, not necessarily whole.</summary>
    public static double Cdf(double t, double degrees) => t < 0 ? Tail(-t, degrees) : 1 - Tail(t, degrees);

    /// <summary>P(T &gt; t) for t ≥ 0, without cancellation: ½ I_x(ν/2, ½) with x = ν / (ν + t²).</summary>
    public static double Tail(double t, double degrees)
    {
        if (!(degrees > 0)) throw new ArgumentOutOfRangeException(nameof(degrees), degrees, "`degrees` must be above 0");
        if (!(t >= 0)) throw new ArgumentOutOfRangeException(nameof(t), t, "`t` must be at least 0");
        double square = t * t, x = degrees / (degrees + square);
        // Beyond 1e154 the square overflows, and x would be 0: the tail is then t^(−ν) up to a factor, and 0 is near enough for any interval.
        return 0.5 * IncompleteBeta.Regularized(degrees / 2, 0.5, x, square / (degrees + square) is var y && double.IsNaN(y) ? 1 : y);
    }

    /// <summary>The t with P(|T| ≤ t) = <paramref name="level"/>, for a level in (0, 1): the factor of a two-sided interval.</summary>
    public static double TwoSided(double level, double degrees)
    {
        if (!(level > 0 && level < 1)) throw new ArgumentOutOfRangeException(nameof(level), level, "`level` must be above 0 and below 1");
        double tail = (1 - level) / 2;
        double logPeak = SpecialFunctions.LogGamma((degrees + 1) / 2) - SpecialFunctions.LogGamma(degrees / 2) - 0.5 * Elementary.Log(degrees * Math.PI);
        // The tail is convex in t, so Newton's method climbs from 0 to the root and never passes it, but for rounding.
        double t = 0, step;
        do
        {
            double density = Elementary.Exp(logPeak - (degrees + 1) / 2 * Elementary.Log(1 + t * t / degrees));
            step = (Tail(t, degrees) - tail) / density;
            t += step;
        }
        while (step > 1e-15 * t);
        return t;
    }
}
