using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

/// <summary>Spaces that every algorithm must cope with.</summary>
internal static class Spaces
{
    public static ParameterValue V(string s) => ParameterValue.Of(s);

    public static ConditionClause When(string parent, params ParameterValue[] values) => new(parent, [.. values]);

    /// <summary>Every kind of parameter, on and off a log scale, with and without steps.</summary>
    public static Space Mixed { get; } = new(
    [
        new FloatParameter("x", -5, 10),
        new FloatParameter("lr", 1e-6, 1) { Log = true },
        new FloatParameter("step", 0, 1) { Step = 0.1m },
        new FloatParameter("logstep", 0.5, 8) { Step = 0.5m, Log = true },
        new IntParameter("n", -3, 20),
        new IntParameter("logn", 1, 1024) { Log = true },
        new IntParameter("even", 2, 64) { Step = 2 },
        new CategoricalParameter("c", [V("a"), V("b"), ParameterValue.Of(3), ParameterValue.Null]),
        new OrdinalParameter("o", [V("s"), V("m"), V("l")]),
        new CategoricalParameter("only", [V("one")]),
        new ConstantParameter("k", ParameterValue.Of(200)),
    ]);

    /// <summary>Conditions on categorical, int and constant parents, nested, with several parents and values.</summary>
    public static Space Conditional { get; } = new(
    [
        new FloatParameter("deep", 0, 1) { When = [When("layers", ParameterValue.Of(2), ParameterValue.Of(3)), When("model", V("net"))] },
        new CategoricalParameter("model", [V("net"), V("tree"), V("linear")]),
        new IntParameter("layers", 1, 3) { When = [When("model", V("net"))] },
        new IntParameter("units", 4, 512) { Log = true, When = [When("layers", ParameterValue.Of(1), ParameterValue.Of(2), ParameterValue.Of(3))] },
        new IntParameter("depth", 1, 12) { When = [When("model", V("tree"))] },
        new CategoricalParameter("prune", [ParameterValue.Of(true), ParameterValue.Of(false)]) { When = [When("model", V("tree"), V("linear"))] },
        new FloatParameter("alpha", 1e-4, 10) { Log = true, When = [When("prune", ParameterValue.Of(true))] },
    ]);

    /// <summary>28 configurations, some parameters conditional.</summary>
    public static Space Small { get; } = new(
    [
        new CategoricalParameter("c", [V("a"), V("b"), V("d")]),
        new IntParameter("n", 0, 3),
        new FloatParameter("s", 0, 1) { Step = 0.25m, When = [When("c", V("a"))] },
    ]);

    /// <summary>One continuous parameter.</summary>
    public static Space Single { get; } = new([new FloatParameter("x", 0, 1)]);

    /// <summary>No parameters: one configuration.</summary>
    public static Space Empty { get; } = new([]);

    /// <summary>200 parameters.</summary>
    public static Space Wide { get; } = new(Enumerable.Range(0, 200).Select(i => (Parameter)(
        i % 4 == 0 ? new IntParameter($"p{i}", 0, 9) : i % 4 == 1 ? new CategoricalParameter($"p{i}", [V("a"), V("b"), V("c")]) : new FloatParameter($"p{i}", 0, 1))));

    public static IEnumerable<Space> All => [Mixed, Conditional, Small, Single, Wide];

    /// <summary>The mixed space with about two thirds forbidden, by values, by ranges and by both together.</summary>
    public static Space MixedForbidden { get; } = new(Mixed.Parameters,
    [
        new([new("c", [V("a"), ParameterValue.Null])]),
        new([new("x", [], Min: 0)]),
        new([new("n", [], Max: 5), new("o", [V("s"), V("m")])]),
    ]);

    /// <summary>The conditional space without one branch, and with an end of a conditional parameter cut off.</summary>
    public static Space ConditionalForbidden { get; } = new(Conditional.Parameters,
        [new([new("model", [V("linear")])]), new([new("deep", [], Min: 0.3)]), new([new("prune", [ParameterValue.Of(true)]), new("depth", [], 1, 4)])]);

    /// <summary>The small space with 8 of its 28 configurations forbidden: c=b with n ≥ 2, and s ≤ 0.25 with n from 1 to 3 of c=a.</summary>
    public static Space SmallForbidden { get; } = new(Small.Parameters,
        [new([new("c", [V("b")]), new("n", [], Min: 2)]), new([new("s", [], Max: 0.25), new("n", [], 1, 3)])]);

    /// <summary>The conditional space with beliefs about a float, an int, a list, and conditional parameters.</summary>
    public static Space Believed { get; } = new(Conditional.Parameters.Select(p => p.Name switch
    {
        "deep" => p with { Prior = new(ParameterValue.Of(0.25), 10) },
        "model" => p with { Prior = new(V("tree"), 3) },
        "units" => p with { Prior = new(ParameterValue.Of(512), 20) },
        "alpha" => p with { Prior = new(ParameterValue.Of(1e-4), 1000) },
        _ => p,
    }));

    /// <summary>Spaces with forbidden combinations.</summary>
    public static IEnumerable<Space> WithForbidden =>
        [MixedForbidden, ConditionalForbidden, SmallForbidden, new(Single.Parameters, [new([new("x", [], 0.02, 0.999)])])];

    /// <summary>Whether every value is in its domain, every active parameter present and every inactive one absent.</summary>
    public static void AssertInside(Space space, Assignment assignment)
    {
        Assert.True(space.Allows(assignment), $"{assignment} is forbidden by {space.ForbiddenBy(assignment)}");
        for (int i = 0; i < space.Count; i++)
        {
            bool active = space.IsActive(i, assignment.Values);
            Assert.True(active == assignment[i] is not null, $"{space.Parameters[i].Name} in {assignment}");
            if (assignment[i] is { } value) Assert.True(space.Parameters[i].Contains(value), $"{space.Parameters[i].Name} in {assignment}");
        }
    }
}
