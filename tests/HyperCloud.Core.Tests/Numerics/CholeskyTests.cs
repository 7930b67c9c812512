namespace HyperCloud.Core.Tests;

public class CholeskyTests
{
    [Fact]
    public void CholeskySolvesAndKnowsItsDeterminant()
    {
        double[][] a = [[4], [2, 5], [1, 3, 6]];
        Cholesky factor = Cholesky.TryFactorise(a)!;
        double[] x = factor.Solve([7, 10, 10]); // A (1, 1, 1)ᵀ
        Assert.All(x, v => Assert.Equal(1, v, 1e-14));
        Assert.Equal(Math.Log(67), factor.LogDeterminant, 1e-14); // 4·(30 − 9) − 2·(12 − 3) + 1·(6 − 5) = 67
        Assert.Null(Cholesky.TryFactorise([[1], [2, 1]]));
    }
}
