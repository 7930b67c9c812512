using System.Text.Json;
using CsCheck;

namespace HyperCloud.Core.Tests;

public class AssignmentTests
{
    private static readonly Space Mixed = new(
    [
        new FloatParameter("lr", 1e-6, 1) { Log = true },
        new FloatParameter("whole", 0, 4) { Step = 1 },
        new IntParameter("n", 1, 1000) { Log = true },
        new CategoricalParameter("c", [ParameterValue.Of("a"), ParameterValue.Of(1), ParameterValue.Of(2.0), ParameterValue.Of(false), ParameterValue.Null]),
        new FloatParameter("x", -1, 1) { When = [new ConditionClause("c", [ParameterValue.Of("a")])] },
        new ConstantParameter("k", ParameterValue.Of(200)),
    ]);

    private static Assignment Parse(Space space, string json)
    {
        using var document = JsonDocument.Parse(json);
        return Assignment.FromJson(space, document.RootElement);
    }

    [Fact]
    public void JsonRoundTripsBitForBitAndKeepsTypes() => Gen.Double[0, 1].Array[Mixed.Count].Sample(u =>
    {
        Assignment a = Mixed.FromUnit(u), b = Parse(Mixed, a.ToJson());
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal(a.ToJson(), b.ToJson());
        for (int i = 0; i < Mixed.Count; i++) Assert.Equal(a[i]?.Kind, b[i]?.Kind);
        Assert.Equal(a["c"] == ParameterValue.Of("a"), a.ToJson().Contains("\"x\":"));
    });

    [Fact]
    public void WholeDoublesAreWrittenWithAPointAndIntegersAreMadeTheDomainsType()
    {
        Assignment a = Parse(Mixed, """{"lr": 1, "whole": 3, "n": 7.0, "c": 2, "k": 200.0}""");
        Assert.Equal("""{"lr":1.0,"whole":3.0,"n":7,"c":2.0,"k":200}""", a.ToJson());
    }

    [Fact]
    public void AllProblemsOfAConfigurationAreNamedAtOnce()
    {
        var e = Assert.Throws<FormatException>(() => Parse(Mixed, """{"lr": 2, "whole": 0.5, "c": 1, "x": 0.1, "k": 200, "nope": 1, "n": [1]}"""));
        foreach (string part in new[] { "'lr' cannot be 2", "'whole' cannot be 0.5", "'x' is given, but inactive here", "'nope' is not a parameter", "'n' must be a scalar", "'n' is missing" })
            Assert.Contains(part, e.Message);
        Assert.Contains("must be an object", Assert.Throws<FormatException>(() => Parse(Mixed, "[]")).Message);
    }

    [Fact]
    public void TheEmptySpaceHasTheEmptyConfiguration()
    {
        var space = new Space([]);
        Assert.Equal("{}", space.FromUnit([]).ToJson());
        Assert.Equal(space.FromUnit([]), Parse(space, "{}"));
    }

    [Fact]
    public void InactiveCoordinatesAreMarkedInTheUnitCube()
    {
        Assignment a = Parse(Mixed, """{"lr": 1e-3, "whole": 2, "n": 1, "c": null, "k": 200}""");
        Assert.Equal(0.5, a.ToUnit()[0], 1e-12);
        Assert.True(double.IsNaN(a.ToUnit()[4]));
        Assert.Equal(-1, a.ToUnit(-1)[4]);
        Assert.Null(a["x"]);
        Assert.Throws<KeyNotFoundException>(() => a["nope"]);
    }

    [Fact]
    public void ConfigurationsDifferWhereAValueOrItsPresenceDiffers()
    {
        Assignment a = Parse(Mixed, """{"lr": 0.1, "whole": 2, "n": 1, "c": "a", "x": 0.0, "k": 200}""");
        Assert.NotEqual(a, Parse(Mixed, """{"lr": 0.1, "whole": 2, "n": 1, "c": "a", "x": 0.5, "k": 200}"""));
        Assert.NotEqual(a, Parse(Mixed, """{"lr": 0.1, "whole": 2, "n": 1, "c": 1, "k": 200}"""));
        Assert.False(a.Equals(null));
    }
}
