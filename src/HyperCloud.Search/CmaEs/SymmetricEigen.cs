namespace HyperCloud.Search;

/// <summary>Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix computations", §8.5).</summary>
internal static class SymmetricEigen
{
    /// <summary>Decomposes A = B diag(values) Bᵀ.</summary>
    /// <param name="matrix">A; is not changed.</param>
    /// <returns>The values, and B with an eigenvector in each column.</returns>
    public static (double[] Values, double[][] Vectors) Decompose(double[][] matrix)
    {
        int n = matrix.Length;
        double[][] a = [.. matrix.Select(r => r.ToArray())], v = [.. Enumerable.Range(0, n).Select(i => new double[n])];
        for (int i = 0; i < n; i++) v[i][i] = 1;
        for (int sweep = 0; sweep < 30; sweep++)
        {
            double off = 0, diagonal = 0;
            for (int i = 0; i < n; i++)
            {
                diagonal += a[i][i] * a[i][i];
                for (int j = 0; j < i; j++) off += a[i][j] * a[i][j];
            }

            if (off <= 1e-30 * diagonal) break;
            for (int p = 0; p < n - 1; p++)
                for (int q = p + 1; q < n; q++) Rotate(a, v, p, q);
        }

        return ([.. Enumerable.Range(0, n).Select(i => a[i][i])], v);
    }

    private static void Rotate(double[][] a, double[][] v, int p, int q)
    {
        double apq = a[p][q];
        if (apq == 0) return;
        double theta = (a[q][q] - a[p][p]) / (2 * apq);
        double t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1)), c = 1 / Math.Sqrt(t * t + 1), s = t * c;
        for (int k = 0; k < a.Length; k++)
        {
            (double x, double y) = (a[k][p], a[k][q]);
            (a[k][p], a[k][q]) = (c * x - s * y, s * x + c * y);
        }

        for (int k = 0; k < a.Length; k++)
        {
            (double x, double y) = (a[p][k], a[q][k]);
            (a[p][k], a[q][k]) = (c * x - s * y, s * x + c * y);
            (x, y) = (v[k][p], v[k][q]);
            (v[k][p], v[k][q]) = (c * x - s * y, s * x + c * y);
        }
    }
}
