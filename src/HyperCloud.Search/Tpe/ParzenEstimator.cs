using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// A density over the configurations of a space, conditional parameters included: a mixture of one product kernel for each configuration
/// it is given, and the prior (uniform on the transformed space). A kernel says nothing of parameters that are inactive in its own
/// configuration: there it is the prior. So it is a density over the whole tree of conditions, and nothing that was observed is left out.
/// </summary>
internal sealed class ParzenEstimator
{
    private readonly SpaceEncoding _encoding;
    private readonly IReadOnlyList<double[]> _centers;
    private readonly double[] _logWeights; // of the centres, then of the prior
    private readonly double[] _cumulative;
    private readonly double[] _sigma;
    private readonly double[] _stay; // categorical: probability of the centre's own value
    private readonly double[][] _logNorm; // [dimension][centre]

    public ParzenEstimator(SpaceEncoding encoding, IReadOnlyList<double[]> centers, double[] weights, double prior, double[] sigma, double[] stay)
    {
        _encoding = encoding;
        _centers = centers;
        _sigma = sigma;
        _stay = stay;
        double total = prior;
        foreach (double w in weights) total += w;
        _logWeights = [.. weights.Append(prior).Select(w => Elementary.Log(w / total))];
        _cumulative = new double[centers.Count + 1];
        double sum = 0;
        for (int j = 0; j < centers.Count; j++) _cumulative[j] = sum += weights[j] / total;
        _cumulative[^1] = 1;
        _logNorm = new double[encoding.Dimensions.Length][];
        for (int d = 0; d < _logNorm.Length; d++)
        {
            if (encoding.Dimensions[d].Kind == DimensionKind.Categorical) continue;
            double[] norm = _logNorm[d] = new double[centers.Count];
            for (int j = 0; j < norm.Length; j++)
            {
                double m = centers[j][d];
                if (!double.IsNaN(m)) norm[j] = -Elementary.Log(NormalDistribution.Cdf((1 - m) / sigma[d]) - NormalDistribution.Cdf(-m / sigma[d]));
            }
        }
    }

    public Assignment Sample(RandomStream random)
    {
        double r = random.NextDouble();
        int j = 0;
        while (r >= _cumulative[j] && j < _cumulative.Length - 1) j++;
        double[]? center = j < _centers.Count ? _centers[j] : null;
        return _encoding.Space.Build(i =>
        {
            Parameter parameter = _encoding.Space.Parameters[i];
            int d = _encoding.DimensionOf(i);
            if (d < 0) return parameter.ValueAt(0);
            double u = random.NextDouble();
            if (center is null || double.IsNaN(center[d])) return parameter.FromUnit(u);
            if (_encoding.Dimensions[d].Kind == DimensionKind.Categorical)
            {
                int own = (int)center[d], n = (int)_encoding.Dimensions[d].Count;
                if (u < _stay[d]) return parameter.ValueAt(own);
                int other = Math.Min((int)((u - _stay[d]) / (1 - _stay[d]) * (n - 1)), n - 2);
                return parameter.ValueAt(other >= own ? other + 1 : other);
            }

            return parameter.FromUnit(TruncatedNormal(center[d], _sigma[d], u));
        });
    }

    /// <summary>The log density at a configuration, up to nothing: comparable between estimators over the same space.</summary>
    public double LogDensity(double[] x, (double Low, double High)[] shares)
    {
        int n = _centers.Count;
        var log = new double[n + 1];
        Array.Copy(_logWeights, log, n + 1);
        for (int d = 0; d < x.Length; d++)
        {
            if (double.IsNaN(x[d])) continue;
            Dimension dimension = _encoding.Dimensions[d];
            if (dimension.Kind == DimensionKind.Categorical)
            {
                double own = Elementary.Log(_stay[d]), other = Elementary.Log((1 - _stay[d]) / (dimension.Count - 1)), uniform = -Elementary.Log(dimension.Count);
                for (int j = 0; j < n; j++) log[j] += double.IsNaN(_centers[j][d]) ? uniform : _centers[j][d] == x[d] ? own : other;
                log[n] += uniform;
                continue;
            }

            double width = shares[d].High - shares[d].Low, sigma = _sigma[d], scale = 1 / sigma;
            double logWidth = dimension.Kind == DimensionKind.Ordered ? Elementary.Log(width) : 0;
            log[n] += logWidth;
            bool coarse = width > 0.2 * sigma;
            double flat = -Elementary.Log(sigma) - 0.91893853320467274178 + logWidth;
            for (int j = 0; j < n; j++)
            {
                double m = _centers[j][d];
                if (double.IsNaN(m))
                {
                    log[j] += logWidth;
                    continue;
                }

                double z = (x[d] - m) * scale;
                log[j] += _logNorm[d][j] + (coarse ? LogMass((shares[d].Low - m) * scale, (shares[d].High - m) * scale) : flat - 0.5 * z * z);
            }
        }

        double max = double.NegativeInfinity;
        foreach (double l in log) max = Math.Max(max, l);
        double sum = 0;
        foreach (double l in log) sum += Elementary.Exp(l - max);
        return max + Elementary.Log(sum);
    }

    private static double LogMass(double a, double b)
    {
        if (a > 0) (a, b) = (-b, -a);
        double mass = NormalDistribution.Cdf(b) - NormalDistribution.Cdf(a);
        return mass > 0 ? Elementary.Log(mass) : NormalDistribution.LogCdf(b);
    }

    private static double TruncatedNormal(double mean, double sigma, double u)
    {
        double a = NormalDistribution.Cdf(-mean / sigma), b = NormalDistribution.Cdf((1 - mean) / sigma);
        double p = a + u * (b - a);
        return p <= 0 ? 0 : p >= 1 ? 1 : Math.Clamp(mean + sigma * NormalDistribution.Quantile(p), 0, 1);
    }
}
