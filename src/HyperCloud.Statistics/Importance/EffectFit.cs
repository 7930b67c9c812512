using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Fits the hyperparameters of an <see cref="EffectProcess"/>: the maximum of marginal likelihood times prior (Rasmussen and Williams, "Gaussian
/// processes for machine learning", 2006, §5.4), by gradients from fixed starts. A pure function of points and values.
/// </summary>
internal static class EffectFit
{
    /// <summary>The decay of the functions that a test looks for: between broken lines and smooth curves.</summary>
    public const double TestDecay = 2;

    private const double AmplitudeLow = -14, AmplitudeHigh = 4, DecayLow = 1, DecayHigh = 6, SignalLow = -8, SignalHigh = 12, NoiseLow = -14, NoiseHigh = 2;

    // Normal priors of the logarithms, and of the decay itself. That of the amplitudes sinks with the number of parameters: with many, most do little.
    private const double AmplitudeSd = 2.5, DecayMean = 3, DecaySd = 1.2, SignalMean = 2, SignalSd = 3, NoiseMean = -3, NoiseSd = 3;

    /// <summary>Products of pairs of trials and functions that a fit holds.</summary>
    private const double MostProducts = 3e6;

    private const int Evaluations = 50;

    /// <summary>Trials that are worth their time in a fit.</summary>
    public static int MostTrials(EffectBasis[] bases) => (int)Math.Clamp(Math.Sqrt(2 * MostProducts / bases.Sum(Stored)), 60, 250);

    /// <summary>The hyperparameters with the largest posterior.</summary>
    public static EffectHyperparameters Maximize(EffectBasis[] bases, double[][] columns, double[] y, double[] noise)
    {
        int n = y.Length, d = bases.Length, pairs = n * (n + 1) / 2;
        double[][][] products = [.. bases.Select((b, f) => Products(b, columns[f], n, pairs))];
        double amplitudeMean = -0.7 - Elementary.Log(d);
        double[] low = new double[2 * d + 2], high = new double[2 * d + 2], mean = new double[2 * d + 2], sd = new double[2 * d + 2];
        for (int f = 0; f < d; f++)
        {
            (low[f], high[f], mean[f], sd[f]) = (AmplitudeLow, AmplitudeHigh, amplitudeMean, AmplitudeSd);
            (low[d + f], high[d + f], mean[d + f], sd[d + f]) = (DecayLow, DecayHigh, DecayMean, DecaySd);
        }

        (low[^2], high[^2], mean[^2], sd[^2]) = (SignalLow, SignalHigh, SignalMean, SignalSd);
        (low[^1], high[^1], mean[^1], sd[^1]) = (NoiseLow, NoiseHigh, NoiseMean, NoiseSd);
        double[] product = new double[pairs], w = new double[pairs], part = new double[pairs];
        double[][] factors = [.. bases.Select(_ => new double[pairs])], k = [.. Enumerable.Range(0, n).Select(i => new double[i + 1])];

        double Objective(ReadOnlySpan<double> log, Span<double> gradient)
        {
            double signal = Elementary.Exp(log[^2]), variance = Elementary.Exp(log[^1]);
            Array.Fill(product, signal);
            double[][] lambdas = new double[d][];
            for (int f = 0; f < d; f++)
            {
                lambdas[f] = bases[f].IsOrdered ? bases[f].Lambdas(log[d + f]) : [1];
                double amplitude = Elementary.Exp(log[f]);
                Array.Fill(factors[f], 1);
                for (int m = 0; m < lambdas[f].Length; m++) Lanes.AddScaled(factors[f], amplitude * lambdas[f][m], products[f][m]);
                for (int p = 0; p < pairs; p++) factors[f][p] = NotZero(factors[f][p]);
                Lanes.Multiply(product, factors[f]);
            }

            for (int i = 0, p = 0; i < n; p += ++i)
            {
                product.AsSpan(p, i + 1).CopyTo(k[i]);
                k[i][i] += variance * noise[i];
            }

            if (Cholesky.TryFactorise(k) is not { } factor) return double.PositiveInfinity;
            double[] alpha = factor.Solve(y);
            double[][] inverse = factor.Inverse();
            double value = 0.5 * Lanes.Dot(y, alpha) + 0.5 * factor.LogDeterminant, own = 0;
            for (int i = 0, p = 0; i < n; i++)
            {
                // Half the derivative of the log likelihood with respect to an entry of the covariance; each entry off the diagonal is there twice.
                for (int j = 0; j <= i; j++, p++) w[p] = alpha[i] * alpha[j] - inverse[i][j];
                w[p - 1] *= 0.5;
                own += w[p - 1] * noise[i];
            }

            gradient[^1] = -variance * own;
            Lanes.Multiply(w, product);
            gradient[^2] = -w.Sum();
            for (int f = 0; f < d; f++)
            {
                double amplitude = Elementary.Exp(log[f]), byAmplitude = 0, byDecay = 0;
                for (int p = 0; p < pairs; p++) part[p] = w[p] / factors[f][p];
                double[] slopes = bases[f].IsOrdered ? bases[f].Slopes(lambdas[f]) : [0];
                for (int m = 0; m < slopes.Length; m++)
                {
                    double dot = Lanes.Dot(part, products[f][m]);
                    byAmplitude += lambdas[f][m] * dot;
                    byDecay += slopes[m] * dot;
                }

                (gradient[f], gradient[d + f]) = (-amplitude * byAmplitude, -amplitude * byDecay);
            }

            for (int i = 0; i < log.Length; i++)
            {
                double z = (log[i] - mean[i]) / sd[i];
                value += 0.5 * z * z;
                gradient[i] += z / sd[i];
            }

            return value;
        }

        double[] start = [.. mean];
        (double[] X, double Value) best = BoxMinimizer.Minimize(Objective, start, low, high, Evaluations, 0.01, 0.5);
        // Little noise, and effects that bend more: a maximum that the first start may be too smooth to find.
        start.AsSpan(0, d).Fill(amplitudeMean + 2);
        start.AsSpan(d, d).Fill(2);
        (start[^2], start[^1]) = (-1, -5);
        (double[] X, double Value) other = BoxMinimizer.Minimize(Objective, start, low, high, Evaluations, 0.01, 0.5);
        if (other.Value < best.Value) best = other;
        double[] x = best.X;
        return new([.. x[..d].Select(Elementary.Exp)], x[d..(2 * d)], Elementary.Exp(x[^2]), Elementary.Exp(x[^1]));
    }

    /// <summary>A factor that a product can be divided by.</summary>
    public static double NotZero(double factor) => Math.Abs(factor) >= 1e-9 ? factor : 1e-9;

    // Pair products are kept for each function whose weight is fitted; those of a parameter without order in one sum.
    private static int Stored(EffectBasis basis) => basis.IsOrdered ? basis.Count : 1;

    private static double[][] Products(EffectBasis basis, double[] column, int n, int pairs)
    {
        double[][] functions = EffectProcess.FunctionsOf(basis, column);
        double[] lambdas = basis.Lambdas(0);
        var products = new double[Stored(basis)][];
        for (int m = 0; m < products.Length; m++) products[m] = new double[pairs];
        for (int m = 0; m < functions.Length; m++)
            for (int i = 0, p = 0; i < n; p += ++i)
                Lanes.AddScaled(products[basis.IsOrdered ? m : 0].AsSpan(p, i + 1), (basis.IsOrdered ? 1 : lambdas[m]) * functions[m][i], functions[m].AsSpan(0, i + 1));
        return products;
    }
}
