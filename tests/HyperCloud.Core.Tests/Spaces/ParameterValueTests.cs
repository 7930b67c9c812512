using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace HyperCloud.Core.Tests;

public class ParameterValueTests
{
    [Theory]
    [InlineData("null", ValueKind.Null, "null")]
    [InlineData("true", ValueKind.Boolean, "true")]
    [InlineData("false", ValueKind.Boolean, "false")]
    [InlineData("0", ValueKind.Integer, "0")]
    [InlineData("-9223372036854775808", ValueKind.Integer, "-9223372036854775808")]
    [InlineData("1.0", ValueKind.Number, "1.0")]
    [InlineData("1e3", ValueKind.Number, "1000.0")]
    [InlineData("0.1", ValueKind.Number, "0.1")]
    [InlineData("1e-05", ValueKind.Number, "1e-05")]
    [InlineData("1e300", ValueKind.Number, "1e+300")]
    [InlineData("-0.0", ValueKind.Number, "0.0")]
    [InlineData("18446744073709551616", ValueKind.Number, "1.8446744073709552e+19")]
    [InlineData("\"a \\u00e4\"", ValueKind.Text, "a ä")]
    [InlineData("\"1\"", ValueKind.Text, "1")]
    public void JsonScalarsKeepTheirType(string json, ValueKind kind, string text)
    {
        ParameterValue value = Read(json);
        Assert.Equal(kind, value.Kind);
        Assert.Equal(text, value.ToString());
        ParameterValue again = Read(Write(value));
        Assert.Equal(kind, again.Kind);
        Assert.Equal(value, again);
    }

    [Fact]
    public void EveryFiniteDoubleSurvivesJsonBitForBit() => Gen.Double.Where(double.IsFinite).Sample(x =>
    {
        ParameterValue again = Read(Write(ParameterValue.Of(x)));
        return again.Kind == ValueKind.Number && BitConverter.DoubleToInt64Bits(again.AsNumber()) == BitConverter.DoubleToInt64Bits(x == 0 ? 0 : x);
    });

    [Fact]
    public void EveryIntegerSurvivesJson() =>
        Gen.Long.Sample(x => Read(Write(ParameterValue.Of(x))) is { Kind: ValueKind.Integer } v && v.AsInteger() == x);

    [Fact]
    public void AnIntegerAndANumberOfTheSameSizeAreEqualAndNothingElseAcrossTypesIs()
    {
        ParameterValue one = ParameterValue.Of(1), oneDouble = ParameterValue.Of(1.0);
        Assert.True(one == oneDouble);
        Assert.Equal(one.GetHashCode(), oneDouble.GetHashCode());
        Assert.True(one != ParameterValue.Of(true));
        Assert.True(one != ParameterValue.Of("1"));
        Assert.True(ParameterValue.Of(false) != ParameterValue.Null);
        Assert.True(ParameterValue.Of("null") != ParameterValue.Null);
        Assert.Equal(default, ParameterValue.Null);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void OnlyFiniteNumbersAreValues(double x) =>
        Assert.Contains(x.ToString(CultureInfo.InvariantCulture), Assert.Throws<ArgumentException>(() => ParameterValue.Of(x)).Message);

    [Theory]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("1e999")]
    public void OtherJsonIsRefused(string json) => Assert.Throws<ArgumentException>(() => Read(json));

    [Fact]
    public void AskingForTheWrongTypeNamesTheValue()
    {
        Assert.Contains("abc", Assert.Throws<InvalidOperationException>(() => ParameterValue.Of("abc").AsNumber()).Message);
        Assert.Throws<InvalidOperationException>(() => ParameterValue.Of(1.5).AsInteger());
        Assert.Throws<InvalidOperationException>(() => ParameterValue.Of(1).AsText());
        Assert.Throws<InvalidOperationException>(() => ParameterValue.Of(1).AsBoolean());
        Assert.Equal(2, ParameterValue.Of(2).AsNumber());
    }

    private static ParameterValue Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ParameterValue.FromJson(document.RootElement);
    }

    private static string Write(ParameterValue value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) value.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
