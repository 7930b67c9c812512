using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// A Gaussian process over the configurations of a space (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, chapter 2):
/// constant mean at its best value, a Matérn 5/2 kernel with a lengthscale for each dimension, a Bayesian linear trend (§2.7, in kernel
/// form) and independent noise.
/// </summary>
internal sealed class GpModel
{
    private readonly GpKernel _kernel;
    private readonly double[][] _columns; // by dimension: the coordinates of all points
    private readonly double[][] _features; // by feature: the values of all points
    private readonly Cholesky _factor;
    private readonly double[] _alpha;

    private GpModel(GpKernel kernel, GpParameters parameters, double[][] x, double[] y, Cholesky factor, double[] alpha, double mean, double likelihood)
    {
        (_kernel, Parameters, _factor, _alpha, Mean, LogLikelihood, X, Y) = (kernel, parameters, factor, alpha, mean, likelihood, x, y);
        _columns = Transpose(x, kernel.Dimensions);
        _features = Transpose([.. x.Select(p => kernel.FeaturesOf(p))], kernel.Features);
    }

    /// <summary>The hyperparameters.</summary>
    public GpParameters Parameters { get; }

    /// <summary>The constant mean: the generalised least-squares estimate.</summary>
    public double Mean { get; }

    /// <summary>The log marginal likelihood of the losses at <see cref="Mean"/>.</summary>
    public double LogLikelihood { get; }

    /// <summary>The points.</summary>
    public double[][] X { get; }

    /// <summary>Their losses.</summary>
    public double[] Y { get; }

    /// <summary>Conditions the process on losses; null when the covariance is not positive definite to working precision.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="parameters">The hyperparameters.</param>
    /// <param name="x">The points, encoded.</param>
    /// <param name="y">Their losses.</param>
    /// <param name="noise">For each point the factor on the noise variance (1 / runs).</param>
    public static GpModel? TryCreate(GpKernel kernel, GpParameters parameters, double[][] x, double[] y, double[] noise)
    {
        int n = x.Length;
        double[][] features = [.. x.Select(p => kernel.FeaturesOf(p))];
        var k = new double[n][];
        double[] slope = new double[n];
        for (int i = 0; i < n; i++)
        {
            double[] row = k[i] = new double[i + 1];
            for (int j = 0; j < i; j++)
                for (int d = 0; d < kernel.Dimensions; d++) row[j] += parameters.Weights[d] * kernel.Squared(d, x[i][d], x[j][d]);
            Lanes.Matern52(row, slope);
            for (int j = 0; j <= i; j++) row[j] = parameters.Signal * row[j] + parameters.Trend * Lanes.Dot(features[i], features[j]);
            row[i] += parameters.Noise * noise[i];
        }

        return Solve(k, y) is var (factor, alpha, mean, likelihood) ? new GpModel(kernel, parameters, x, y, factor, alpha, mean, likelihood) : null;
    }

    /// <summary>Factor, weights K⁻¹ (y − m), mean m and log likelihood for a covariance; null when it is not positive definite.</summary>
    internal static (Cholesky Factor, double[] Alpha, double Mean, double Likelihood)? Solve(double[][] k, double[] y)
    {
        if (Cholesky.TryFactorise(k) is not { } factor) return null;
        int n = y.Length;
        var ones = new double[n];
        Array.Fill(ones, 1);
        double[] kOnes = factor.Solve(ones), alpha = factor.Solve(y);
        double mean = Lanes.Dot(ones, alpha) / Lanes.Dot(ones, kOnes);
        Lanes.AddScaled(alpha, -mean, kOnes);
        double quadratic = 0;
        for (int i = 0; i < n; i++) quadratic += (y[i] - mean) * alpha[i];
        double likelihood = -0.5 * quadratic - 0.5 * factor.LogDeterminant - 0.91893853320467274178 * n;
        return double.IsNaN(likelihood) ? null : (factor, alpha, mean, likelihood);
    }

    /// <summary>Posterior mean and variance of the loss without noise at a configuration.</summary>
    public (double Mean, double Variance) Predict(ReadOnlySpan<double> x)
    {
        int n = _alpha.Length;
        double[] k = new double[n], slope = new double[n];
        (double own, _) = Covariances(x, k, slope);
        double mean = Mean + Lanes.Dot(k, _alpha);
        _factor.SolveLower(k);
        return (mean, Math.Max(own - Lanes.Dot(k, k), 1e-12 * own));
    }

