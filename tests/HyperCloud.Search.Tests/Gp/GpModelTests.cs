using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

/// <summary>
/// Against scikit-learn 1.2.1 (<c>Matern(nu=2.5)</c>), SciPy 1.10.1 (<c>multivariate_normal.logpdf</c>, <c>norm</c>), NumPy 1.24.2 and mpmath
/// with 60 digits: covariance 1.3 · Matérn + 0.6 · F Fᵀ + 0.05 · diag(1 / runs), F the centred linear and quadratic terms.
/// </summary>
public class GpModelTests
{
    private static readonly double[][] X = [[.1, .2], [.4, .9], [.7, .3], [.95, .6], [.5, .5]];
    private static readonly double[] Y = [.3, -1.2, .8, 1.5, -.4], Noise = [1, 1, .5, 1, .25];
    private static readonly GpParameters Parameters = new([4, 9], 1.3, 0.6, 0.05);

    private static GpKernel Plane { get; } = new(new SpaceEncoding(new Space([new FloatParameter("a", 0, 1), new FloatParameter("b", 0, 1)])));

    [Fact]
    public void PosteriorAndLikelihoodAreThoseOfScikitLearnAndSciPy()
    {
        GpModel model = GpModel.TryCreate(Plane, Parameters, X, Y, Noise)!;
        Assert.Equal(0.25877652984684385, model.Mean, 1e-12);
        Assert.Equal(-7.004053846052317, model.LogLikelihood, 1e-12);
        (double mean, double variance) = model.Predict([.33, .71]);
        Assert.Equal(-1.0768903852470317, mean, 1e-12);
        Assert.Equal(0.28895667141255776, variance, 1e-12);
        Assert.Equal(mean, model.PredictMean([.33, .71]), 1e-15);
    }

    [Theory]
    [InlineData(0, 1, .5, -0.35982768374506374)]
    [InlineData(1, .04, 0, -18.35373907509502)]
    [InlineData(.3, 2, -1, -1.9870998036010126)]
    [InlineData(2, .01, 0, -209.22042360240772)]
    public void LogExpectedImprovementIsThatOfSciPy(double mean, double variance, double target, double expected) =>
        Assert.Equal(expected, ExpectedImprovement.Log(mean, variance, target).Value, 1e-9 * Math.Abs(expected));

    [Theory]
    [InlineData(2, 0.697383545788228312)]
    [InlineData(-0.5, -1.62051626438731991)]
    [InlineData(-1, -2.48512102571264133)]
    [InlineData(-3, -7.86968605960302851)]
    [InlineData(-10, -55.5531220361223559)]
    [InlineData(-37, -692.642960163270405)]
    [InlineData(-200, -20011.515648259739)]
    [InlineData(-1e5, -5000000023.94478946)]
    public void LogHIsThatOfMpmath(double z, double expected) => Assert.Equal(expected, ExpectedImprovement.LogH(z), 2e-12 * Math.Abs(expected) + 1e-9);

    [Fact]
    public void SlopesAreThoseOfDifferences()
    {
        GpKernel kernel = new(new SpaceEncoding(Spaces.Conditional));
        double[][] x = [.. Enumerable.Range(0, 25).Select(t => kernel.Encoding.Encode(RandomAlgorithm.Draw(Spaces.Conditional, new RandomStream(3, StreamPurpose.Run, (ulong)t))))];
        double[] y = [.. x.Select((_, i) => Math.Sin(i))], noise = [.. x.Select(_ => 1.0)];
        GpModel model = GpModel.TryCreate(kernel, new GpParameters([.. Enumerable.Range(1, kernel.Dimensions).Select(d => 0.7 * d)], 1.1, 0.3, 0.01), x, y, noise)!;
        double[] at = x.First(p => !double.IsNaN(p[0]));
        int[] dimensions = [.. Enumerable.Range(0, at.Length).Where(d => !double.IsNaN(at[d]) && kernel.Encoding.Dimensions[d].Kind != DimensionKind.Categorical)];
        at = [.. at];
        foreach (int d in dimensions) at[d] = 0.37;
        double[] meanSlopes = new double[dimensions.Length], varianceSlopes = new double[dimensions.Length];
        model.Predict(at, dimensions, meanSlopes, varianceSlopes);
        for (int v = 0; v < dimensions.Length; v++)
        {
            const double H = 1e-5;
            double[] up = [.. at], down = [.. at];
            up[dimensions[v]] += H;
            down[dimensions[v]] -= H;
            Assert.Equal((model.Predict(up).Mean - model.Predict(down).Mean) / (2 * H), meanSlopes[v], 1e-6);
            Assert.Equal((model.Predict(up).Variance - model.Predict(down).Variance) / (2 * H), varianceSlopes[v], 1e-6);
        }
    }

    [Fact]
    public void TheFitFindsTheDimensionThatMattersAndTheNoise()
    {
        var random = new RandomStream(9, StreamPurpose.Run);
        double[][] x = [.. Enumerable.Range(0, 60).Select(_ => new[] { random.NextDouble(), random.NextDouble() })];
        double[] ones = [.. x.Select(_ => 1.0)];
        GpParameters Fit(double noise) => GpFit.Maximize(Plane, x, [.. x.Select(p => Math.Sin(9 * p[0]) + noise * random.NextNormal())], ones, new GpOptions()).Parameters;
        GpParameters clean = Fit(0), noisy = Fit(0.3);
        Assert.True(clean.Weights[0] > 30 * clean.Weights[1], string.Join(" ", clean.Weights));
        Assert.InRange(clean.Noise, 0, 1e-6);
        Assert.InRange(noisy.Noise, 0.04, 0.2);
    }

    [Fact]
    public void CategoriesAndActivityAreInTheKernel()
    {
        GpKernel kernel = new(new SpaceEncoding(Spaces.Conditional));
        int model = kernel.Encoding.DimensionOf(1), depth = kernel.Encoding.DimensionOf(4);
        Assert.Equal(0, kernel.Squared(model, 1, 1));
        Assert.Equal(1, kernel.Squared(model, 0, 2));
        Assert.Equal(0.25, kernel.Squared(depth, 0.25, 0.75));
        Assert.Equal(0, kernel.Squared(depth, double.NaN, double.NaN));
        Assert.Equal(1.0 / 6, kernel.Squared(depth, 0.5, double.NaN));
    }

    [Fact]
    public void WarpsKeepTheOrderAndSurviveAnything()
    {
        double[][] cases = [[3, 1, 2, 1e300, -1e300], [0, 0, 0, 1], [double.MaxValue, double.MinValue], [.. Enumerable.Range(0, 50).Select(i => Math.Exp(i))]];
        foreach (double[] losses in cases)
            foreach (WarpKind kind in Enum.GetValues<WarpKind>())
            {
                LossWarp warp = LossWarp.Apply(losses, kind)!;
                Assert.All(warp.Y, v => Assert.True(double.IsFinite(v)));
                int[] order = [.. Enumerable.Range(0, losses.Length).OrderBy(i => losses[i])];
                for (int i = 1; i < order.Length; i++) Assert.True(warp.Y[order[i]] >= warp.Y[order[i - 1]]);
                Assert.Equal(0, warp.Y.Average(), 1e-12);
            }

        Assert.Null(LossWarp.Apply([2, 2, 2], WarpKind.None));
        Assert.Null(LossWarp.Apply([], WarpKind.UpperLog));
    }
}
