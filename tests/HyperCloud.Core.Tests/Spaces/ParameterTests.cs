using System.Collections.Immutable;
using CsCheck;

namespace HyperCloud.Core.Tests;

public class ParameterTests
{
    private static readonly Gen<double> Unit = Gen.Double[0, 1];

    public static TheoryData<Parameter> Finite => new()
    {
        new FloatParameter("step", 0, 1) { Step = 0.1m },
        new FloatParameter("negative step", -0.3, 0.3) { Step = 0.05m },
        new FloatParameter("log step", 0.1, 10) { Step = 0.1m, Log = true },
        new FloatParameter("coarse log step", 0.5, 100.5) { Step = 20m, Log = true },
        new FloatParameter("single", 0.7, 0.7),
        new FloatParameter("long bound", 0.12345678901234567, 1.12345678901234567) { Step = 0.5m },
        new IntParameter("int", -3, 11),
        new IntParameter("int step", 4, 256) { Step = 4 },
        new IntParameter("log int", 1, 1024) { Log = true },
        new IntParameter("log int step", 8, 800) { Log = true, Step = 8 },
        new IntParameter("one int", 5, 5),
        new CategoricalParameter("cat", [ParameterValue.Of("a"), ParameterValue.Of(true), ParameterValue.Of(1), ParameterValue.Of(2.5), ParameterValue.Null]),
        new OrdinalParameter("ord", [ParameterValue.Of("s"), ParameterValue.Of("m"), ParameterValue.Of("l")]),
        new ConstantParameter("const", ParameterValue.Of(200)),
    };

    public static TheoryData<Parameter> Continuous => new()
    {
        new FloatParameter("float", -5, 10),
        new FloatParameter("log float", 1e-8, 10) { Log = true },
        new FloatParameter("tiny", 1e-300, 2e-300),
        new FloatParameter("wide log", 1e-300, 1e300) { Log = true },
        new FloatParameter("huge", -1.5e308, 1.5e308),
    };

    [Theory]
    [MemberData(nameof(Finite))]
    public void FiniteDomainsRoundTripThroughIndexAndUnit(Parameter parameter)
    {
        long n = Assert.NotNull(parameter.Cardinality);
        for (long i = 0; i < n; i++)
        {
            ParameterValue value = parameter.ValueAt(i);
            Assert.Equal(i, parameter.IndexOf(value));
            Assert.True(parameter.Contains(value), $"{value}");
            double u = parameter.ToUnit(value);
            Assert.InRange(u, 0, 1);
            Assert.Equal(value, parameter.FromUnit(u));
        }
    }

    [Theory]
    [MemberData(nameof(Finite))]
    [MemberData(nameof(Continuous))]
    public void EveryPointOfTheUnitIntervalIsInsideTheDomain(Parameter parameter) =>
        Unit.Sample(u => parameter.Contains(parameter.FromUnit(u)), iter: 2000);

    [Theory]
    [MemberData(nameof(Finite))]
    [MemberData(nameof(Continuous))]
    public void OrderedDomainsAreMonotoneInTheUnit(Parameter parameter)
    {
        if (!parameter.IsOrdered) return;
        Gen.Select(Unit, Unit).Sample((a, b) => Position(Math.Min(a, b)) <= Position(Math.Max(a, b)), iter: 1000);

        double Position(double u) => parameter.FromUnit(u) is var v && parameter.Cardinality is null ? v.AsNumber() : parameter.IndexOf(v);
    }

    [Theory]
    [MemberData(nameof(Continuous))]
    public void ContinuousDomainsRoundTrip(Parameter parameter) => Unit.Sample(u =>
        Assert.Equal(u, parameter.ToUnit(parameter.FromUnit(u)), 1e-12), iter: 2000);

    [Theory]
    [MemberData(nameof(Finite))]
    [MemberData(nameof(Continuous))]
    public void TheBoundsAreHitExactly(Parameter parameter)
    {
        (ParameterValue low, ParameterValue high) = parameter switch
        {
            FloatParameter f => (ParameterValue.Of(f.Min), ParameterValue.Of(f.Max)),
            IntParameter i => (ParameterValue.Of(i.Min), ParameterValue.Of(i.Max)),
            _ => (parameter.ValueAt(0), parameter.ValueAt(parameter.Cardinality!.Value - 1)),
        };
        Assert.Equal(low, parameter.FromUnit(0));
        Assert.Equal(high, parameter.FromUnit(1));
        Assert.Equal(low, parameter.FromUnit(-0.1));
        Assert.Equal(high, parameter.FromUnit(1.1));
    }

    [Theory]
    [MemberData(nameof(Finite))]
    public void ValuesOfFiniteDomainsWithoutLogOwnEqualShares(Parameter parameter)
    {
        if (parameter is FloatParameter { Log: true } or IntParameter { Log: true }) return;
        long n = parameter.Cardinality!.Value;
        const int PerValue = 64;
        var counts = new int[n];
        for (long k = 0; k < n * PerValue; k++) counts[parameter.IndexOf(parameter.FromUnit((k + 0.5) / (n * PerValue)))]++;
        Assert.All(counts, c => Assert.Equal(PerValue, c));
    }

