using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The search distribution of CMA-ES after some generations: mean, step size, covariance and paths, with the defaults of Hansen, "The CMA
/// evolution strategy: a tutorial" (2016), table 1, without negative weights; for categories a probability each.
/// </summary>
internal sealed class CmaEsState
{
    private readonly CmaEsOptions _options;
    private readonly bool _full;
    private readonly double[] _weights, _pathSigma, _pathC;
    private readonly double[][] _covariance; // one row when diagonal
    private double[] _axes; // √ of the eigenvalues
    private double[][] _vectors;
    private int _generations;

    /// <summary>A distribution at its beginning.</summary>
    /// <param name="options">The constants.</param>
    /// <param name="mean">The mean in the ordered dimensions.</param>
    /// <param name="categories">For each categorical dimension the probabilities.</param>
    /// <param name="sigma">The step size.</param>
    /// <param name="population">λ, at least 4.</param>
    public CmaEsState(CmaEsOptions options, double[] mean, double[][] categories, double sigma, int population)
    {
        int n = mean.Length;
        (_options, Mean, Categories, Sigma, Population) = (options, mean, categories, sigma, population);
        _full = n <= options.MaxFull;
        int parents = population / 2;
        _weights = [.. Enumerable.Range(1, parents).Select(i => Elementary.Log((population + 1) / 2.0) - Elementary.Log(i))];
        double sum = 0, squares = 0;
        foreach (double w in _weights) sum += w;
        for (int i = 0; i < parents; i++) squares += (_weights[i] /= sum) * _weights[i];
        EffectiveParents = 1 / squares;
        double mu = EffectiveParents;
        SigmaRate = (mu + 2) / (n + mu + 5);
        Damping = 1 + 2 * Math.Max(0, Math.Sqrt((mu - 1) / (n + 1)) - 1) + SigmaRate;
        PathRate = (4 + mu / n) / (n + 4 + 2 * mu / n);
        double boost = _full ? 1 : (n + 2) / 3.0; // Ros and Hansen, "A simple modification in CMA-ES achieving linear time and space complexity", 2008
        RankOneRate = Math.Min(1, boost * 2 / ((n + 1.3) * (n + 1.3) + mu));
        RankMuRate = Math.Min(1 - RankOneRate, boost * 2 * (mu - 2 + 1 / mu) / ((n + 2.0) * (n + 2) + mu));
        _pathSigma = new double[n];
        _pathC = new double[n];
        _axes = new double[n];
        Array.Fill(_axes, 1);
        _vectors = [];
        _covariance = [.. Enumerable.Range(0, _full ? n : 1).Select(i => new double[n])];
        for (int i = 0; i < n; i++) _covariance[_full ? i : 0][i] = 1;
        if (_full) _vectors = [.. _covariance.Select(r => r.ToArray())];
    }

    /// <summary>m.</summary>
    public double[] Mean { get; }

    /// <summary>Probability of each value, by categorical dimension.</summary>
    public double[][] Categories { get; }

    /// <summary>σ.</summary>
    public double Sigma { get; private set; }

    /// <summary>λ.</summary>
    public int Population { get; }

    /// <summary>μ_eff.</summary>
    public double EffectiveParents { get; }

    /// <summary>c_σ.</summary>
    public double SigmaRate { get; }

    /// <summary>d_σ.</summary>
    public double Damping { get; }

    /// <summary>c_c.</summary>
    public double PathRate { get; }

    /// <summary>c_1.</summary>
    public double RankOneRate { get; }

    /// <summary>c_μ.</summary>
    public double RankMuRate { get; }

    /// <summary>σ times the longest axis.</summary>
    public double LargestAxis => Sigma * (_axes.Length == 0 ? 0 : _axes.Max());

    /// <summary>The standard deviation in a dimension.</summary>
    public double Deviation(int i) => Sigma * Math.Sqrt(Math.Max(0, _full ? _covariance[i][i] : _covariance[0][i]));

    /// <summary>λ for a number of dimensions.</summary>
    public static int DefaultPopulation(int dimensions) => 4 + (int)(3 * Elementary.Log(Math.Max(1, dimensions)));

    /// <summary>m + σ B D z.</summary>
    public double[] Transform(ReadOnlySpan<double> z)
    {
        int n = Mean.Length;
        double[] x = [.. Mean];
        for (int j = 0; j < n; j++)
        {
            double scaled = Sigma * _axes[j] * z[j];
            if (!_full) x[j] += scaled;
            else
                for (int i = 0; i < n; i++) x[i] += _vectors[i][j] * scaled;
        }

        return x;
    }

