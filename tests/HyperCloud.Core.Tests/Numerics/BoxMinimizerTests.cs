namespace HyperCloud.Core.Tests;

public class BoxMinimizerTests
{
    [Fact]
    public void RosenbrocksValleyIsFollowedToItsEnd()
    {
        static double Rosenbrock(ReadOnlySpan<double> x, Span<double> g)
        {
            double a = x[1] - x[0] * x[0], b = 1 - x[0];
            (g[0], g[1]) = (-400 * x[0] * a - 2 * b, 200 * a);
            return 100 * a * a + b * b;
        }

        (double[] x, double value) = BoxMinimizer.Minimize(Rosenbrock, [-1.2, 1], [-5, -5], [5, 5], 300, 0, 0.1);
        Assert.InRange(value, 0, 1e-12);
        Assert.Equal(1, x[0], 1e-5);
    }

    [Fact]
    public void ABoundThatHoldsTheMinimumBackIsHitExactly()
    {
        static double Bowl(ReadOnlySpan<double> x, Span<double> g)
        {
            (g[0], g[1]) = (2 * (x[0] - 3) + x[1], 2 * x[1] + x[0]);
            return (x[0] - 3) * (x[0] - 3) + x[1] * x[1] + x[0] * x[1];
        }

        (double[] x, _) = BoxMinimizer.Minimize(Bowl, [0.2, 0.9], [0, 0], [1, 1], 100, 0, 0.1);
        Assert.Equal([1, 0], x);
    }

    [Fact]
    public void WhatIsNotFiniteIsLeftAlone()
    {
        (double[] x, double value) = BoxMinimizer.Minimize((_, _) => double.NaN, [2], [0], [1], 10, 0, 0.1);
        Assert.Equal(1, x[0]);
        Assert.Equal(double.PositiveInfinity, value);
        int calls = 0;
        (_, value) = BoxMinimizer.Minimize(
            (x, g) =>
            {
                g[0] = 1;
                return calls++ == 0 ? 5 : double.NaN;
            }, [0.5], [0], [1], 10, 0, 0.1);
        Assert.Equal(5, value);
        Assert.InRange(calls, 2, 10);
    }
}
