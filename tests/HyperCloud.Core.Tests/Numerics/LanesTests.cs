using System.Runtime.Intrinsics;

namespace HyperCloud.Core.Tests;

/// <summary>Loops in lanes give the bits of the same loops written with scalars, which is what makes them equal on every machine.</summary>
public class LanesTests
{
    private static double[] Draw(int n, ulong stream, double scale = 1)
    {
        var random = new RandomStream(11, StreamPurpose.Run, stream);
        return [.. Enumerable.Range(0, n).Select(_ => scale * random.NextNormal())];
    }

    [Fact]
    public void DotIsEightRunningSumsAddedUpInOneOrder()
    {
        for (int n = 0; n < 40; n++)
        {
            double[] a = Draw(n, 1), b = Draw(n + 3, 2), sums = new double[8];
            int i = 0;
            for (; i <= n - 8; i += 8)
                for (int k = 0; k < 8; k++) sums[k] += a[i + k] * b[i + k];
            double rest = 0;
            for (; i < n; i++) rest += a[i] * b[i];
            double expected = sums[0] + sums[4] + (sums[2] + sums[6]) + (sums[1] + sums[5] + (sums[3] + sums[7])) + rest;
            Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(Lanes.Dot(a, b)));
        }
    }

    [Fact]
    public void ElementwiseLoopsAreTheScalarOnes()
    {
        for (int n = 0; n < 20; n++)
        {
            double[] x = Draw(n, 3), y = Draw(n, 4), c = Draw(n, 5), p = [.. Draw(n, 6).Select(Math.Abs)];
            double[] added = [.. y], squares = [.. y], normals = [.. y];
            Lanes.AddScaled(added, 0.3, x);
            Lanes.AddSquares(squares, 0.3, x, 0.7);
            Lanes.AddLogNormals(normals, c, p, x, 0.7);
            for (int i = 0; i < n; i++)
            {
                double d = x[i] - 0.7, e = 0.7 - x[i];
                Assert.Equal(y[i] + 0.3 * x[i], added[i]);
                Assert.Equal(y[i] + 0.3 * (d * d), squares[i]);
                Assert.Equal(y[i] + (c[i] - p[i] * (e * e)), normals[i]);
            }
        }
    }

    [Fact]
    public void ExpIsThatOfElementary()
    {
        foreach (double x in (double[])[0, -0.0, -1e-300, -1e-9, -0.3, -1, -37.5, -699.9, 0.5, 1, 20, 600, .. Draw(200, 7, 30)])
        {
            double expected = Elementary.Exp(x);
            for (int lane = 0; lane < 4; lane++) Assert.Equal(expected, Lanes.Exp(Vector256.Create(x))[lane], 4e-16 * expected);
        }

        Assert.Equal(Elementary.Exp(-700), Lanes.Exp(Vector256.Create(-1e9))[2], 1e-318);
    }

    [Fact]
    public void MaternAndItsSlopeAreTheFormulas()
    {
        for (int n = 1; n < 10; n++)
        {
            double[] squared = [.. Enumerable.Range(0, n).Select(i => 0.37 * i * i)], k = [.. squared], slope = new double[n];
            Lanes.Matern52(k, slope);
            for (int i = 0; i < n; i++)
            {
                double r = Math.Sqrt(5 * squared[i]);
                Assert.Equal((1 + r + 5.0 / 3 * squared[i]) * Math.Exp(-r), k[i], 1e-15);
                Assert.Equal(-5.0 / 6 * (1 + r) * Math.Exp(-r), slope[i], 1e-15);
            }
        }
    }

    [Fact]
    public void LogSumExpKeepsWhatIsFarBelow()
    {
        double[] x = [.. Draw(37, 8, 5), -2000, double.NegativeInfinity];
        Assert.Equal(Math.Log(x.Sum(Math.Exp)), Lanes.LogSumExp(x), 1e-12);
        Assert.Equal(-1e6 + Math.Log(3), Lanes.LogSumExp([-1e6, -1e6, -1e6]), 1e-9);
    }

    [Fact]
    public void TheInverseTimesTheMatrixIsOne()
    {
        const int N = 23;
        double[][] rows = [.. Enumerable.Range(0, N).Select(i => Draw(N, (ulong)(20 + i)))];
        double[][] a = [.. Enumerable.Range(0, N).Select(i => Enumerable.Range(0, i + 1).Select(j => Lanes.Dot(rows[i], rows[j]) + (i == j ? 1 : 0)).ToArray())];
        double[][] inverse = Cholesky.TryFactorise(a)!.Inverse();
        double At(double[][] m, int i, int j) => i >= j ? m[i][j] : m[j][i];
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, N).Sum(k => At(a, i, k) * At(inverse, k, j)), 1e-9);
    }
}
