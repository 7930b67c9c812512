using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>What is fitted of an <see cref="EffectProcess"/>, for values of variance 1.</summary>
/// <param name="Amplitudes">s of each parameter: how strong its effects are.</param>
/// <param name="Decays">How smooth they are (<see cref="EffectBasis.Lambdas"/>).</param>
/// <param name="Signal">τ²: the variance of the constant, by which all effects scale.</param>
/// <param name="Noise">The variance of a value of weight 1 about the process.</param>
internal sealed record EffectHyperparameters(double[] Amplitudes, double[] Decays, double Signal, double Noise);

/// <summary>
/// A Gaussian process with the covariance τ² Π_j (1 + s_j k_j) + noise, where k_j (<see cref="EffectBasis"/>) has mean 0 under the measure of
/// parameter j and is 0 where j is inactive. Multiplied out it is a sum over all sets of parameters: the functional analysis of variance of the
/// process is read off its terms, and averages over parameters are exact, in conditional spaces too.
/// </summary>
internal sealed class EffectProcess
{
    /// <summary>Trials that the process is conditioned on; more are thinned evenly.</summary>
    public const int MostTrials = 500;

    /// <summary>Trials that say how large noise is.</summary>
    private const int FewTrials = 160;

    private readonly double[] _y, _noise;
    private readonly double[][][] _functions; // feature, function -> its value at all trials
    private readonly double[][] _lambdas;
    private readonly double[][] _product;     // lower triangle of Π (1 + s k)
    private double[][]? _partners;

    private EffectProcess(EffectBasis[] bases, double[][] columns, double[] y, double[] noise, EffectHyperparameters parameters)
    {
        (Bases, Columns, _y, _noise, Parameters) = (bases, columns, y, noise, parameters);
        _functions = [.. bases.Select((b, f) => FunctionsOf(b, columns[f]))];
        _lambdas = [.. bases.Select((b, f) => b.Lambdas(parameters.Decays[f]))];
        _product = new double[y.Length][];
        for (int i = 0; i < y.Length; i++)
        {
            double[] row = _product[i] = new double[i + 1];
            Array.Fill(row, 1);
            for (int f = 0; f < bases.Length; f++) Lanes.Multiply(row, Row(f, i, i + 1));
        }

        // What is only just not positive definite is so with more noise.
        for (Cholesky? factor = TryFactorise(_product, Parameters.Noise); ; factor = TryFactorise(_product, Parameters.Noise))
        {
            if (factor is not null)
            {
                Factor = factor;
                break;
            }

            Parameters = Parameters with { Noise = Parameters.Noise * 10 };
        }

        Alpha = Factor.Solve(y);
    }

    /// <summary>The functions of each feature.</summary>
    public EffectBasis[] Bases { get; }

    /// <summary>Coordinates of the trials it is conditioned on, by feature; NaN where inactive.</summary>
    public double[][] Columns { get; }

    /// <summary>The number of those trials.</summary>
    public int Count => _y.Length;

    /// <summary>The fitted hyperparameters.</summary>
    public EffectHyperparameters Parameters { get; }

    /// <summary>The factor of the covariance of the trials, noise included.</summary>
    public Cholesky Factor { get; }

    /// <summary>K⁻¹ y.</summary>
    public double[] Alpha { get; }

    /// <summary>Fits hyperparameters and conditions the process.</summary>
    /// <param name="space">The features.</param>
    /// <param name="columns">Coordinates of the trials, by feature.</param>
    /// <param name="y">Their values, of mean about 0 and variance about 1.</param>
    /// <param name="weights">Their weights: the noise of a trial is that of weight 1 divided by its weight.</param>
    public static EffectProcess Fit(FeatureSpace space, double[][] columns, double[] y, double[] weights)
    {
        EffectBasis[] bases = [.. space.Features.Select(f => new EffectBasis(f))];
        double[] noise = [.. weights.Select(w => 1 / w)];
        int[] fitted = Evenly(y.Length, EffectFit.MostTrials(bases)), used = Evenly(y.Length, MostTrials);
        EffectHyperparameters parameters = EffectFit.Maximize(bases, Pick(columns, fitted), Pick(y, fitted), Pick(noise, fitted));
        return new EffectProcess(bases, Pick(columns, used), Pick(y, used), Pick(noise, used), parameters);
    }

    /// <summary>The rows that are used of so many, spread evenly.</summary>
    public static int[] Evenly(int count, int most) => [.. Enumerable.Range(0, Math.Min(count, most)).Select(i => (int)((long)i * count / Math.Min(count, most)))];

    /// <summary>1 + s k of a feature between a coordinate and all trials; all 1 where it is inactive (NaN).</summary>
    public double[] Row(int feature, double coordinate)
    {
        var row = new double[Count];
        Array.Fill(row, 1);
        double[] at = Bases[feature].Of(coordinate);
        for (int m = 0; m < at.Length; m++) Lanes.AddScaled(row, Parameters.Amplitudes[feature] * _lambdas[feature][m] * at[m], _functions[feature][m]);
        return row;
    }

    /// <summary>1 + s k of a feature between two coordinates.</summary>
    public double Between(int feature, double a, double b)
    {
        double[] x = Bases[feature].Of(a), y = Bases[feature].Of(b);
        double sum = 0;
        for (int m = 0; m < x.Length; m++) sum += _lambdas[feature][m] * x[m] * y[m];
        return 1 + Parameters.Amplitudes[feature] * sum;
    }

    /// <summary>Posterior mean at a configuration.</summary>
    /// <param name="x">Coordinates by feature, NaN where inactive.</param>
    public double Predict(ReadOnlySpan<double> x)
    {
        double[] k = [.. Alpha];
        for (int f = 0; f < x.Length; f++)
            if (!double.IsNaN(x[f])) Lanes.Multiply(k, Row(f, x[f]));
        return Parameters.Signal * k.Sum();
    }

