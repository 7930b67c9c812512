namespace HyperCloud.Core;

/// <summary>Error function and log-gamma in managed code, equal on every machine (see <see cref="Elementary"/>).</summary>
public static class SpecialFunctions
{
    // W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969); coefficients of CALERF.
    private static ReadOnlySpan<double> ErfP =>
        [1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];

    private static ReadOnlySpan<double> ErfQ => [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];

    private static ReadOnlySpan<double> ErfcP =>
    [
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1, 2.98635138197400131e2,
        8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ];

    private static ReadOnlySpan<double> ErfcQ =>
    [
        1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
        4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ];

    private static ReadOnlySpan<double> TailP =>
    [
        1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
        6.58749161529837803e-4,
    ];

    private static ReadOnlySpan<double> TailQ =>
        [1, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];

    // (−1)^k (ζ(k) − 1) / k for k = 2 … 32: Taylor series of log Γ about 2 (Abramowitz and Stegun 6.1.33).
    private static ReadOnlySpan<double> GammaTaylor =>
    [
        0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234, -0.001192753911703261,
        0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05,
        -9.439488275268397e-06, 4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
        2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08, 1.0838659214896955e-08,
        -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09, 5.731367241678862e-10, -2.7595228851242334e-10,
        1.330476437424449e-10, -6.4229645638381e-11, 3.1044247747322276e-11, -1.5021384080754142e-11, 7.275974480239079e-12,
    ];

    // B(2k) / (2k (2k − 1)): Stirling's series (Abramowitz and Stegun 6.1.41).
    private static ReadOnlySpan<double> Stirling =>
    [
        0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953, 0.0008417508417508417,
        -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242, 0.17964437236883057,
    ];

    /// <summary>The error function 2/√π ∫₀ˣ e^(−t²) dt; relative error below 1e-15.</summary>
    /// <remarks>Cody (1969).</remarks>
    public static double Erf(double x)
    {
        double y = Math.Abs(x);
        if (double.IsNaN(x)) return x;
        if (y <= 0.46875) return x * Ratio(ErfP, ErfQ, y * y);
        double erf = 1 - Erfc(y);
        return x < 0 ? -erf : erf;
    }

    /// <summary>1 − erf(x) without cancellation; relative error below 1e-15 down to the subnormal results near x = 26.5.</summary>
    /// <remarks>Cody (1969).</remarks>
    public static double Erfc(double x)
    {
        if (double.IsNaN(x)) return x;
        if (Math.Abs(x) <= 0.46875) return 1 - Erf(x);
        if (x < 0) return 2 - Erfc(-x);
        if (x > 27.5) return 0;
        // exp(−x²) with x² split, so that its rounding is not magnified.
        double cut = Math.Floor(x * 16) / 16;
        return Elementary.Exp(-cut * cut) * Elementary.Exp(-(x - cut) * (x + cut)) * ErfcxPositive(x);
    }

    /// <summary>e^(x²) erfc(x), the scaled complement, for x ≥ 0; relative error below 2e-15.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="x"/> is below 0.</exception>
    /// <remarks>Cody (1969).</remarks>
    public static double Erfcx(double x)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        return x <= 0.46875 ? Elementary.Exp(x * x) * (1 - Erf(x)) : ErfcxPositive(x);
    }

    /// <summary>log Γ(x) for x &gt; 0; absolute error below 1e-15 · max(1, |log Γ(x)|) · 4. +∞ at 0 and +∞, NaN below 0.</summary>
    /// <remarks>Taylor series about 2 on [1.5, 2.5] (exactly 0 at 1 and 2), recurrence to there below 10, Stirling's series above.</remarks>
    public static double LogGamma(double x)
    {
        if (double.IsNaN(x) || x < 0) return double.NaN;
        if (x == 0 || double.IsPositiveInfinity(x)) return double.PositiveInfinity;
        if (x >= 10)
        {
            double inverse = 1 / x, z = inverse * inverse, series = 0;
            for (int k = Stirling.Length - 1; k >= 0; k--) series = series * z + Stirling[k];
            return (x - 0.5) * (Elementary.Log(x) - 1) + (0.9189385332046728 - 0.5) + series * inverse;
        }

        if (x < 0.5) return LogGammaNearTwo(x) - Elementary.Log(x) - Elementary.Log1p(x);
        if (x < 1.5) return LogGammaNearTwo(x - 1) - Elementary.Log1p(x - 1);
        double product = 1;
        while (x > 2.5) product *= --x;
        return LogGammaNearTwo(x - 2) + (product == 1 ? 0 : Elementary.Log(product));
    }

    // log Γ(2 + z) for |z| ≤ 1/2.
    private static double LogGammaNearTwo(double z)
    {
        double series = 0;
        for (int k = GammaTaylor.Length - 1; k >= 0; k--) series = series * z + GammaTaylor[k];
        return z * (0.42278433509846713 + z * series);
    }

    private static double ErfcxPositive(double y)
    {
        if (y <= 4) return Ratio(ErfcP, ErfcQ, y);
        double z = 1 / (y * y);
        return (0.56418958354775628695 - z * Ratio(TailP, TailQ, z)) / y; // 1/√π
    }

    private static double Ratio(ReadOnlySpan<double> p, ReadOnlySpan<double> q, double z)
    {
        double a = 0, b = 0;
        foreach (double c in p) a = a * z + c;
        foreach (double c in q) b = b * z + c;
        return a / b;
    }
}
