namespace HyperCloud.Core.Tests;

public class ElementaryTests
{
    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> SinVectors => new()
    {
        { 0.1, 0.09983341664682815 },
        { 1.0, 0.8414709848078965 },
        { -2.5, -0.5984721441039565 },
        { 3.141592653589793, 1.2246467991473532e-16 },
        { 100.0, -0.5063656411097588 },
        { 12345.678, -0.7040813137533816 },
        { 1000000.0, -0.34999350217129294 },
        { 1e+22, -0.8522008497671888 },
        { 1.7976931348623157e+308, 0.004961954789184062 },
        { 5.319372648326541e+255, 1.0 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> CosVectors => new()
    {
        { 0.1, 0.9950041652780258 },
        { 1.0, 0.5403023058681398 },
        { -2.5, -0.8011436155469337 },
        { 1.5707963267948966, 6.123233995736766e-17 },
        { 100.0, 0.8623188722876839 },
        { 12345.678, 0.7101193587160628 },
        { 1000000.0, 0.9367521275331447 },
        { 1e+22, 0.523214785395139 },
        { 1.7976931348623157e+308, -0.9999876894265599 },
        { 5.319372648326541e+255, -4.687165924254628e-19 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> SinTurnsVectors => new()
    {
        { 0.01, 0.06279051952931337 },
        { 0.3, 0.9510565162951536 },
        { -0.4, -0.587785252292473 },
        { 7.123, 0.6981654189934736 },
        { 1000000000000000.1, 0.7071067811865476 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> CosTurnsVectors => new()
    {
        { 0.01, 0.9980267284282716 },
        { 0.3, -0.30901699437494734 },
        { -0.4, -0.8090169943749475 },
        { 7.123, 0.7159364830218302 },
        { 1000000000000000.1, 0.7071067811865476 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> Log1pVectors => new()
    {
        { 1e-300, 1e-300 },
        { -1e-10, -1.00000000005e-10 },
        { 1e-05, 9.999950000333332e-06 },
        { -0.5, -0.6931471805599453 },
        { 0.3, 0.26236426446749106 },
        { 2.0, 1.0986122886681098 },
        { 10000000000.0, 23.025850930040455 },
    };

    // mpmath 1.2.1 at 600 bits.
    public static TheoryData<double, double> Expm1Vectors => new()
    {
        { 1e-300, 1e-300 },
        { -1e-10, -9.999999999500001e-11 },
        { 1e-05, 1.0000050000166668e-05 },
        { -0.5, -0.3934693402873666 },
        { 0.3, 0.3498588075760031 },
        { 2.0, 6.38905609893065 },
        { -40.0, -1.0 },
        { 700.0, 1.0142320547350045e+304 },
    };

    [Fact]
    public void ExpIsWithinOneUlpOfTheLibraryOverItsWholeRange()
    {
        // The library is itself within an ulp, so two apart is the most that two good values can be.
        var random = new RandomStream(1, StreamPurpose.Run);
        for (int i = 0; i < 20_000; i++)
        {
            double x = (random.NextDouble() - 0.5) * 1490;
            Ulps.Within(2, Math.Exp(x), Elementary.Exp(x), $"exp({x:R})");
            x = (random.NextDouble() - 0.5) * Math.ScaleB(1, -random.NextInt(70));
            Ulps.Within(2, Math.Exp(x), Elementary.Exp(x), $"exp({x:R})");
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(709.782712893384, 1.7976931348622732e308)]
    [InlineData(710, double.PositiveInfinity)]
    [InlineData(-708.4, 2.217119081664265e-308)]
    [InlineData(-745.1, 5e-324)]
    [InlineData(-746, 0)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void ExpAtItsBorders(double x, double expected) => Ulps.Within(1, expected, Elementary.Exp(x), $"exp({x:R})");

    [Fact]
    public void LogIsWithinOneUlpOfTheLibraryForAllPositiveDoubles()
    {
        var random = new RandomStream(2, StreamPurpose.Run);
        for (int i = 0; i < 20_000; i++)
        {
            double x = BitConverter.Int64BitsToDouble((long)(random.NextUInt64() % 0x7FF0000000000000UL));
            Ulps.Within(1, Math.Log(x), Elementary.Log(x), $"log({x:R})");
            x = 0.5 + random.NextDouble() * 1.5;
            Ulps.Within(1, Math.Log(x), Elementary.Log(x), $"log({x:R})");
            x = BitConverter.Int64BitsToDouble(1 + (long)(random.NextUInt64() % 0x000FFFFFFFFFFFFFUL)); // subnormal
            Ulps.Within(1, Math.Log(x), Elementary.Log(x), $"log({x:R})");
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, double.NegativeInfinity)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.Epsilon, -744.4400719213812)]
    [InlineData(double.MaxValue, 709.782712893384)]
    public void LogAtItsBorders(double x, double expected) => Ulps.Within(1, expected, Elementary.Log(x), $"log({x:R})");

    [Fact]
    public void PowIsWithinTwoUlpOfTheLibraryWhateverTheExponent()
    {
        var random = new RandomStream(3, StreamPurpose.Run);
        for (int i = 0; i < 20_000; i++)
        {
            double x = BitConverter.Int64BitsToDouble((long)(random.NextUInt64() % 0x7FF0000000000000UL));
            double y = (random.NextDouble() - 0.5) * 1480 / Math.Max(0.5, Math.Abs(Math.Log(x)));
            Ulps.Within(2, Math.Pow(x, y), Elementary.Pow(x, y), $"pow({x:R}, {y:R})");
            x = 0.5 + random.NextDouble();
            y = (random.NextDouble() - 0.5) * 4000;
            Ulps.Within(2, Math.Pow(x, y), Elementary.Pow(x, y), $"pow({x:R}, {y:R})");
        }
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 2, 0)]
    [InlineData(0, -2, double.PositiveInfinity)]
    [InlineData(1, double.PositiveInfinity, 1)]
    [InlineData(2, double.NegativeInfinity, 0)]
    [InlineData(0.5, double.NegativeInfinity, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, -1, 0)]
    [InlineData(10, 400, double.PositiveInfinity)]
    [InlineData(10, -400, 0)]
    [InlineData(2, 10, 1024)]
    [InlineData(-2, 2, double.NaN)]
    public void PowAtItsBorders(double x, double y, double expected) => Assert.Equal(expected, Elementary.Pow(x, y));

    [Theory]
    [MemberData(nameof(SinVectors))]
    public void SinIsAccurate(double x, double expected) => Ulps.Within(2, expected, Elementary.Sin(x), $"Sin({x:R})");

    [Theory]
    [MemberData(nameof(CosVectors))]
    public void CosIsAccurate(double x, double expected) => Ulps.Within(2, expected, Elementary.Cos(x), $"Cos({x:R})");

    [Theory]
    [MemberData(nameof(SinTurnsVectors))]
    public void SinTurnsIsAccurate(double x, double expected) => Ulps.Within(2, expected, Elementary.SinTurns(x), $"SinTurns({x:R})");

    [Theory]
    [MemberData(nameof(CosTurnsVectors))]
    public void CosTurnsIsAccurate(double x, double expected) => Ulps.Within(2, expected, Elementary.CosTurns(x), $"CosTurns({x:R})");

    [Theory]
    [MemberData(nameof(Log1pVectors))]
    public void Log1pIsAccurate(double x, double expected) => Ulps.Within(3, expected, Elementary.Log1p(x), $"Log1p({x:R})");

    [Theory]
    [MemberData(nameof(Expm1Vectors))]
    public void Expm1IsAccurate(double x, double expected) => Ulps.Within(4, expected, Elementary.Expm1(x), $"Expm1({x:R})");

    [Fact]
    public void SinAndCosFollowTheLibraryThroughManyQuadrants()
    {
        var random = new RandomStream(4, StreamPurpose.Run);
        for (int i = 0; i < 10_000; i++)
        {
            double x = (random.NextDouble() - 0.5) * Math.ScaleB(1, random.NextInt(40) - 10);
            Ulps.Within(2, Math.Sin(x), Elementary.Sin(x), $"sin({x:R})");
            Ulps.Within(2, Math.Cos(x), Elementary.Cos(x), $"cos({x:R})");
        }
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0.25, 1, 0)]
    [InlineData(0.5, 0, -1)]
    [InlineData(-0.25, -1, 0)]
    [InlineData(1e6, 0, 1)]
    public void QuarterTurnsAreExact(double u, double sin, double cos) =>
        Assert.Equal((sin, cos), (Elementary.SinTurns(u) + 0.0, Elementary.CosTurns(u) + 0.0));

    [Fact]
    public void TheTrigonometricFunctionsHaveNoValueAtInfinity()
    {
        foreach (Func<double, double> f in new Func<double, double>[] { Elementary.Sin, Elementary.Cos, Elementary.SinTurns, Elementary.CosTurns })
            foreach (double x in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity }) Assert.True(double.IsNaN(f(x)));
    }

    [Theory]
    [InlineData(-1, double.NegativeInfinity)]
    [InlineData(-2, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    public void Log1pAtItsBorders(double x, double expected) => Assert.Equal(expected, Elementary.Log1p(x));

    [Theory]
    [InlineData(double.NegativeInfinity, -1)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void Expm1AtItsBorders(double x, double expected) => Assert.Equal(expected, Elementary.Expm1(x));
}
