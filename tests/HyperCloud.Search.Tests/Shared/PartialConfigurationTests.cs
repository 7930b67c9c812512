using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class PartialConfigurationTests
{
    private static readonly Space s_space = new(
    [
        new CategoricalParameter("c", [Spaces.V("a"), Spaces.V("b")]) { Default = Spaces.V("a") },
        new FloatParameter("x", 0, 1) { Default = ParameterValue.Of(0.5) },
        new FloatParameter("y", 0, 1),
        new IntParameter("n", 1, 9) { When = [Spaces.When("c", Spaces.V("b"))] },
    ], [new([new("c", [Spaces.V("b")]), new("x", [], 0.4, 0.6)])]);

    private static PartialConfiguration Given(params (string, ParameterValue)[] values) => new([.. values.Select(v => KeyValuePair.Create(v.Item1, v.Item2))]);

    [Fact]
    public void WhatIsNotGivenTakesItsDefaultAndElseAPlaceInTheStartupDesign()
    {
        (Assignment a, string origin) = Given(("c", Spaces.V("a"))).Complete(s_space, 7, 3)!.Value;
        Assert.Equal((Spaces.V("a"), ParameterValue.Of(0.5)), (a["c"], a["x"]));
        Assert.Equal(SobolAlgorithm.Coordinates(s_space, 7, 3).U[2], a["y"]!.Value.AsNumber());
        Assert.Null(a["n"]);
        Assert.Contains("1 defaults and 1 parameters", origin);
        Assert.NotEqual(a, Given(("c", Spaces.V("a"))).Complete(s_space, 7, 4)!.Value.Assignment);
    }

    [Fact]
    public void WhereTheDefaultsAreForbiddenTheRestIsDrawnAndWhatIsGivenStays()
    {
        (Assignment a, string origin) = Given(("c", Spaces.V("b")), ("n", ParameterValue.Of(2))).Complete(s_space, 1, 0)!.Value;
        Assert.Equal((Spaces.V("b"), ParameterValue.Of(2)), (a["c"], a["n"]));
        Assert.True(s_space.Allows(a));
        Assert.Contains("random", origin);
    }

    [Fact]
    public void WhatIsForbiddenWholeHasNoCompletion() =>
        Assert.Null(Given(("c", Spaces.V("b")), ("x", ParameterValue.Of(0.5))).Complete(s_space, 1, 0));
}
