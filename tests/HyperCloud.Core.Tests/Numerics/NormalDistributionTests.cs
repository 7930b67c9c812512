namespace HyperCloud.Core.Tests;

public class NormalDistributionTests
{
    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> CdfVectors => new()
    {
        { -37.0, 5.725571222524577e-300 },
        { -20.0, 2.7536241186062337e-89 },
        { -5.5, 1.8989562465887718e-08 },
        { -1.0, 0.15865525393145705 },
        { -0.1, 0.460172162722971 },
        { 0.0, 0.5 },
        { 0.7, 0.758036347776927 },
        { 2.0, 0.9772498680518208 },
        { 6.0, 0.9999999990134123 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> LogCdfVectors => new()
    {
        { -1000000.0, -500000000014.73444 },
        { -38.0, -726.5572160188201 },
        { -10.0, -53.23128515051247 },
        { -1.0, -1.8410216450092636 },
        { 0.5, -0.3689464152886564 },
        { 3.0, -0.0013508099647481938 },
        { 9.0, -1.1285884059538405e-19 },
        { 37.0, -5.725571222524577e-300 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> QuantileVectors => new()
    {
        { 1e-300, -37.0470962993612 },
        { 1e-20, -9.262340089798407 },
        { 0.001, -3.0902323061678136 },
        { 0.025, -1.9599639845400543 },
        { 0.3, -0.5244005127080408 },
        { 0.5, 0.0 },
        { 0.95, 1.6448536269514722 },
        { 0.999999, 4.753424308817087 },
    };

    [Theory]
    [MemberData(nameof(CdfVectors))]
    public void CdfIsAccurate(double x, double expected) => Ulps.Within(8, expected, NormalDistribution.Cdf(x), $"Cdf({x:R})");

    [Theory]
    [MemberData(nameof(LogCdfVectors))]
    public void LogCdfIsAccurate(double x, double expected) => Ulps.Within(12, expected, NormalDistribution.LogCdf(x), $"LogCdf({x:R})");

    [Theory]
    [MemberData(nameof(QuantileVectors))]
    public void QuantileIsAccurate(double x, double expected) => Ulps.Within(6, expected, NormalDistribution.Quantile(x), $"Quantile({x:R})");

    [Fact]
    public void QuantileInvertsTheCdfFarIntoTheTail()
    {
        var random = new RandomStream(7, StreamPurpose.Run);
        for (int i = 0; i < 5000; i++)
        {
            double x = -37 * random.NextDouble();
            // The tail's condition number is about x².
            Assert.Equal(x, NormalDistribution.Quantile(NormalDistribution.Cdf(x)), 1e-14 * (1 + Math.Abs(x)));
            x = 5 * random.NextDouble();
            Assert.Equal(x, NormalDistribution.Quantile(NormalDistribution.Cdf(x)), 1e-9);
        }
    }

    [Fact]
    public void TheDensityIsTheSlopeOfTheCdf()
    {
        for (double x = -6; x <= 6; x += 0.37)
        {
            double slope = (NormalDistribution.Cdf(x + 1e-5) - NormalDistribution.Cdf(x - 1e-5)) / 2e-5;
            Assert.Equal(slope, NormalDistribution.Density(x), 1e-9);
            Assert.Equal(Math.Log(NormalDistribution.Density(x)), NormalDistribution.LogDensity(x), 1e-13);
        }
    }

    [Fact]
    public void TheirBorders()
    {
        Assert.Equal((0.0, 1.0), (NormalDistribution.Cdf(double.NegativeInfinity), NormalDistribution.Cdf(double.PositiveInfinity)));
        Assert.Equal((double.NegativeInfinity, 0.0), (NormalDistribution.LogCdf(double.NegativeInfinity), NormalDistribution.LogCdf(double.PositiveInfinity)));
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (NormalDistribution.Quantile(0), NormalDistribution.Quantile(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalDistribution.Quantile(1.0000001));
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalDistribution.Quantile(double.NaN));
    }
}