    /// <summary>Posterior mean only.</summary>
    public double PredictMean(ReadOnlySpan<double> x)
    {
        double[] k = new double[_alpha.Length], slope = new double[_alpha.Length];
        Covariances(x, k, slope);
        return Mean + Lanes.Dot(k, _alpha);
    }

    /// <summary>Posterior mean and variance with their derivatives in the given ordered dimensions.</summary>
    public (double Mean, double Variance) Predict(ReadOnlySpan<double> x, ReadOnlySpan<int> dimensions, Span<double> meanSlopes, Span<double> varianceSlopes)
    {
        int n = _alpha.Length;
        double[] k = new double[n], slope = new double[n];
        (double own, double[] features) = Covariances(x, k, slope);
        double mean = Mean + Lanes.Dot(k, _alpha);
        _factor.SolveLower(k);
        double variance = Math.Max(own - Lanes.Dot(k, k), 1e-12 * own);
        _factor.SolveUpper(k); // K⁻¹ k
        double[] alphaSlope = new double[n], kSlope = new double[n];
        double alphaSum = 0, kSum = 0;
        for (int j = 0; j < n; j++)
        {
            (alphaSlope[j], kSlope[j]) = (_alpha[j] * slope[j], k[j] * slope[j]);
            alphaSum += alphaSlope[j];
            kSum += kSlope[j];
        }

        for (int v = 0; v < dimensions.Length; v++)
        {
            int d = dimensions[v], f = _kernel.FeatureOf(d);
            double scale = 2 * Parameters.Signal * Parameters.Weights[d];
            double[] column = _columns[d];
            if (_kernel.Encoding.Dimensions[d].Parameter.When.Length > 0)
            {
                double byMean = 0, byVariance = 0;
                for (int j = 0; j < n; j++)
                {
                    if (double.IsNaN(column[j])) continue; // points where it is inactive do not move with it
                    byMean += alphaSlope[j] * (x[d] - column[j]);
                    byVariance += kSlope[j] * (x[d] - column[j]);
                }

                (meanSlopes[v], varianceSlopes[v]) = (scale * byMean, -2 * scale * byVariance);
            }
            else
            {
                meanSlopes[v] = scale * (alphaSum * x[d] - Lanes.Dot(alphaSlope, column));
                varianceSlopes[v] = -2 * scale * (kSum * x[d] - Lanes.Dot(kSlope, column));
            }

            (double linear, double quadratic) = GpKernel.Slopes(x[d]);
            meanSlopes[v] += Parameters.Trend * (linear * Lanes.Dot(_features[f], _alpha) + quadratic * Lanes.Dot(_features[f + 1], _alpha));
            varianceSlopes[v] -= 2 * Parameters.Trend * (linear * Lanes.Dot(_features[f], k) + quadratic * Lanes.Dot(_features[f + 1], k));
            varianceSlopes[v] += 2 * Parameters.Trend * (linear * features[f] + quadratic * features[f + 1]);
        }

        return (mean, variance);
    }

    // The covariances of x with all points, their derivatives with respect to the squared distance without the signal's factor, and x's own variance.
    private (double Own, double[] Features) Covariances(ReadOnlySpan<double> x, double[] k, double[] slope)
    {
        for (int d = 0; d < x.Length; d++) _kernel.AddSquares(k, d, Parameters.Weights[d], x[d], _columns[d]);
        Lanes.Matern52(k, slope);
        for (int j = 0; j < k.Length; j++) k[j] *= Parameters.Signal;
        double[] features = _kernel.FeaturesOf(x);
        for (int f = 0; f < features.Length; f++) Lanes.AddScaled(k, Parameters.Trend * features[f], _features[f]);
        return (Parameters.Signal + Parameters.Trend * Lanes.Dot(features, features), features);
    }

    private static double[][] Transpose(double[][] rows, int columns)
    {
        var result = new double[columns][];
        for (int c = 0; c < columns; c++) result[c] = [.. rows.Select(r => r[c])];
        return result;
    }
}
