using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Functional ANOVA of a Gaussian process, from its kernel (Durrande et al. 2013, as <see cref="EffectBasis"/> says; averages of processes as in Oakley and
/// O'Hagan, "Probabilistic sensitivity analysis of complex models: a Bayesian approach", 2004). A factor 1 + s k averages to 1 over all values of its
/// parameter, so only parameters that a region restricts, and those that are looked at, are left of the product. Numbers of effects are those
/// of the posterior mean; their deviations those of the posterior.
/// </summary>
internal sealed class ProcessEffects : IEffects
{
    /// <summary>Points of the space at which the variance of interactions is taken.</summary>
    private const int Samples = 4096;

    /// <summary>Below this part of the variance of the values nothing is said of where it comes from.</summary>
    private const double LeastExplained = 0.01;

    /// <summary>Points along each parameter for the deviation of an interaction.</summary>
    private const int Coarse = 8;

    private readonly FeatureSpace _space;
    private readonly EffectProcess _process;
    private readonly double _mean, _scale;
    private readonly ulong _seed;
    private readonly double[][][] _rows; // feature, point of its grid -> 1 + s k to all trials
    private readonly List<(Extent[] Region, double Variance)> _variances = [];

    /// <param name="space">The features.</param>
    /// <param name="columns">Coordinates of the trials, by feature.</param>
    /// <param name="y">Their values.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="seed">The sweep's seed, for the points at which variances are taken.</param>
    public ProcessEffects(FeatureSpace space, double[][] columns, double[] y, double[] weights, ulong seed)
    {
        double total = weights.Sum();
        _mean = y.Select((v, i) => v * (weights[i] / total)).Sum();
        _scale = Math.Sqrt(y.Select((v, i) => (v - _mean) * (v - _mean) * (weights[i] / total)).Sum());
        (_space, _seed) = (space, seed);
        _process = EffectProcess.Fit(space, columns, [.. y.Select(v => (v - _mean) / _scale)], weights);
        _rows = [.. _process.Bases.Select((b, f) => b.Coordinates.Select(c => _process.Row(f, c)).ToArray())];
        double[] left = _process.LeftOut();
        int[] used = EffectProcess.Evenly(y.Length, EffectProcess.MostTrials);
        double squares = used.Select(i => weights[i] * (y[i] - _mean) * (y[i] - _mean)).Sum() / (_scale * _scale);
        RSquared = 1 - left.Select((e, i) => weights[used[i]] * e * e).Sum() / squares;
    }

    /// <summary>The process.</summary>
    public EffectProcess Process => _process;

    public EffectModel Model => EffectModel.GaussianProcess;

    public double RSquared { get; }

    public Estimate? Main(int feature)
    {
        Extent[] region = _space.Regions[feature]!;
        if (Variance(region) is not { } variance) return null;
        double[] weights = Weights(feature, region), coordinates = _process.Bases[feature].Coordinates;
        (double[] mean, double[][] covariance) = Posterior(region, [.. coordinates.Select(c => new[] { (feature, c) })]);
        (double value, double deviation) = VarianceOf(mean, covariance, weights);
        return new(Math.Min(1, value / variance), deviation / variance);
    }

    public Estimate[] Curve(int feature, double[] coordinates) => Estimates(_space.Regions[feature]!, [.. coordinates.Select(c => new[] { (feature, c) })]);

    public double? Interaction(int a, int b, Extent[] region)
    {
        if (Variance(region) is not { } variance) return null;
        double[] alpha = Averaged(region, [a, b]), first = Weights(a, region), second = Weights(b, region);
        var joint = new double[first.Length][];
        for (int g = 0; g < first.Length; g++)
        {
            double[] left = [.. alpha];
            Lanes.Multiply(left, _rows[a][g]);
            joint[g] = [.. _rows[b].Select(r => _process.Parameters.Signal * Lanes.Dot(left, r))];
        }

        return Math.Min(1, Effects.Interaction(joint, first, second) / variance);
    }

    public double? InteractionDeviation(int a, int b, Extent[] region)
    {
        if (Variance(region) is not { } variance) return null;
        (double[] first, double[] firstWeights) = CoarseGrid(a, region);
        (double[] second, double[] secondWeights) = CoarseGrid(b, region);
        (double[] mean, double[][] covariance) = Posterior(region, [.. first.SelectMany(x => second.Select(y => new[] { (a, x), (b, y) }))]);
        // The interaction is what is left when both means are taken away: a projection, of the mean and of both sides of the covariance.
        int columns = second.Length;
        mean = Centred(mean);
        for (int i = 0; i < covariance.Length; i++) covariance[i] = Centred(covariance[i]);
        for (int j = 0; j < covariance.Length; j++)
        {
            double[] column = Centred([.. covariance.Select(r => r[j])]);
            for (int i = 0; i < covariance.Length; i++) covariance[i][j] = column[i];
        }

        return VarianceOf(mean, covariance, [.. firstWeights.SelectMany(u => secondWeights.Select(v => u * v))]).Deviation / variance;

        double[] Centred(double[] values)
        {
            double[][] joint = [.. Enumerable.Range(0, first.Length).Select(g => values[(g * columns)..((g + 1) * columns)])];
            return [.. Effects.Centred(joint, firstWeights, secondWeights).SelectMany(r => r)];
        }
    }

    public Estimate[][] Surface(int a, int b, Extent[] region, double[] first, double[] second)
    {
        Estimate[] all = Estimates(region, [.. first.SelectMany(x => second.Select(y => new[] { (a, x), (b, y) }))]);
        return [.. Enumerable.Range(0, first.Length).Select(i => all[(i * second.Length)..((i + 1) * second.Length)])];
    }

    public double Predict(ReadOnlySpan<double> x) => _mean + _scale * _process.Predict(x);

    private Estimate[] Estimates(Extent[] region, (int Feature, double At)[][] points)
    {
        (double[] mean, double[][] covariance) = Posterior(region, points);
        return [.. mean.Select((m, i) => new Estimate(_mean + _scale * m, _scale * Math.Sqrt(Math.Max(0, covariance[i][i]))))];
    }

    /// <summary>
    /// Posterior mean and covariance of the process at points that fix some features and average over the others inside a region.
    /// </summary>
    private (double[] Mean, double[][] Covariance) Posterior(Extent[] region, (int Feature, double At)[][] points)
    {
        int[] fixedFeatures = [.. points[0].Select(p => p.Feature)];
        double signal = _process.Parameters.Signal, own = 1;
        foreach (int f in Restricted(region, fixedFeatures))
        {
            double[] weights = Weights(f, region), at = _process.Bases[f].Coordinates;
            double mean = 0;
            for (int c = 0; c < at.Length; c++)
                for (int e = 0; e < at.Length; e++)
                    if (weights[c] > 0 && weights[e] > 0) mean += weights[c] * weights[e] * _process.Between(f, at[c], at[e]);
            own *= mean;
        }

        double[] ones = new double[_process.Count];
        Array.Fill(ones, signal);
        double[] averaged = Averaged(region, fixedFeatures, ones);
        double[] means = new double[points.Length];
        double[][] lower = new double[points.Length][];
        for (int p = 0; p < points.Length; p++)
        {
            lower[p] = [.. averaged];
            foreach ((int f, double at) in points[p]) Lanes.Multiply(lower[p], _process.Row(f, at));
            means[p] = Lanes.Dot(lower[p], _process.Alpha);
            _process.Factor.SolveLower(lower[p]);
        }

        var covariance = new double[points.Length][];
        for (int p = 0; p < points.Length; p++) covariance[p] = new double[points.Length];
        for (int p = 0; p < points.Length; p++)
            for (int q = 0; q <= p; q++)
            {
                double prior = signal * own;
                for (int f = 0; f < fixedFeatures.Length; f++) prior *= _process.Between(fixedFeatures[f], points[p][f].At, points[q][f].At);
                covariance[p][q] = covariance[q][p] = prior - Lanes.Dot(lower[p], lower[q]);
            }

        return (means, covariance);
    }

    /// <summary>
    /// The variance of a function on points of these weights whose values are normal: its value at the means, and its standard deviation. With
    /// the weights W and what is taken away by centring in C: Var(f'Wf) = 2 tr(WCWC) + 4 μ'WCWμ.
    /// </summary>
    private static (double Value, double Deviation) VarianceOf(double[] mean, double[][] covariance, double[] weights)
    {
        int n = mean.Length;
        double center = 0, whole = 0;
        double[] rows = new double[n];
        for (int i = 0; i < n; i++)
        {
            center += weights[i] * mean[i];
            for (int j = 0; j < n; j++) rows[i] += weights[j] * covariance[i][j];
            whole += weights[i] * rows[i];
        }

        double value = 0, trace = 0, form = 0;
        for (int i = 0; i < n; i++)
        {
            double m = mean[i] - center;
            value += weights[i] * m * m;
            for (int j = 0; j < n; j++)
            {
                double c = covariance[i][j] - rows[i] - rows[j] + whole;
                trace += weights[i] * weights[j] * c * c;
                form += weights[i] * weights[j] * m * c * (mean[j] - center);
            }
        }

        return (value, Math.Sqrt(Math.Max(0, 2 * trace + 4 * form)));
    }

    /// <summary>Weights of the trials with the restricted features averaged out: <paramref name="start"/>, or α, times the means of their factors.</summary>
    private double[] Averaged(Extent[] region, int[] except, double[]? start = null)
    {
        double[] averaged = [.. start ?? _process.Alpha];
        foreach (int f in Restricted(region, except))
        {
            double[] weights = Weights(f, region), mean = new double[averaged.Length];
            for (int c = 0; c < weights.Length; c++)
                if (weights[c] > 0) Lanes.AddScaled(mean, weights[c], _rows[f][c]);
            Lanes.Multiply(averaged, mean);
        }

        return averaged;
    }

    private IEnumerable<int> Restricted(Extent[] region, int[] except) =>
        Enumerable.Range(0, region.Length).Where(f => region[f] != _space.Whole[f] && !except.Contains(f));

    /// <summary>The measure of a feature's grid points inside a region, 1 in sum.</summary>
    private double[] Weights(int feature, Extent[] region)
    {
        double[] weights = [.. _process.Bases[feature].Weights];
        if (region[feature] == _space.Whole[feature]) return weights;
        for (int c = 0; c < weights.Length; c++)
            if ((region[feature].Cells >> c & 1) == 0) weights[c] = 0;
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    private (double[] Coordinates, double[] Weights) CoarseGrid(int feature, Extent[] region)
    {
        double[] weights = Weights(feature, region), coordinates = _process.Bases[feature].Coordinates;
        int[] inside = [.. Enumerable.Range(0, weights.Length).Where(c => weights[c] > 0)];
        if (_space.Features[feature].Widths is null) return ([.. Enumerable.Range(0, Coarse).Select(i => (i + 0.5) / Coarse)], [.. Enumerable.Repeat(1.0 / Coarse, Coarse)]);
        if (inside.Length > Coarse) inside = [.. EffectProcess.Evenly(inside.Length, Coarse).Select(i => inside[i])];
        double sum = inside.Sum(c => weights[c]);
        return ([.. inside.Select(c => coordinates[c])], [.. inside.Select(c => weights[c] / sum)]);
    }

    /// <summary>
    /// The variance of the posterior mean inside a region. Main effects of features that are active throughout are exact; what is beyond them
    /// is averaged over points, each feature's spread evenly. Null when it is too little to speak of.
    /// </summary>
    private double? Variance(Extent[] region)
    {
        double? known = _variances.Where(v => v.Region.AsSpan().SequenceEqual(region)).Select(v => (double?)v.Variance).FirstOrDefault();
        if (known is null) _variances.Add((region, (known = VarianceInside(region)).Value));
        return known >= LeastExplained ? known : null;
    }

    private double VarianceInside(Extent[] region)
    {
        double signal = _process.Parameters.Signal, mean = signal * Averaged(region, []).Sum(), variance = 0;
        int[][] at = new int[_space.Count][];
        double[]?[] mains = new double[]?[_space.Count];
        for (int f = 0; f < _space.Count; f++)
        {
            double[] weights = Weights(f, region);
            at[f] = Spread(weights, (ulong)f);
            // A feature that is active in a part only has no main effect in the whole.
            if (!_space.Conditions[f].All(c => (region[c.Parent].Cells & ~c.Cells) == 0)) continue;
            double[] alpha = Averaged(region, [f]);
            mains[f] = [.. _rows[f].Select(r => signal * Lanes.Dot(alpha, r) - mean)];
            for (int c = 0; c < weights.Length; c++) variance += weights[c] * mains[f]![c] * mains[f]![c];
        }

        double beyond = 0;
        double[] k = new double[_process.Count];
        for (int i = 0; i < Samples; i++)
        {
            _process.Alpha.CopyTo(k, 0);
            double additive = mean;
            for (int f = 0; f < _space.Count; f++)
            {
                if (!_space.Conditions[f].All(c => (c.Cells >> at[c.Parent][i] & 1) != 0)) continue;
                Lanes.Multiply(k, _rows[f][at[f][i]]);
                if (mains[f] is { } main) additive += main[at[f][i]];
            }

            double rest = signal * Sum(k) - additive;
            beyond += rest * rest / Samples;
        }

        return variance + beyond;
    }

    private static double Sum(double[] values)
    {
        double sum = 0;
        foreach (double v in values) sum += v;
        return sum;
    }

    /// <summary>Grid points in proportion to their weights, in random order.</summary>
    private int[] Spread(double[] weights, ulong stream)
    {
        var spread = new int[Samples];
        double reached = weights[0];
        for (int i = 0, c = 0; i < Samples; i++)
        {
            while ((i + 0.5) / Samples > reached && c < weights.Length - 1) reached += weights[++c];
            spread[i] = c;
        }

        new RandomStream(_seed, StreamPurpose.Importance, (1UL << 43) + stream).Shuffle<int>(spread);
        return spread;
    }
}
