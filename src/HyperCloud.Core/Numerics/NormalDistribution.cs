namespace HyperCloud.Core;

/// <summary>The standard normal distribution in managed code, equal on every machine (see <see cref="Elementary"/>).</summary>
public static class NormalDistribution
{
    private const double InverseSqrt2 = 0.70710678118654752440;
    private const double LogSqrt2Pi = 0.91893853320467274178;

    // M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16;
    // each from the highest power down.
    private static ReadOnlySpan<double> CentreP =>
    [
        2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4, 4.5921953931549871457e+4, 1.3731693765509461125e+4,
        1.9715909503065514427e+3, 1.3314166789178437745e+2, 3.3871328727963666080e0,
    ];

    private static ReadOnlySpan<double> CentreQ =>
    [
        5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4, 5.3941960214247511077e+3,
        6.8718700749205790830e+2, 4.2313330701600911252e+1, 1,
    ];

    private static ReadOnlySpan<double> MiddleP =>
    [
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0, 3.64784832476320460504e0,
        5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
    ];

    private static ReadOnlySpan<double> MiddleQ =>
    [
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1, 6.89767334985100004550e-1,
        1.67638483018380384940e0, 2.05319162663775882187e0, 1,
    ];

    private static ReadOnlySpan<double> TailP =>
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2, 2.96560571828504891230e-1,
        1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
    ];

    private static ReadOnlySpan<double> TailQ =>
    [
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4, 1.48753612908506148525e-2,
        1.36929880922735805310e-1, 5.99832206555887937690e-1, 1,
    ];

    /// <summary>The density e^(−x²/2) / √(2π).</summary>
    public static double Density(double x) => Elementary.Exp(-0.5 * x * x - LogSqrt2Pi);

    /// <summary>The logarithm of <see cref="Density"/>.</summary>
    public static double LogDensity(double x) => -0.5 * x * x - LogSqrt2Pi;

    /// <summary>P(Z ≤ x); relative error below 2e-15 down to the subnormal results near −38.</summary>
    public static double Cdf(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > -0.6) return x > 8.3 ? 1 : 0.5 * SpecialFunctions.Erfc(-x * InverseSqrt2);
        if (x < -38.6) return 0;
        // exp(−x²/2) with x² split, so that its rounding is not magnified.
        double y = -x, cut = Math.Floor(y * 16) / 16;
        return 0.5 * Elementary.Exp(-0.5 * cut * cut) * Elementary.Exp(-0.5 * (y - cut) * (y + cut)) * SpecialFunctions.Erfcx(y * InverseSqrt2);
    }

    /// <summary>log P(Z ≤ x), finite for every finite x whose square is; relative error below 1e-14.</summary>
    public static double LogCdf(double x) =>
        double.IsNaN(x) ? x
        : x > 0 ? Elementary.Log1p(-Cdf(-x))
        : x > -3 ? Elementary.Log(Cdf(x))
        : double.IsNegativeInfinity(x) ? x
        : -0.5 * x * x + Elementary.Log(0.5 * SpecialFunctions.Erfcx(-x * InverseSqrt2));

    /// <summary>The x with P(Z ≤ x) = <paramref name="p"/>; relative error about 1e-16 (Wichura's AS 241, PPND16). −∞ at 0, +∞ at 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public static double Quantile(double p)
    {
        if (!(p is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "a probability must lie in [0, 1]");
        if (p is 0 or 1) return p == 0 ? double.NegativeInfinity : double.PositiveInfinity;
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425) return q * Ratio(CentreP, CentreQ, 0.180625 - q * q);
        double r = Math.Sqrt(-Elementary.Log(q < 0 ? p : 1 - p));
        double x = r <= 5 ? Ratio(MiddleP, MiddleQ, r - 1.6) : Ratio(TailP, TailQ, r - 5);
        return q < 0 ? -x : x;
    }

    private static double Ratio(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double z)
    {
        double a = 0, b = 0;
        foreach (double c in p) a = a * z + c;
        foreach (double c in q) b = b * z + c;
        return a / b;
    }
}
