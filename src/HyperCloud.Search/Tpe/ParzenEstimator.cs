using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// A density over the configurations of a space, conditional parameters included: a mixture of one product kernel for each configuration
/// it is given, and the prior (uniform on the transformed space). A kernel says nothing of parameters that are inactive in its own
/// configuration: there it is the prior. So it is one density over the whole tree of conditions, and nothing that was observed is left out.
/// </summary>
/// <remarks>
/// Ordered dimensions: a normal kernel truncated to [0, 1], so that no mass is lost beyond the borders; a finite domain gets the mass on
/// each value's share of the interval. Categorical dimensions: a probability for the configuration's own value, the rest spread evenly.
/// </remarks>
internal sealed class ParzenEstimator
{
    // A share narrower than this part of the bandwidth is taken as width times density in its middle; within 3σ the error is below 3 %, and it
    // cancels over neighbouring shares.
    private const double Narrow = 0.3;
    private const double LogSqrt2Pi = 0.91893853320467274178;

    private readonly SpaceEncoding _encoding;
    private readonly double[][] _centers;
    private readonly double[] _logWeights; // of the centres, then of the prior
    private readonly double[] _cumulative;
    private readonly double[][] _sigma; // ordered dimensions: bandwidth, by centre
    private readonly double[] _own; // categorical dimensions: probability of the centre's own value
    // Ordered dimensions, by centre: the coordinate, 1 / (2 σ²), log of the truncated kernel's density at its centre; all 0 where it is inactive.
    private readonly double[][] _mean, _precision, _logPeak;
    private readonly double[][] _logNorm; // ordered dimensions, by centre: −log of the kernel's mass on [0, 1]

    private ParzenEstimator(SpaceEncoding encoding, double[][] centers, double[] weights, double prior, double[][] sigma, double[] own)
    {
        (_encoding, _centers, _sigma, _own) = (encoding, centers, sigma, own);
        double total = prior, sum = 0;
        foreach (double w in weights) total += w; // in this order: a library's sum may depend on the width of vectors
        _logWeights = [.. weights.Append(prior).Select(w => Elementary.Log(w / total))];
        _cumulative = [.. weights.Append(prior).Select(w => sum += w / total)];
        int dimensions = encoding.Dimensions.Length;
        (_mean, _precision, _logPeak, _logNorm) = (new double[dimensions][], new double[dimensions][], new double[dimensions][], new double[dimensions][]);
        for (int d = 0; d < dimensions; d++)
        {
            int n = encoding.Dimensions[d].Kind == DimensionKind.Categorical ? 0 : centers.Length;
            (_mean[d], _precision[d], _logPeak[d], _logNorm[d]) = (new double[n], new double[n], new double[n], new double[n]);
            double before = double.NaN, logSigma = 0;
            for (int k = 0; k < n; k++)
            {
                double mean = centers[k][d], s = sigma[d][k];
                if (double.IsNaN(mean)) continue;
                if (s != before) (before, logSigma) = (s, Elementary.Log(s));
                (_mean[d][k], _precision[d][k], _logNorm[d][k]) = (mean, 0.5 / (s * s), LogNorm(mean, s));
                _logPeak[d][k] = _logNorm[d][k] - logSigma - LogSqrt2Pi;
            }
        }
    }

    /// <summary>Fits the density.</summary>
    /// <param name="encoding">The encoding of the space.</param>
    /// <param name="centers">The configurations, encoded; may be empty: then the density is the prior.</param>
    /// <param name="weights">Their weights, in trials.</param>
    /// <param name="options">Bandwidths and the prior's weight.</param>
    public static ParzenEstimator Fit(SpaceEncoding encoding, double[][] centers, double[] weights, TpeOptions options)
    {
        int dimensions = encoding.Dimensions.Length;
        double active = 0; // of a configuration, on average: the dimension that Scott's rule is about
        foreach (double[] c in centers)
            foreach (double v in c)
                if (!double.IsNaN(v)) active += 1.0 / centers.Length;
        var sigma = new double[dimensions][];
        var own = new double[dimensions];
        for (int d = 0; d < dimensions; d++)
        {
            int n = 0;
            foreach (double[] c in centers)
                if (!double.IsNaN(c[d])) n++;
            double scott = Elementary.Pow(Math.Max(n, 1), -1 / (active + 4));
            double all = Math.Max(options.MinBandwidth, options.Bandwidth * scott * Spread.Of(centers, d));
            sigma[d] = [.. centers.Select(c => Math.Max(all, options.ShareBandwidth * encoding.Dimensions[d].ShareWidth(c[d])))];
            double spread = options.CategoricalSpread / Math.Max(n, 1);
            own[d] = (1 + spread) / (1 + encoding.Dimensions[d].Count * spread);
        }

        return new ParzenEstimator(encoding, centers, weights, options.PriorWeight, sigma, own);
    }

