using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Losses as a Gaussian process can take them: monotone, mean 0 and variance 1. Linear from the median down to five times the distance of the
/// best tenth from it, logarithmic beyond on both sides: a few huge losses must not decide what the good ones look like.
/// </summary>
internal static class LossWarp
{
    private const double Linear = 5;

    /// <summary>Warps losses; null when they do not differ.</summary>
    public static double[]? Apply(ReadOnlySpan<double> losses, bool warp = true)
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
        double sum = 0, squares = 0;
        for (int i = 0; i < n; i++)
        {
            double z = (y[i] - middle) / spread;
            if (!warp) y[i] = Math.Clamp(z, -20, 20); else
            y[i] = z > 0 ? Elementary.Log1p(z) : z < -Linear ? -Linear - Elementary.Log1p(-Linear - z) : z;
            sum += y[i];
        }

        for (int i = 0; i < n; i++) squares += (y[i] - sum / n) * (y[i] - sum / n);
        double scale = Math.Sqrt(squares / n);
        for (int i = 0; i < n; i++) y[i] = (y[i] - sum / n) / scale;
        return y;
    }
}
