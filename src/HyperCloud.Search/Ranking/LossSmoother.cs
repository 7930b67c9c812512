using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>Smoothed losses of the best trials.</summary>
/// <param name="Means">
/// Posterior mean for each trial in the order given, on a warped scale: only their order means something. The losses themselves, warped,
/// when the noise share is estimated as zero (<see cref="LossSmoother.NoNoise"/>).
/// </param>
/// <param name="NoiseShare">The part of one run's variance that is noise, from the grid of <see cref="LossSmoother"/>.</param>
internal sealed record SmoothedLosses(double[] Means, double NoiseShare);

/// <summary>
/// Tells noise from structure among the best trials: a Gaussian-process smoother (Rasmussen and Williams, "Gaussian processes for machine
/// learning", 2006, chapter 2) whose length and noise share are those of a small grid with the largest marginal likelihood. What counts as
/// near in a dimension is set by the spread of the best configurations, which is small where a parameter matters. A trial's mean mixes
/// its own loss with its neighbours', the more the noisier.
/// </summary>
internal static class LossSmoother
{
    /// <summary>Most trials smoothed; bounds the work at any length of a sweep.</summary>
    public const int MostTrials = 200;

    /// <summary>The share that stands for none: what the least of the grid is called.</summary>
    public const double NoNoise = 1e-6;

    public const int FewestTrials = 8;
    private const double NearShare = 0.25; // the best quarter sets the metric
    private const double CategoricalDistance = 2; // between two values without order, in units of a spread

    private static ReadOnlySpan<double> Lengths => [0.5, 1, 2, 4, 8];

    private static ReadOnlySpan<double> NoiseShares => [NoNoise, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];

    /// <summary>Smooths the losses of the best <see cref="MostTrials"/>.</summary>
    /// <param name="encoding">The encoding of their space.</param>
    /// <param name="ranked">Completed trials, best loss first.</param>
    /// <returns>Null when there are too few trials or their losses do not differ.</returns>
    public static SmoothedLosses? TrySmooth(SpaceEncoding encoding, IReadOnlyList<Observation> ranked)
    {
        int n = Math.Min(MostTrials, ranked.Count);
        if (n < FewestTrials || encoding.Dimensions.Length == 0 || Warp(ranked, n) is not { } y) return null;
        double[][] x = [.. ranked.Take(n).Select(o => encoding.Encode(o.Assignment))];
        double[] metric = Metric(encoding, x.AsSpan(0, Math.Min(n, Math.Max(4, (int)(ranked.Count * NearShare)))));
        double[][] distance = Lower(n, (i, j) => Distance(encoding, x[i], x[j], metric));

        (double Likelihood, SmoothedLosses? Smoothed) best = (double.NegativeInfinity, null);
        foreach (double length in Lengths)
        {
            double[][] correlation = Lower(n, (i, j) => Matern52(distance[i][j] / length));
            foreach (double noise in NoiseShares)
            {
                double[][] k = Lower(n, (i, j) => (1 - noise) * correlation[i][j] + (i == j ? noise / ranked[i].Runs : 0));
                if (Fit(k, y, [.. ranked.Take(n).Select(o => noise / o.Runs)]) is var (likelihood, means) && likelihood > best.Likelihood)
                    best = (likelihood, new SmoothedLosses(noise == NoNoise ? y : means, noise)); // least noise: exactly the losses
            }
        }

        return best.Smoothed;
    }

    // The concentrated log likelihood (constant mean and overall variance at their best values) and the posterior means.
    private static (double Likelihood, double[] Means)? Fit(double[][] k, double[] y, double[] noise)
    {
        int n = y.Length;
        if (Cholesky.TryFactorise(k) is not { } factor) return null;
        var ones = new double[n];
        Array.Fill(ones, 1);
        double[] kOnes = factor.Solve(ones), kY = factor.Solve(y);
        double sumOnes = 0, sumY = 0, quadratic = 0;
        for (int i = 0; i < n; i++) (sumOnes, sumY) = (sumOnes + kOnes[i], sumY + kY[i]);
        double mean = sumY / sumOnes;
        for (int i = 0; i < n; i++) quadratic += (y[i] - mean) * (kY[i] - mean * kOnes[i]);
        double likelihood = -0.5 * n * Elementary.Log(quadratic / n) - 0.5 * factor.LogDeterminant;
        var means = new double[n];
        for (int i = 0; i < n; i++) means[i] = y[i] - noise[i] * (kY[i] - mean * kOnes[i]);
        return double.IsNaN(likelihood) ? null : (likelihood, means);
    }

    private static double Matern52(double r) => (1 + Math.Sqrt(5) * r + 5.0 / 3 * r * r) * Elementary.Exp(-Math.Sqrt(5) * r);

    // Losses in units of the distance from the best tenth to the middle, those beyond the middle by their logarithm: a few huge losses
    // must not decide what is noise. Null when the better half is tied.
    private static double[]? Warp(IReadOnlyList<Observation> ranked, int n)
    {
        double largest = Math.Max(Math.Abs(ranked[0].Loss!.Value), Math.Abs(ranked[n - 1].Loss!.Value));
        if (largest == 0) return null;
        double middle = Scaled(n / 2), spread = middle - Scaled(n / 10);
        if (!(spread > 1e-12)) return null;
        var y = new double[n];
        for (int i = 0; i < n; i++)
        {
            double z = (Scaled(i) - middle) / spread;
            y[i] = z > 0 ? Elementary.Log1p(z) : z;
        }

        return y;

        double Scaled(int i) => ranked[i].Loss!.Value / largest; // 1e300 − (−1e300) would overflow
    }

    private static double[] Metric(SpaceEncoding encoding, ReadOnlySpan<double[]> x)
    {
        var metric = new double[encoding.Dimensions.Length];
        for (int d = 0; d < metric.Length; d++) metric[d] = Spread.Of(x, d);
        return metric;
    }

    private static double Distance(SpaceEncoding encoding, double[] a, double[] b, double[] metric)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++)
        {
            double difference = (double.IsNaN(a[d]), double.IsNaN(b[d])) switch
            {
                (true, true) => 0,
                (true, false) or (false, true) => 1, // active in one only: the parent's distance says the most of it
                _ when encoding.Dimensions[d].Kind == DimensionKind.Categorical => a[d] == b[d] ? 0 : CategoricalDistance,
                _ => (a[d] - b[d]) / metric[d],
            };
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    private static double[][] Lower(int n, Func<int, int, double> value)
    {
        var rows = new double[n][];
        for (int i = 0; i < n; i++)
        {
            rows[i] = new double[i + 1];
            for (int j = 0; j <= i; j++) rows[i][j] = value(i, j);
        }

        return rows;
    }
}
