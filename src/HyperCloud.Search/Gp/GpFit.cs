using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Fits the hyperparameters of a <see cref="GpModel"/>: the maximum of marginal likelihood times prior, by gradients from fixed starts. A pure
/// function of points and losses.
/// </summary>
internal static class GpFit
{
    // Bounds of the logarithms: of 1 / lengthscale², and of variances for losses of variance 1. The priors decide; these keep numbers finite.
    private const double WeightLow = -12, WeightHigh = 12, SignalLow = -5, SignalHigh = 7, TrendLow = -9, TrendHigh = 7;

    /// <summary>The hyperparameters with the largest posterior.</summary>
    public static (GpParameters Parameters, double LogPosterior) Maximize(GpKernel kernel, double[][] x, double[] y, double[] noise, GpOptions options)
    {
        int dimensions = kernel.Dimensions, n = x.Length, pairs = n * (n - 1) / 2;
        var squared = new double[dimensions][];
        for (int d = 0; d < dimensions; d++)
        {
            double[] all = squared[d] = new double[pairs];
            for (int i = 1, p = 0; i < n; i++)
                for (int j = 0; j < i; j++) all[p++] = kernel.Squared(d, x[i][d], x[j][d]);
        }

        double[][] features = [.. x.Select(p => kernel.FeaturesOf(p))];
        var trend = new double[pairs];
        var trendOwn = new double[n];
        for (int i = 0, p = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++) trend[p++] = Lanes.Dot(features[i], features[j]);
            trendOwn[i] = Lanes.Dot(features[i], features[i]);
        }

        // The lengthscale's prior grows with the root of the dimension, so that distances stay comparable (Hvarfner et al., "Vanilla Bayesian
        // optimization performs great in high dimensions", 2024).
        double active = 0;
        foreach (double[] row in x)
            foreach (double v in row)
                if (!double.IsNaN(v)) active += 1.0 / n;
        double weightMean = -2 * (Elementary.Log(options.Lengthscale) + 0.5 * Elementary.Log(Math.Max(1, active))), weightSd = 2 * options.LengthscaleSd;
        double noiseMean = Elementary.Log(options.Noise), noiseLow = Elementary.Log(options.LeastNoise);
        double signalMean = 0, signalSd = 1.5, trendMean = Elementary.Log(options.Trend), trendSd = 2;

        int parameters = dimensions + 3;
        double[] low = new double[parameters], high = new double[parameters];
        Array.Fill(low, WeightLow);
        Array.Fill(high, WeightHigh);
        (low[dimensions], high[dimensions], low[dimensions + 1], high[dimensions + 1]) = (SignalLow, SignalHigh, TrendLow, TrendHigh);
        (low[dimensions + 2], high[dimensions + 2]) = (noiseLow, 1);
        double[] matern = new double[pairs], slope = new double[pairs], w = new double[pairs];
        var k = new double[n][];
        for (int i = 0; i < n; i++) k[i] = new double[i + 1];

        double Objective(ReadOnlySpan<double> log, Span<double> gradient)
        {
            GpParameters theta = GpParameters.FromLog(log);
            Array.Clear(matern);
            for (int d = 0; d < dimensions; d++) Lanes.AddScaled(matern, theta.Weights[d], squared[d]);
            Lanes.Matern52(matern, slope);
            for (int i = 0, p = 0; i < n; i++)
            {
                double[] row = k[i];
                for (int j = 0; j < i; j++, p++) row[j] = theta.Signal * matern[p] + theta.Trend * trend[p];
                row[i] = theta.Signal + theta.Trend * trendOwn[i] + theta.Noise * noise[i];
            }

            if (GpModel.Solve(k, y) is not var (factor, alpha, _, likelihood)) return double.PositiveInfinity;
            double[][] inverse = factor.Inverse();
            double own = 0, ownTrend = 0, ownNoise = 0;
            for (int i = 0, p = 0; i < n; i++)
            {
                double a = alpha[i];
                double[] row = inverse[i];
                for (int j = 0; j < i; j++, p++) w[p] = a * alpha[j] - row[j];
                double diagonal = 0.5 * (a * a - row[i]);
                own += diagonal;
                ownTrend += diagonal * trendOwn[i];
                ownNoise += diagonal * noise[i];
            }

            double value = -likelihood;
            gradient[dimensions] = -theta.Signal * (own + Lanes.Dot(w, matern));
            gradient[dimensions + 1] = -theta.Trend * (ownTrend + Lanes.Dot(w, trend));
            gradient[dimensions + 2] = -theta.Noise * ownNoise;
            for (int p = 0; p < pairs; p++) w[p] *= slope[p];
            for (int d = 0; d < dimensions; d++)
            {
                gradient[d] = -theta.Signal * theta.Weights[d] * Lanes.Dot(w, squared[d]);
                value += Prior(log[d], weightMean, weightSd, ref gradient[d]);
            }

            value += Prior(log[dimensions], signalMean, signalSd, ref gradient[dimensions]);
            value += Prior(log[dimensions + 1], trendMean, trendSd, ref gradient[dimensions + 1]);
            value += Prior(log[dimensions + 2], noiseMean, options.NoiseSd, ref gradient[dimensions + 2]);
            return value;
        }

        double[] start = new double[parameters];
        Array.Fill(start, weightMean);
        (start[dimensions], start[dimensions + 1], start[dimensions + 2]) = (-0.5, trendMean, Elementary.Log(1e-3));
        (double[] X, double Value) best = BoxMinimizer.Minimize(Objective, start, low, high, options.FitEvaluations, 0.01, 0.5);
        if (options.SecondStart)
        {
            start.AsSpan(0, dimensions).Fill(weightMean + 2);
            start[dimensions + 2] = Elementary.Log(0.1);
            (double[] X, double Value) other = BoxMinimizer.Minimize(Objective, start, low, high, options.FitEvaluations, 0.01, 0.5);
            if (other.Value < best.Value) best = other;
        }

        return (GpParameters.FromLog(best.X), -best.Value);
    }

    private static double Prior(double value, double mean, double sd, ref double gradient)
    {
        double z = (value - mean) / sd;
        gradient += z / sd;
        return 0.5 * z * z;
    }
}
