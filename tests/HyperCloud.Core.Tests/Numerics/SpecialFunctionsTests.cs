namespace HyperCloud.Core.Tests;

public class SpecialFunctionsTests
{
    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> ErfVectors => new()
    {
        { 1e-300, 1.1283791670955126e-300 },
        { 0.1, 0.1124629160182849 },
        { -0.4687, -0.49256818249964407 },
        { 0.5, 0.5204998778130465 },
        { 1.0, 0.8427007929497149 },
        { -2.5, -0.999593047982555 },
        { 5.0, 0.9999999999984626 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> ErfcVectors => new()
    {
        { -3.0, 1.9999779095030015 },
        { -0.3, 1.3286267594591274 },
        { 0.1, 0.887537083981715 },
        { 0.47, 0.5062549491139179 },
        { 1.0, 0.15729920705028513 },
        { 3.9, 3.4792248597231765e-08 },
        { 4.1, 6.700027654084918e-09 },
        { 10.0, 2.088487583762545e-45 },
        { 26.0, 5.663192408856143e-296 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> ErfcxVectors => new()
    {
        { 0.0, 1.0 },
        { 0.3, 0.7345993345676551 },
        { 1.0, 0.427583576155807 },
        { 4.5, 0.12248480427384142 },
        { 100.0, 0.005641613782989433 },
        { 10000000000.0, 5.641895835477563e-11 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> LogGammaVectors => new()
    {
        { 1e-300, 690.7755278982137 },
        { 0.1, 2.252712651734206 },
        { 0.5, 0.5723649429247001 },
        { 0.9999, 5.7729791561193866e-05 },
        { 1.0, 0.0 },
        { 1.5, -0.12078223763524522 },
        { 2.0, 0.0 },
        { 2.0001, 4.2281658112919945e-05 },
        { 3.3, 0.9870985778947344 },
        { 9.99, 12.779315214350193 },
        { 10.0, 12.801827480081469 },
        { 171.5, 709.1431630309282 },
        { 10000000000.0, 220258509288.81058 },
        { 1e+300, 6.897755278982137e+302 },
    };

    [Theory]
    [MemberData(nameof(ErfVectors))]
    public void ErfIsAccurate(double x, double expected) => Ulps.Within(5, expected, SpecialFunctions.Erf(x), $"Erf({x:R})");

    [Theory]
    [MemberData(nameof(ErfcVectors))]
    public void ErfcIsAccurate(double x, double expected) => Ulps.Within(6, expected, SpecialFunctions.Erfc(x), $"Erfc({x:R})");

    [Theory]
    [MemberData(nameof(ErfcxVectors))]
    public void ErfcxIsAccurate(double x, double expected) => Ulps.Within(6, expected, SpecialFunctions.Erfcx(x), $"Erfcx({x:R})");

    [Theory]
    [MemberData(nameof(LogGammaVectors))]
    public void LogGammaIsAccurate(double x, double expected) => Assert.Equal(expected, SpecialFunctions.LogGamma(x), 1e-15 * Math.Max(1, Math.Abs(expected)));

    [Fact]
    public void ErfAndErfcAddUpAndReflect()
    {
        var random = new RandomStream(5, StreamPurpose.Run);
        for (int i = 0; i < 2000; i++)
        {
            double x = (random.NextDouble() - 0.5) * 14;
            Assert.Equal(1, SpecialFunctions.Erf(x) + SpecialFunctions.Erfc(x), 4e-16);
            Assert.Equal(-SpecialFunctions.Erf(x), SpecialFunctions.Erf(-x));
            Assert.Equal(2, SpecialFunctions.Erfc(x) + SpecialFunctions.Erfc(-x), 5e-16);
        }
    }

    [Fact]
    public void LogGammaKeepsItsRecurrenceAcrossAllBranches()
    {
        var random = new RandomStream(6, StreamPurpose.Run);
        for (int i = 0; i < 5000; i++)
        {
            double x = random.NextDouble() * 14;
            double left = SpecialFunctions.LogGamma(x + 1), right = SpecialFunctions.LogGamma(x) + Elementary.Log(x);
            Assert.Equal(left, right, 1e-14 * Math.Max(1, Math.Abs(left)));
        }
    }

    [Fact]
    public void TheirBorders()
    {
        Assert.Equal(0, SpecialFunctions.Erfc(30));
        Assert.Equal(2, SpecialFunctions.Erfc(double.NegativeInfinity));
        Assert.Equal(1, SpecialFunctions.Erf(double.PositiveInfinity));
        Assert.True(double.IsNaN(SpecialFunctions.Erf(double.NaN)));
        Assert.Throws<ArgumentOutOfRangeException>(() => SpecialFunctions.Erfcx(-0.1));
        Assert.Equal(double.PositiveInfinity, SpecialFunctions.LogGamma(0));
        Assert.Equal(double.PositiveInfinity, SpecialFunctions.LogGamma(double.PositiveInfinity));
        Assert.True(double.IsNaN(SpecialFunctions.LogGamma(-0.5)));
    }
}
