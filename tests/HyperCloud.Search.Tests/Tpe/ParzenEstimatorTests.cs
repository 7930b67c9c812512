using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class ParzenEstimatorTests
{
    private static ParzenEstimator Fit(Space space, int centers, ulong seed, out SpaceEncoding encoding, TpeOptions? options = null)
    {
        SpaceEncoding e = encoding = new SpaceEncoding(space);
        var random = new RandomStream(seed, StreamPurpose.Run);
        double[][] x = [.. Enumerable.Range(0, centers).Select(_ => e.Encode(RandomAlgorithm.Draw(space, random)))];
        return ParzenEstimator.Fit(e, x, [.. Enumerable.Range(0, centers).Select(i => 1.0 / (1 + i))], options ?? new TpeOptions());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void TheProbabilitiesOfAllConfigurationsOfAFiniteConditionalSpaceAddUpToOne(int centers)
    {
        // Every kind of finite dimension, wide and narrow shares, conditions on an int and a categorical.
        var space = new Space(
        [
            new CategoricalParameter("c", [Spaces.V("a"), Spaces.V("b"), Spaces.V("d")]),
            new IntParameter("n", 1, 40) { Log = true, When = [Spaces.When("c", Spaces.V("a"), Spaces.V("b"))] },
            new FloatParameter("s", 0, 1) { Step = 0.01m, When = [Spaces.When("n", ParameterValue.Of(1), ParameterValue.Of(2))] },
            new OrdinalParameter("o", [Spaces.V("x"), Spaces.V("y")]),
        ]);
        ParzenEstimator density = Fit(space, centers, 3, out SpaceEncoding encoding, new TpeOptions { Bandwidth = 0.2 });
        AssignmentIndex all = AssignmentIndex.TryCreate(space, FiniteDomain.All, "", out _)!;
        double sum = 0;
        for (long i = 0; i < all.Count; i++) sum += Math.Exp(density.LogDensity(EncodedPoint.Of(encoding, all.At(i))));
        Assert.Equal(1, sum, 2e-3); // narrow shares are taken as width times density
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(30)]
    public void TheDensityOfAContinuousParameterIntegratesToOneBordersIncluded(int centers)
    {
        ParzenEstimator density = Fit(Spaces.Single, centers, 5, out SpaceEncoding encoding);
        double sum = 0;
        const int N = 20_000;
        for (int i = 0; i < N; i++) sum += Math.Exp(density.LogDensity(EncodedPoint.Of(encoding, Spaces.Single.FromUnit([(i + 0.5) / N])))) / N;
        Assert.Equal(1, sum, 1e-4);
    }

    [Fact]
    public void SamplesFollowTheDensity()
    {
        ParzenEstimator density = Fit(Spaces.Small, 5, 1, out SpaceEncoding encoding);
        AssignmentIndex all = AssignmentIndex.TryCreate(Spaces.Small, FiniteDomain.All, "", out _)!;
        var random = new RandomStream(2, StreamPurpose.Run);
        var counts = new int[all.Count];
        const int N = 20_000;
        for (int i = 0; i < N; i++) counts[all.IndexOf(density.Sample(random))]++;
        double chiSquare = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = N * Math.Exp(density.LogDensity(EncodedPoint.Of(encoding, all.At(i))));
            chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
        }

        Assert.InRange(chiSquare, 0, 55.5); // 27 degrees of freedom: the 99.9 % point
    }

    [Fact]
    public void SamplesOfATruncatedKernelFillTheIntervalWithoutPilingUpAtTheBorder()
    {
        var encoding = new SpaceEncoding(Spaces.Single);
        ParzenEstimator density = ParzenEstimator.Fit(encoding, [[0.0], [0.001], [0.002]], [1, 1, 1], new TpeOptions());
        var random = new RandomStream(2, StreamPurpose.Run);
        double[] x = [.. Enumerable.Range(0, 4000).Select(_ => density.Sample(random)[0]!.Value.AsNumber())];
        Assert.InRange(x.Count(v => v == 0), 0, 2);
        Assert.InRange(x.Count(v => v < 0.5), 3000, 3999);
    }

    [Fact]
    public void FarFromAllCentresTheDensityIsThePriors()
    {
        var encoding = new SpaceEncoding(Spaces.Single);
        double[][] centers = [.. Enumerable.Repeat(new[] { 0.1 }, 99)];
        ParzenEstimator density = ParzenEstimator.Fit(encoding, centers, [.. centers.Select(_ => 1.0)], new TpeOptions { MinBandwidth = 0.001 });
        Assert.Equal(Math.Log(1.0 / 100), density.LogDensity(EncodedPoint.Of(encoding, Spaces.Single.FromUnit([0.9]))), 1e-9);
    }

    [Fact]
    public void AShareFarInTheTailOfAKernelKeepsAFiniteDensity()
    {
        var space = new Space([new IntParameter("n", 0, 9)]);
        var encoding = new SpaceEncoding(space);
        ParzenEstimator density = ParzenEstimator.Fit(
            encoding, [.. Enumerable.Repeat(new[] { 0.05 }, 50)], [.. Enumerable.Repeat(1.0, 50)], new TpeOptions { Bandwidth = 1e-6, MinBandwidth = 1e-4, PriorWeight = 1e-300 });
        Assert.True(double.IsFinite(density.LogDensity(EncodedPoint.Of(encoding, space.FromUnit([0.95])))));
    }
}