    /// <summary>Draws a configuration.</summary>
    public Assignment Sample(RandomStream random)
    {
        double r = random.NextDouble();
        int kernel = 0;
        while (kernel < _centers.Length && r >= _cumulative[kernel]) kernel++;
        double[]? center = kernel < _centers.Length ? _centers[kernel] : null;
        return _encoding.Space.Build(i =>
        {
            Parameter parameter = _encoding.Space.Parameters[i];
            int d = _encoding.DimensionOf(i);
            if (d < 0) return parameter.ValueAt(0);
            double u = random.NextDouble();
            return center is null || double.IsNaN(center[d]) ? parameter.FromUnit(u)
                : _encoding.Dimensions[d].Kind == DimensionKind.Categorical ? parameter.ValueAt(OwnOrOther((int)center[d], d, u))
                : parameter.FromUnit(Truncated(center[d], _sigma[d][kernel], u));
        });
    }

    /// <summary>The log density at a configuration: per unit of continuous dimensions, a probability in finite ones.</summary>
    public double LogDensity(EncodedPoint point)
    {
        double[] log = [.. _logWeights];
        for (int d = 0; d < point.X.Length; d++)
        {
            if (double.IsNaN(point.X[d])) continue;
            if (_encoding.Dimensions[d].Kind == DimensionKind.Categorical) AddCategorical(log, d, point.X[d]);
            else AddOrdered(log, d, point.X[d], point.Shares[d]);
        }

        return Lanes.LogSumExp(log);
    }

    private void AddCategorical(double[] log, int d, double value)
    {
        double own = Elementary.Log(_own[d]), other = Elementary.Log((1 - _own[d]) / (_encoding.Dimensions[d].Count - 1));
        double uniform = -Elementary.Log(_encoding.Dimensions[d].Count);
        for (int j = 0; j < _centers.Length; j++) log[j] += double.IsNaN(_centers[j][d]) ? uniform : _centers[j][d] == value ? own : other;
        log[^1] += uniform;
    }

    private void AddOrdered(double[] log, int d, double x, (double Low, double High) share)
    {
        bool finite = _encoding.Dimensions[d].Kind == DimensionKind.Ordered;
        double width = share.High - share.Low, uniform = finite ? Elementary.Log(width) : 0;
        if (finite)
            for (int j = 0; j < log.Length; j++) log[j] += uniform;
        Lanes.AddLogNormals(log, _logPeak[d], _precision[d], _mean[d], x);
        if (!finite) return;
        for (int j = 0; j < _centers.Length; j++)
        {
            double mean = _mean[d][j], sigma = _sigma[d][j];
            if (!(width > Narrow * sigma) || double.IsNaN(_centers[j][d])) continue;
            // Wide shares: the mass instead of width times density.
            log[j] -= uniform + _logPeak[d][j] - _precision[d][j] * ((x - mean) * (x - mean));
            log[j] += LogMass((share.Low - mean) / sigma, (share.High - mean) / sigma) + _logNorm[d][j];
        }
    }

    private int OwnOrOther(int own, int d, double u)
    {
        if (u < _own[d]) return own;
        int others = (int)_encoding.Dimensions[d].Count - 1, other = Math.Min((int)((u - _own[d]) / (1 - _own[d]) * others), others - 1);
        return other < own ? other : other + 1;
    }

    private static double LogNorm(double mean, double sigma) => -Elementary.Log(1 - UpperTail.At((1 - mean) / sigma) - UpperTail.At(mean / sigma));

    // log (Φ(b) − Φ(a)) for a < b, in the tail that keeps its digits.
    private static double LogMass(double a, double b)
    {
        if (a > 0) (a, b) = (-b, -a);
        double mass = UpperTail.Cdf(b) - UpperTail.Cdf(a);
        if (mass > 0.01) return Elementary.Log(mass);
        mass = NormalDistribution.Cdf(b) - NormalDistribution.Cdf(a);
        return mass > 0 ? Elementary.Log(mass) : NormalDistribution.LogCdf(b); // beyond −38: the near end is all
    }

    // The quantile u of a normal truncated to [0, 1].
    private static double Truncated(double mean, double sigma, double u)
    {
        double a = UpperTail.Cdf(-mean / sigma), b = UpperTail.Cdf((1 - mean) / sigma);
        return Math.Clamp(mean + sigma * NormalDistribution.Quantile(Math.Clamp(a + u * (b - a), 0, 1)), 0, 1);
    }

    // P(Z > t) for t ≥ 0, from a table with steps of 1/256, linear between: within 5e-7.
    private static class UpperTail
    {
        private const int Steps = 256, Last = 8;
        private static readonly double[] Table = [.. Enumerable.Range(0, Steps * Last + 1).Select(i => NormalDistribution.Cdf(-(double)i / Steps))];

        public static double Cdf(double t) => t < 0 ? At(-t) : 1 - At(t);

        public static double At(double t)
        {
            double at = t * Steps;
            if (!(at < Steps * Last)) return 0;
            int i = (int)at;
            return Table[i] + (at - i) * (Table[i + 1] - Table[i]);
        }
    }
}
