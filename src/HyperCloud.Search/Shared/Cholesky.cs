using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>The Cholesky factor of a symmetric positive definite matrix: plain loops in a fixed order, the same bits on every machine.</summary>
internal sealed class Cholesky
{
    private readonly double[][] _l;

    private Cholesky(double[][] l) => _l = l;

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
                double sum = a[i][j];
                double[] other = l[j];
                for (int k = 0; k < j; k++) sum -= row[k] * other[k];
                if (j < i) row[j] = sum / other[j];
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
        for (int i = 0; i < x.Length; i++)
        {
            for (int k = 0; k < i; k++) x[i] -= _l[i][k] * x[k];
            x[i] /= _l[i][i];
        }

        for (int i = x.Length - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < x.Length; k++) x[i] -= _l[k][i] * x[k];
            x[i] /= _l[i][i];
        }

        return x;
    }
}
