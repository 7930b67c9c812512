using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>How losses are warped for a Gaussian process.</summary>
internal enum WarpKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Losses worse than the median by their logarithm, beyond the unit of <see cref="LossWarp"/>.</summary>
    UpperLog,
}

/// <summary>
/// Losses as a Gaussian process can take them: monotone, mean 0 and variance 1. Their unit is the distance from the median to the best tenth;
/// losses far outside (100 units above, 30 below) are always taken by their logarithm, so that no outlier decides what the rest look like.
/// </summary>
/// <param name="Y">The warped losses.</param>
/// <param name="LogSlope">The sum of the logarithms of the warp's slopes at the losses, in those units: makes likelihoods of warps comparable.</param>
/// <param name="Of">The warp itself, for other losses.</param>
/// <param name="Unit">What 1 of <paramref name="Y"/> is in losses, where the warp is straight.</param>
internal sealed record LossWarp(double[] Y, double LogSlope, Func<double, double> Of, double Unit)
{
    private const double FarAbove = 100, FarBelow = 30;

    /// <summary>Warps losses; null when they do not differ.</summary>
    public static LossWarp? Apply(ReadOnlySpan<double> losses, WarpKind kind)
    {
        int n = losses.Length;
        double largest = 0;
        foreach (double l in losses) largest = Math.Max(largest, Math.Abs(l));
        if (n == 0 || largest == 0) return null;
        var y = new double[n];
        for (int i = 0; i < n; i++) y[i] = losses[i] / largest; // 1e300 − (−1e300) would overflow
        double[] sorted = [.. y.Order()];
        double middle = sorted[n / 2], spread = middle - sorted[n / 10];
        if (!(spread > 1e-13)) spread = middle - sorted[0];
        if (!(spread > 1e-13)) spread = sorted[^1] - middle;
        if (!(spread > 1e-13)) return null;
        double sum = 0, squares = 0, logSlope = 0, above = kind == WarpKind.UpperLog ? 0 : FarAbove;
        for (int i = 0; i < n; i++)
        {
            double z = (y[i] - middle) / spread, beyond = z > above ? z - above : z < -FarBelow ? -FarBelow - z : 0;
            double log = Elementary.Log1p(beyond);
            logSlope -= log;
            y[i] = z > above ? above + log : z < -FarBelow ? -FarBelow - log : z;
            sum += y[i];
        }

        for (int i = 0; i < n; i++) squares += (y[i] - sum / n) * (y[i] - sum / n);
        double scale = Math.Sqrt(squares / n), mean = sum / n;
        for (int i = 0; i < n; i++) y[i] = (y[i] - mean) / scale;
        return new LossWarp(y, logSlope - n * Elementary.Log(scale), Of, scale * spread * largest);

        double Of(double loss)
        {
            double z = (loss / largest - middle) / spread;
            return ((z > above ? above + Elementary.Log1p(z - above) : z < -FarBelow ? -FarBelow - Elementary.Log1p(-FarBelow - z) : z) - mean) / scale;
        }
    }
}
