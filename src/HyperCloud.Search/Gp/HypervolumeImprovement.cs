using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The logarithm of the expected growth of a hypervolume by one more vector of independent normal losses, exactly: over disjoint boxes of what is not
/// dominated yet the expected volume in a box is a product over objectives (Emmerich, Deutz and Klinkenberg, "Hypervolume-based expected improvement",
/// 2011; Yang, Emmerich, Deutz and Bäck, "Efficient computation of expected hypervolume improvement using box decomposition algorithms", 2019).
/// </summary>
internal sealed class HypervolumeImprovement
{
    private readonly BoxDecomposition _boxes;
    private readonly int _objectives;

    /// <param name="front">Vectors that do not dominate each other.</param>
    /// <param name="reference">The reference point.</param>
    public HypervolumeImprovement(IReadOnlyList<double[]> front, double[] reference) => (_boxes, _objectives) = (BoxDecomposition.Of(front, reference), reference.Length);

    /// <summary>log E of the growth; −∞ where it is too small for a number.</summary>
    /// <param name="means">Means of the losses.</param>
    /// <param name="variances">Variances of the losses, above 0.</param>
    public double Log(ReadOnlySpan<double> means, ReadOnlySpan<double> variances)
    {
        var heights = new double[_objectives][];
        double log = 0;
        for (int k = 0; k < _objectives; k++) log += Heights(k, means[k], variances[k], heights[k] = new double[_boxes.Levels[k].Length]);
        double sum = 0;
        foreach (int[] box in _boxes.Boxes)
        {
            double product = 1;
            for (int k = 0; k < _objectives; k++) product *= heights[k][box[2 * k + 1]] - heights[k][box[2 * k]];
            sum += product;
        }

        return log + Elementary.Log(sum);
    }

    /// <summary>The same, with its derivatives with respect to means and variances.</summary>
    public double Log(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, Span<double> byMean, Span<double> byVariance)
    {
        double[][] heights = new double[_objectives][], slopes = new double[_objectives][], widths = new double[_objectives][];
        double log = 0;
        for (int k = 0; k < _objectives; k++)
        {
            double[] levels = _boxes.Levels[k];
            heights[k] = new double[levels.Length];
            (slopes[k], widths[k]) = (new double[levels.Length], new double[levels.Length]);
            double scale = Heights(k, means[k], variances[k], heights[k]), sd = Math.Sqrt(variances[k]);
            log += scale;
            for (int j = 1; j < levels.Length; j++)
            {
                // ∂/∂μ and ∂/∂σ of E max(0, level − f) are −Φ(z) and φ(z).
                double z = (levels[j] - means[k]) / sd;
                slopes[k][j] = -Elementary.Exp(NormalDistribution.LogCdf(z) - scale);
                widths[k][j] = Elementary.Exp(NormalDistribution.LogDensity(z) - scale) / (2 * sd);
            }
        }

        double sum = 0;
        byMean.Clear();
        byVariance.Clear();
        Span<double> sides = stackalloc double[_objectives];
        foreach (int[] box in _boxes.Boxes)
        {
            double product = 1;
            for (int k = 0; k < _objectives; k++) product *= sides[k] = heights[k][box[2 * k + 1]] - heights[k][box[2 * k]];
            sum += product;
            for (int k = 0; k < _objectives; k++)
            {
                double others = 1;
                for (int l = 0; l < _objectives; l++)
                    if (l != k) others *= sides[l];
                byMean[k] += others * (slopes[k][box[2 * k + 1]] - slopes[k][box[2 * k]]);
                byVariance[k] += others * (widths[k][box[2 * k + 1]] - widths[k][box[2 * k]]);
            }
        }

        for (int k = 0; k < _objectives; k++) (byMean[k], byVariance[k]) = (byMean[k] / sum, byVariance[k] / sum);
        return log + Elementary.Log(sum);
    }

    // E max(0, level − f) of each level, in units of that of the last one, the reference; the logarithm of this unit.
    private double Heights(int k, double mean, double variance, double[] heights)
    {
        double[] levels = _boxes.Levels[k];
        double sd = Math.Sqrt(variance), unit = ExpectedImprovement.LogH((levels[^1] - mean) / sd);
        for (int j = 1; j < levels.Length - 1; j++) heights[j] = Elementary.Exp(ExpectedImprovement.LogH((levels[j] - mean) / sd) - unit);
        heights[^1] = 1;
        return unit + Elementary.Log(sd);
    }
}
