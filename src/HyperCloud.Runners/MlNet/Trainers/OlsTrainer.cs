namespace HyperCloud.Runners;

/// <summary>
/// Ordinary least squares: no hyperparameter at all. By Gram–Schmidt orthogonalisation, modified and done twice (Björck, BIT 7, 1967; "twice
/// is enough": Giraud et al., Numerische Mathematik 101, 2005). A column that depends on those before it is left out.
/// </summary>
internal sealed class OlsTrainer : ITrainer
{
    private const double Dependent = 1e-10; // The part of a column that must be new; columns have norm √n.

    /// <inheritdoc/>
    public string Name => "ols";

    /// <inheritdoc/>
    public FeatureStyle Style => FeatureStyle.Standardised;

    /// <inheritdoc/>
    public IReadOnlyList<Hyperparameter> Hyperparameters { get; } = [];

    /// <inheritdoc/>
    public bool Supports(LearningTask task) => task == LearningTask.Regression;

    /// <inheritdoc/>
    public string? Missing() => null;

    /// <inheritdoc/>
    public bool IsStaged(HyperparameterValues values) => false;

    /// <inheritdoc/>
    public IEnumerable<double[]> Predict(Fit fit, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        (double mean, _) = FeatureEncoder.Moments(fit.Target);
        double[] weights = Solve(fit.Train, [.. fit.Target.Select(t => t - mean)]);
        var result = new double[fit.Measured.Rows];
        for (int r = 0; r < result.Length; r++)
        {
            result[r] = mean;
            ReadOnlySpan<double> row = fit.Measured.Row(r);
            for (int j = 0; j < row.Length; j++) result[r] += weights[j] * row[j];
        }

        yield return result;
    }

    // The columns have mean zero, so the intercept is the target's mean.
    private static double[] Solve(Matrix x, double[] y)
    {
        int n = x.Rows, p = x.Columns;
        var q = new List<double[]>();
        var kept = new List<int>();
        var r = new double[p, p];
        for (int j = 0; j < p; j++)
        {
            var v = new double[n];
            for (int i = 0; i < n; i++) v[i] = x.Values[i * p + j];
            double whole = Norm(v);
            for (int pass = 0; pass < 2; pass++)
                for (int k = 0; k < q.Count; k++)
                {
                    double share = Dot(q[k], v);
                    r[k, q.Count] += share;
                    for (int i = 0; i < n; i++) v[i] -= share * q[k][i];
                }

            double rest = Norm(v);
            if (rest <= Dependent * whole || q.Count >= n - 1)
            {
                for (int k = 0; k < q.Count; k++) r[k, q.Count] = 0;
                continue;
            }

            r[q.Count, q.Count] = rest;
            for (int i = 0; i < n; i++) v[i] /= rest;
            q.Add(v);
            kept.Add(j);
        }

        var weights = new double[p];
        for (int k = q.Count - 1; k >= 0; k--)
        {
            double sum = Dot(q[k], y);
            for (int m = k + 1; m < q.Count; m++) sum -= r[k, m] * weights[kept[m]];
            weights[kept[k]] = sum / r[k, k];
        }

        return weights;
    }

    private static double Norm(double[] v) => Math.Sqrt(Dot(v, v));

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
