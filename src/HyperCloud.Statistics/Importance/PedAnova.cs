using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// PED-ANOVA: Watanabe, Bansal and Hutter, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces" (IJCAI 2023),
/// for the best fraction γ against the whole space. The importance of a parameter is the Pearson divergence of the density of its values
/// among the best trials from the uniform one: v = ∫ (p_best(x) − 1)² dx. Trials of a search are not uniform, so p_best is corrected for how
/// often a value was tried: p_best(x) ∝ p̂_best(x) / p̂_all(x), both kernel estimates. v·γ² is the variance of the probability of
/// being among the best, given the value.
/// </summary>
internal static class PedAnova
{
    /// <summary>Cells that a continuous parameter is cut into, as in the paper's implementation.</summary>
    private const int Grid = 50;

    /// <summary>The narrowest kernel: one cell of <see cref="Grid"/>.</summary>
    private const double Narrowest = 1.0 / Grid;

    /// <summary>How many trials the best fraction is: at least 3, or a density says nothing.</summary>
    public static int Best(double fraction, int trials) => Math.Clamp((int)Math.Ceiling(fraction * trials - 1e-9), Math.Min(3, trials), trials);

    /// <summary>v of one parameter.</summary>
    /// <param name="feature">The parameter.</param>
    /// <param name="coordinates">Of the trials in which it is active, the best first.</param>
    /// <param name="best">How many of them are the best.</param>
    public static double Divergence(Feature feature, ReadOnlySpan<double> coordinates, int best)
    {
        double[] widths = feature.Widths ?? [.. Enumerable.Repeat(1.0 / Grid, Grid)];
        bool kernel = feature.Widths is null || feature.Ordered;
        double[] top = Masses(widths, coordinates[..best], kernel, feature.Widths is not null), all = Masses(widths, coordinates, kernel, feature.Widths is not null);
        double norm = 0, divergence = 0;
        for (int c = 0; c < widths.Length; c++) norm += widths[c] * top[c] / all[c];
        for (int c = 0; c < widths.Length; c++)
        {
            double excess = top[c] / all[c] / norm - 1;
            divergence += widths[c] * excess * excess;
        }

        return divergence;
    }

    /// <summary>
    /// The mass of each cell: Gaussian kernels cut off at 0 and 1 with Scott's bandwidth 1.06 sd n^(−1/5), or shares of the trials where values have
    /// no order; plus a uniform prior that weighs as much as one trial, so that no mass is 0.
    /// </summary>
    private static double[] Masses(double[] widths, ReadOnlySpan<double> coordinates, bool kernel, bool cells)
    {
        double[] masses = [.. widths];
        double[] ends = new double[widths.Length + 1];
        for (int c = 0; c < widths.Length; c++) ends[c + 1] = ends[c] + widths[c];
        int n = coordinates.Length;
        double[] x = new double[n];
        for (int i = 0; i < n; i++) x[i] = !kernel ? coordinates[i] : cells ? (ends[(int)coordinates[i]] + ends[(int)coordinates[i] + 1]) / 2 : coordinates[i];
        double width = kernel && n > 1 ? Math.Max(1.06 * Summation.StandardDeviation(x) * Elementary.Pow(n, -0.2), Narrowest) : Narrowest;
        foreach (double at in x)
        {
            if (!kernel)
            {
                masses[(int)at]++;
                continue;
            }

            double below = NormalDistribution.Cdf(-at / width), whole = NormalDistribution.Cdf((1 - at) / width) - below;
            for (int c = 0; c < widths.Length; c++)
            {
                double next = NormalDistribution.Cdf((ends[c + 1] - at) / width);
                masses[c] += (next - below) / whole;
                below = next;
            }
        }

        for (int c = 0; c < masses.Length; c++) masses[c] /= n + 1;
        return masses;
    }
}
