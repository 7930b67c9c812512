using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// What the Gaussian process of <see cref="GpModel"/> knows of a space: how far two configurations are apart in each dimension, and the
/// features of its trend.
/// </summary>
/// <remarks>
/// Squared distance in a dimension: (x − x')² where both are active and ordered; 1 or 0 where both are active and categorical (the values
/// differ or not); 0 where both are inactive; where only one is active, the mean of the former over a uniform value of the other: 1/6, or
/// 1 − 1/n for n categories. So an inactive parameter says nothing, and a branch of a conditional space is as far from another as two
/// random configurations are. Trend: centred linear and quadratic terms of each ordered dimension, one centred indicator a category.
/// </remarks>
internal sealed class GpKernel
{
    private readonly bool[] _conditional;

    public GpKernel(SpaceEncoding encoding)
    {
        Encoding = encoding;
        _conditional = [.. encoding.Dimensions.Select(d => d.Parameter.When.Length > 0)];
        foreach (Dimension d in encoding.Dimensions) Features += Width(d);
    }

    /// <summary>The encoding of the space.</summary>
    public SpaceEncoding Encoding { get; }

    /// <summary>The number of dimensions.</summary>
    public int Dimensions => Encoding.Dimensions.Length;

    /// <summary>The number of trend features.</summary>
    public int Features { get; }

    /// <summary>The squared distance of two coordinates of a dimension, before it is scaled.</summary>
    public double Squared(int d, double a, double b)
    {
        bool noA = double.IsNaN(a), noB = double.IsNaN(b);
        if (noA || noB) return noA && noB ? 0 : Mismatch(d);
        return Encoding.Dimensions[d].Kind == DimensionKind.Categorical ? a == b ? 0 : 1 : (a - b) * (a - b);
    }

    /// <summary>Adds f times the squared distances from a coordinate to those of all points.</summary>
    public void AddSquares(Span<double> sum, int d, double f, double at, double[] column)
    {
        if (!_conditional[d] && Encoding.Dimensions[d].Kind != DimensionKind.Categorical) Lanes.AddSquares(sum, f, column, at);
        else
            for (int i = 0; i < sum.Length; i++) sum[i] += f * Squared(d, at, column[i]);
    }

    /// <summary>The trend features of a configuration.</summary>
    public double[] FeaturesOf(ReadOnlySpan<double> x)
    {
        var features = new double[Features];
        for (int d = 0, at = 0; d < x.Length; at += Width(Encoding.Dimensions[d]), d++)
        {
            if (double.IsNaN(x[d])) continue;
            if (Encoding.Dimensions[d].Kind == DimensionKind.Categorical)
            {
                for (int k = 0; k < Width(Encoding.Dimensions[d]); k++) features[at + k] = (k == (int)x[d] ? 1 : 0) - 1.0 / Encoding.Dimensions[d].Count;
            }
            else (features[at], features[at + 1]) = Polynomial(x[d]);
        }

        return features;
    }

    /// <summary>Where the two features of an ordered dimension are among <see cref="FeaturesOf"/>.</summary>
    public int FeatureOf(int d)
    {
        int at = 0;
        for (int k = 0; k < d; k++) at += Width(Encoding.Dimensions[k]);
        return at;
    }

    /// <summary>The derivatives of the two features of an ordered dimension.</summary>
    public static (double Linear, double Quadratic) Slopes(double x) => (1, 4 * (x - 0.5));

    private static (double Linear, double Quadratic) Polynomial(double x) => (x - 0.5, 2 * ((x - 0.5) * (x - 0.5) - 1.0 / 12));

    private double Mismatch(int d) => Encoding.Dimensions[d].Kind == DimensionKind.Categorical ? 1 - 1.0 / Encoding.Dimensions[d].Count : 1.0 / 6;

    // Categories beyond some tens would make the trend's work, which is for few main effects, the largest part.
    private static int Width(Dimension d) => d.Kind != DimensionKind.Categorical ? 2 : d.Count <= 32 ? (int)d.Count : 0;
}