    /// <summary>For each trial its value less what the others predict (leave one out; Rasmussen and Williams 2006, equation 5.12).</summary>
    public double[] LeftOut()
    {
        double[][] inverse = Factor.Inverse();
        return [.. Alpha.Select((a, i) => a / inverse[i][i])];
    }

    /// <summary>
    /// What is left when a feature is not known, and how alike trials are: α_i α_j A_ij (lower triangle without its diagonal) and the feature's k_ij
    /// in full, with smoothness that was not fitted. α = K⁻¹ y are the weights of the process without the feature, where what it leaves counts as noise;
    /// A = 1 + Σ s k / Σ s over the other features lets the feature act alone, and together with those that matter. Σ α_i α_j A_ij k_ij is large
    /// where trials alike in the feature have alike remainders. Null when the rest explains all, so that no covariance is left.
    /// </summary>
    public (double[][] Pairs, double[][] Kernel)? Score(int feature)
    {
        double[][] rest = new double[Count][], partners = new double[Count][];
        double others = Parameters.Amplitudes.Sum() - Parameters.Amplitudes[feature];
        _partners ??= Partners();
        for (int i = 0; i < Count; i++)
        {
            (rest[i], partners[i]) = ([.. _product[i]], [.. _partners[i]]);
            double[] own = Row(feature, i, i + 1);
            for (int j = 0; j <= i; j++)
            {
                rest[i][j] /= own[j];
                partners[i][j] = 1 + (others > 0 ? (partners[i][j] - (own[j] - 1)) / others : 0);
            }
        }

        if (TryFactorise(rest, NoiseWithout(rest)) is not { } factor) return null;
        double[] alpha = factor.Solve(_y);
        for (int i = 0; i < Count; i++)
        {
            Lanes.Multiply(partners[i], alpha.AsSpan(0, i + 1));
            for (int j = 0; j <= i; j++) partners[i][j] *= alpha[i];
        }

        double[] lambdas = Bases[feature].Lambdas(EffectFit.TestDecay);
        var kernel = new double[Count][];
        for (int i = 0; i < Count; i++)
        {
            kernel[i] = new double[Count];
            for (int m = 0; m < lambdas.Length; m++) Lanes.AddScaled(kernel[i], lambdas[m] * _functions[feature][m][i], _functions[feature][m]);
        }

        return (partners, kernel);
    }

    // Σ s k over all features, lower triangle.
    private double[][] Partners()
    {
        var sum = new double[Count][];
        for (int i = 0; i < Count; i++)
        {
            sum[i] = new double[i + 1];
            for (int f = 0; f < Bases.Length; f++)
            {
                double[] own = Row(f, i, i + 1);
                for (int j = 0; j <= i; j++) sum[i][j] += own[j] - 1;
            }
        }

        return sum;
    }

    /// <summary>The functions of a feature at coordinates: by function, then by coordinate.</summary>
    public static double[][] FunctionsOf(EffectBasis basis, double[] column)
    {
        var functions = new double[basis.Count][];
        for (int m = 0; m < functions.Length; m++) functions[m] = new double[column.Length];
        for (int i = 0; i < column.Length; i++)
        {
            double[] at = basis.Of(column[i]);
            for (int m = 0; m < functions.Length; m++) functions[m][i] = at[m];
        }

        return functions;
    }

    // 1 + s k between a trial and the first so many. A factor of 0 could not be divided away again.
    private double[] Row(int feature, int trial, int count)
    {
        var row = new double[count];
        Array.Fill(row, 1);
        for (int m = 0; m < _functions[feature].Length; m++)
            Lanes.AddScaled(row, Parameters.Amplitudes[feature] * _lambdas[feature][m] * _functions[feature][m][trial], _functions[feature][m].AsSpan(0, count));
        for (int j = 0; j < count; j++) row[j] = EffectFit.NotZero(row[j]);
        return row;
    }

    /// <summary>
    /// The noise with the largest likelihood for another product: what a feature explained that is no longer there is noise to the rest. Of steps
    /// of a factor 4 upwards, on part of the trials.
    /// </summary>
    private double NoiseWithout(double[][] product)
    {
        int[] rows = Evenly(Count, FewTrials);
        double[] y = Pick(_y, rows);
        double[][] part = [.. rows.Select((r, i) => Pick(product[r], rows[..(i + 1)]))];
        double best = Parameters.Noise, likelihood = double.NegativeInfinity;
        for (double noise = Parameters.Noise; noise <= Math.Max(4, Parameters.Noise); noise *= 4)
        {
            if (TryFactorise(part, noise, rows) is not { } factor) continue;
            double value = -0.5 * Lanes.Dot(y, factor.Solve(y)) - 0.5 * factor.LogDeterminant;
            if (value > likelihood) (likelihood, best) = (value, noise);
        }

        return best;
    }

    private Cholesky? TryFactorise(double[][] product, double noise, int[]? rows = null)
    {
        var k = new double[product.Length][];
        for (int i = 0; i < k.Length; i++)
        {
            k[i] = new double[i + 1];
            Lanes.AddScaled(k[i], Parameters.Signal, product[i]);
            k[i][i] += noise * _noise[rows?[i] ?? i];
        }

        return Cholesky.TryFactorise(k);
    }

    private static double[] Pick(double[] values, int[] rows) => [.. rows.Select(i => values[i])];

    private static double[][] Pick(double[][] columns, int[] rows) => [.. columns.Select(c => Pick(c, rows))];
}