    [Theory]
    [MemberData(nameof(Finite))]
    public void TheSharesOfAllValuesCoverTheUnitIntervalAndMapBack(Parameter parameter)
    {
        long n = parameter.Cardinality!.Value;
        double end = 0;
        for (long i = 0; i < n; i++)
        {
            ParameterValue value = parameter.ValueAt(i);
            (double low, double high) = parameter.UnitShare(value);
            Assert.Equal(end, low, 1e-12);
            Assert.True(high > low);
            foreach (double at in new[] { 0.001, 0.5, 0.999 }) Assert.Equal(value, parameter.FromUnit(low + at * (high - low)));
            Assert.InRange(parameter.ToUnit(value), low, high);
            end = high;
        }

        Assert.Equal(1, end, 1e-12);
    }

    [Fact]
    public void TheShareOfAContinuousValueIsAPoint() =>
        Assert.Equal((0.25, 0.25), new FloatParameter("f", 0, 4).UnitShare(ParameterValue.Of(1.0)));

    [Fact]
    public void ALogIntGivesEachValueItsShareOfTheLogarithm()
    {
        var parameter = new IntParameter("n", 1, 16) { Log = true };
        // Borders half a step outside: value v owns log((v + 1/2) / (v − 1/2)) of log(16.5 / 0.5).
        const int N = 100_000;
        var counts = new int[17];
        for (int k = 0; k < N; k++) counts[parameter.FromUnit((k + 0.5) / N).AsInteger()]++;
        for (int v = 1; v <= 16; v++) Assert.Equal(Math.Log((v + 0.5) / (v - 0.5)) / Math.Log(33), counts[v] / (double)N, 2.0 / N);
    }

    [Fact]
    public void StepsAreDecimal()
    {
        var parameter = new FloatParameter("p", 0, 1) { Step = 0.1m };
        Assert.Equal(11, parameter.Cardinality);
        Assert.Equal([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], Enumerable.Range(0, 11).Select(k => parameter.ValueAt(k).AsNumber()));
        Assert.True(parameter.Contains(ParameterValue.Of(0.3)));
        Assert.False(parameter.Contains(ParameterValue.Of(0.1 + 0.2)));
        Assert.False(parameter.Contains(ParameterValue.Of(0.35)));
    }

    [Fact]
    public void ABoundOfSeventeenDigitsLiesOnItsOwnGrid()
    {
        var parameter = new FloatParameter("p", 0.12345678901234567, 1.12345678901234567) { Step = 0.5m };
        Assert.Equal(0.12345678901234567, parameter.ValueAt(0).AsNumber());
        Assert.True(parameter.Contains(ParameterValue.Of(0.12345678901234567)));
    }

    [Fact]
    public void TypesAreTheDomainsNotTheCallers()
    {
        Assert.Equal(ValueKind.Number, new FloatParameter("f", 0, 2).FromUnit(1).Kind);
        Assert.Equal(ValueKind.Number, new FloatParameter("f", 0, 2) { Step = 1 }.FromUnit(1).Kind);
        Assert.Equal(ValueKind.Integer, new IntParameter("i", 0, 2).FromUnit(1).Kind);
    }

    [Fact]
    public void ContainsRefusesWhatIsOutside()
    {
        Assert.False(new FloatParameter("f", 0, 1).Contains(ParameterValue.Of(1.0000001)));
        Assert.False(new FloatParameter("f", 0, 1).Contains(ParameterValue.Of("0.5")));
        Assert.True(new FloatParameter("f", 0, 1).Contains(ParameterValue.Of(1)));
        Assert.False(new IntParameter("i", 0, 10).Contains(ParameterValue.Of(1.5)));
        Assert.True(new IntParameter("i", 0, 10).Contains(ParameterValue.Of(2.0)));
        Assert.False(new IntParameter("i", 0, 10) { Step = 5 }.Contains(ParameterValue.Of(4)));
        Assert.False(new IntParameter("i", 0, 10).Contains(ParameterValue.Of(1e300)));
        ImmutableArray<ParameterValue> values = [ParameterValue.Of("a"), ParameterValue.Of(1)];
        Assert.False(new CategoricalParameter("c", values).Contains(ParameterValue.Of("b")));
        Assert.True(new CategoricalParameter("c", values).Contains(ParameterValue.Of(1.0)));
        Assert.False(new CategoricalParameter("c", values).Contains(ParameterValue.Of("1")));
        Assert.Contains("'b'", Assert.Throws<ArgumentException>(() => new CategoricalParameter("c", values).IndexOf(ParameterValue.Of("b"))).Message);
    }

    [Fact]
    public void ContinuousDomainsHaveNoIndices()
    {
        var parameter = new FloatParameter("f", 0, 1);
        Assert.Null(parameter.Cardinality);
        Assert.Throws<InvalidOperationException>(() => parameter.ValueAt(0));
        Assert.Throws<InvalidOperationException>(() => parameter.IndexOf(ParameterValue.Of(0.5)));
    }
}
