namespace HyperCloud.Core;

/// <summary>
/// The Cholesky factor of a symmetric positive definite matrix: inner products in fixed lanes (<see cref="Lanes"/>), the same bits on every
/// machine.
/// </summary>
internal sealed class Cholesky
{
    private readonly double[][] _l;

    private Cholesky(double[][] l) => _l = l;

    /// <summary>The number of rows.</summary>
    public int Count => _l.Length;

    /// <summary>log det of the matrix.</summary>
    public double LogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < _l.Length; i++) sum += Elementary.Log(_l[i][i]);
            return 2 * sum;
        }
    }

    /// <summary>Factorises; null when the matrix is not positive definite to working precision. Reads the lower triangle only.</summary>
    public static Cholesky? TryFactorise(double[][] a)
    {
        var l = new double[a.Length][];
        for (int i = 0; i < a.Length; i++)
        {
            double[] row = l[i] = new double[i + 1];
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i][j] - Lanes.Dot(row.AsSpan(0, j), l[j]);
                if (j < i) row[j] = sum / l[j][j];
                else if (sum > 0 && double.IsFinite(sum)) row[j] = Math.Sqrt(sum);
                else return null;
            }
        }

        return new Cholesky(l);
    }

    /// <summary>Solves A x = b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        double[] x = b.ToArray();
        SolveLower(x);
        SolveUpper(x);
        return x;
    }

    /// <summary>Solves L x = b in place.</summary>
    public void SolveLower(Span<double> x)
    {
        for (int i = 0; i < _l.Length; i++) x[i] = (x[i] - Lanes.Dot(_l[i].AsSpan(0, i), x)) / _l[i][i];
    }

    /// <summary>Solves Lᵀ x = b in place.</summary>
    public void SolveUpper(Span<double> x)
    {
        for (int i = _l.Length - 1; i >= 0; i--)
        {
            x[i] /= _l[i][i];
            Lanes.AddScaled(x, -x[i], _l[i].AsSpan(0, i));
        }
    }

    /// <summary>The lower triangle of the inverse matrix.</summary>
    public double[][] Inverse()
    {
        int n = _l.Length;
        var columns = new double[n][]; // column j of L⁻¹ from its row j down
        for (int j = 0; j < n; j++)
        {
            double[] c = columns[j] = new double[n - j];
            c[0] = 1 / _l[j][j];
            for (int i = j + 1; i < n; i++) c[i - j] = -Lanes.Dot(_l[i].AsSpan(j, i - j), c) / _l[i][i];
        }

        var inverse = new double[n][];
        for (int i = 0; i < n; i++)
        {
            inverse[i] = new double[i + 1];
            for (int j = 0; j <= i; j++) inverse[i][j] = Lanes.Dot(columns[i], columns[j].AsSpan(i - j));
        }

        return inverse;
    }
}