    /// <summary>Moves on by one generation.</summary>
    /// <param name="ranked">The points of the generation, best first: ordered dimensions, and the values of categorical ones.</param>
    public void Update(IReadOnlyList<(double[] X, int[] Values)> ranked)
    {
        int n = Mean.Length, used = Math.Min(_weights.Length, ranked.Count);
        if (used == 0) return;
        double total = 0;
        for (int k = 0; k < used; k++) total += _weights[k];
        _generations++;
        double[] old = [.. Mean], step = new double[n];
        double[][] steps = [.. ranked.Take(used).Select(r => r.X.Select((v, i) => (v - old[i]) / Sigma).ToArray())];
        for (int k = 0; k < used; k++) Lanes.AddScaled(step, _weights[k] / total, steps[k]);
        for (int i = 0; i < n; i++) Mean[i] = Math.Clamp(old[i] + Sigma * step[i], 0, 1);
        double[] whitened = Whiten(step);
        double cs = Math.Sqrt(SigmaRate * (2 - SigmaRate) * EffectiveParents), length = 0;
        for (int i = 0; i < n; i++)
        {
            _pathSigma[i] = (1 - SigmaRate) * _pathSigma[i] + cs * whitened[i];
            length += _pathSigma[i] * _pathSigma[i];
        }

        length = Math.Sqrt(length);
        double expected = Math.Sqrt(n) * (1 - 1.0 / (4 * n) + 1.0 / (21.0 * n * n));
        bool slow = length / Math.Sqrt(1 - Elementary.Pow(1 - SigmaRate, 2 * _generations)) < (1.4 + 2.0 / (n + 1)) * expected;
        double cc = slow ? Math.Sqrt(PathRate * (2 - PathRate) * EffectiveParents) : 0;
        for (int i = 0; i < n; i++) _pathC[i] = (1 - PathRate) * _pathC[i] + cc * step[i];
        double keep = 1 - RankOneRate - RankMuRate + (slow ? 0 : RankOneRate * PathRate * (2 - PathRate));
        for (int i = 0; i < n; i++)
            for (int j = _full ? 0 : i; j <= i; j++)
            {
                double value = keep * (_full ? _covariance[i][j] : _covariance[0][i]) + RankOneRate * _pathC[i] * _pathC[j];
                for (int k = 0; k < used; k++) value += RankMuRate * _weights[k] / total * steps[k][i] * steps[k][j];
                if (_full) _covariance[i][j] = _covariance[j][i] = value;
                else _covariance[0][i] = value;
            }

        Sigma = Math.Min(0.6, Sigma * Elementary.Exp(Math.Min(1, SigmaRate / Damping * (length / expected - 1))));
        Decompose();
        for (int c = 0; c < Categories.Length; c++) Learn(Categories[c], [.. ranked.Take(used).Select(r => r.Values[c])], total);
    }

    /// <summary>
    /// Widens the distribution where a finite dimension would never change again: the probability of leaving the mean's value stays at least
    /// 1 / (n λ) (Hamano, Saito, Nomura and Shirakawa, "CMA-ES with margin", GECCO 2022, here by scaling a draw instead of the matrix).
    /// </summary>
    /// <param name="i">The dimension.</param>
    /// <param name="distance">How far the nearest other value is from the mean.</param>
    /// <returns>The factor on draws in this dimension, at least 1.</returns>
    public double Margin(int i, double distance)
    {
        double alpha = 1.0 / (Mean.Length * Population), reach = -NormalDistribution.Quantile(alpha / 2) * Deviation(i);
        return reach >= distance || reach <= 0 ? 1 : distance / reach;
    }

    private void Learn(double[] probabilities, int[] values, double total)
    {
        double least = 0.5 / (probabilities.Length * Math.Sqrt(Population)), sum = 0;
        for (int v = 0; v < probabilities.Length; v++)
        {
            double share = 0;
            for (int k = 0; k < values.Length; k++)
                if (values[k] == v) share += _weights[k] / total;
            probabilities[v] = Math.Max(least, (1 - _options.CategoryRate) * probabilities[v] + _options.CategoryRate * share);
            sum += probabilities[v];
        }

        for (int v = 0; v < probabilities.Length; v++) probabilities[v] /= sum;
    }

    // C^(−1/2) y.
    private double[] Whiten(double[] y)
    {
        int n = y.Length;
        if (!_full) return [.. y.Select((v, i) => v / _axes[i])];
        var result = new double[n];
        for (int j = 0; j < n; j++)
        {
            double along = 0;
            for (int i = 0; i < n; i++) along += _vectors[i][j] * y[i];
            along /= _axes[j];
            for (int i = 0; i < n; i++) result[i] += _vectors[i][j] * along;
        }

        return result;
    }

    private void Decompose()
    {
        if (!_full)
        {
            _axes = [.. _covariance[0].Select(v => Math.Sqrt(Math.Max(v, 1e-14)))];
            return;
        }

        (double[] values, _vectors) = SymmetricEigen.Decompose(_covariance);
        double largest = 1e-300;
        foreach (double v in values) largest = Math.Max(largest, v);
        _axes = [.. values.Select(v => Math.Sqrt(Math.Max(v, 1e-14 * largest)))];
    }
}
