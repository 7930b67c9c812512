using System.Collections.Immutable;
using CsCheck;

namespace HyperCloud.Core.Tests;

public class SpaceTests
{
    private static ParameterValue V(string s) => ParameterValue.Of(s);

    private static ImmutableArray<ConditionClause> When(params (string Parent, ParameterValue[] Values)[] clauses) =>
        [.. clauses.Select(c => new ConditionClause(c.Parent, [.. c.Values]))];

    // booster → drop (dart or goss) → depth (drop ≥ 2 values) with an int parent, a constant parent, and two parents at once.
    internal static Space Nested() => new(
    [
        new FloatParameter("late", 0, 1) { Step = 0.5m, When = When(("mode", [V("x")]), ("drop", [ParameterValue.Of(2), ParameterValue.Of(3)])) },
        new CategoricalParameter("booster", [V("gbdt"), V("dart"), V("goss")]) { Default = V("dart") },
        new IntParameter("drop", 1, 3) { When = When(("booster", [V("dart"), V("goss")])), Default = ParameterValue.Of(1) },
        new CategoricalParameter("mode", [V("x"), V("y")]) { When = When(("drop", [ParameterValue.Of(2.0), ParameterValue.Of(1)])), Default = V("y") },
        new ConstantParameter("fixed", ParameterValue.Of(true)),
        new CategoricalParameter("flag", [ParameterValue.Of(true), ParameterValue.Of(false)]) { When = When(("fixed", [ParameterValue.Of(true)])), Default = ParameterValue.Of(true) },
        new IntParameter("never", 0, 9) { When = When(("fixed", [ParameterValue.Of(true)]), ("booster", [V("gbdt")])), Default = ParameterValue.Of(0) },
    ]);

    [Fact]
    public void ParentsComeFirstAndTiesKeepTheSpecsOrder() =>
        Assert.Equal(["booster", "drop", "mode", "late", "fixed", "flag", "never"], Nested().ParentsFirst.ToArray().Select(i => Nested().Parameters[i].Name));

    [Fact]
    public void AParameterIsActiveExactlyWhenAllItsParentsAreActiveAndMatch()
    {
        Space space = Nested();
        Gen.Double[0, 1].Array[space.Count].Sample(u =>
        {
            Assignment a = space.FromUnit(u);
            string booster = a["booster"]!.Value.AsText();
            Assert.Equal(booster != "gbdt", a["drop"] is not null);
            Assert.Equal(a["drop"] is { } d && d.AsInteger() <= 2, a["mode"] is not null);
            Assert.Equal(a["mode"] == V("x") && a["drop"] == ParameterValue.Of(2), a["late"] is not null);
            Assert.NotNull(a["flag"]);
            Assert.Equal(booster == "gbdt", a["never"] is not null);
        });
    }

    [Fact]
    public void ChooseIsAskedParentsFirstAndNeverForAnInactiveParameter()
    {
        Space space = Nested();
        List<string> asked = [];
        Assignment a = space.Build(i =>
        {
            asked.Add(space.Parameters[i].Name);
            return space.Parameters[i].ValueAt(0);
        });
        Assert.Equal(["booster", "fixed", "flag", "never"], asked);
        Assert.Equal("booster=gbdt fixed=true flag=true never=0", a.ToString());
    }

    [Fact]
    public void AssignmentsAreCountedOnceForEachCombinationOfActiveParameters()
    {
        // booster gbdt: never 10; dart, goss: drop 3 × (1: mode 2, 2: mode x with late 3 or y, 3: nothing) = 2 + 4 + 1; flag doubles all.
        Assert.Equal((10 + 2 * (2 + 4 + 1)) * 2, Nested().CountAssignments());
        HashSet<Assignment> seen = [];
        var random = new RandomStream(1, StreamPurpose.Run);
        var u = new double[Nested().Count];
        for (int i = 0; i < 5000; i++)
        {
            for (int k = 0; k < u.Length; k++) u[k] = random.NextDouble();
            seen.Add(Nested().FromUnit(u));
        }

        Assert.Equal(48, seen.Count);
    }

    [Fact]
    public void CountingStopsAtTheLimitAndAtContinuousParameters()
    {
        Assert.Equal(48, Nested().CountAssignments(48));
        Assert.Null(Nested().CountAssignments(47));
        Assert.Equal(1, new Space([]).CountAssignments());
        Assert.Equal(1, new Space([]).CountAssignments(1));
        Assert.Null(new Space([new FloatParameter("f", 0, 1)]).CountAssignments());
        Assert.Equal(1, new Space([new FloatParameter("f", 1, 1)]).CountAssignments());
        var wide = new Space(Enumerable.Range(0, 200).Select(i => new IntParameter($"n{i}", 0, long.MaxValue - 1)));
        Assert.Null(wide.CountAssignments(long.MaxValue));
        var flags = new Space(Enumerable.Range(0, 40).Select(i => new IntParameter($"n{i}", 0, 1)));
        Assert.Equal(1L << 40, flags.CountAssignments(long.MaxValue));
    }

    [Fact]
    public void AContinuousParameterThatNoCombinationActivatesDoesNotMatter()
    {
        var space = new Space([new ConstantParameter("c", V("a")), new FloatParameter("f", 0, 1) { When = When(("c", [V("b")])) }]);
        Assert.Equal(1, space.CountAssignments());
    }

    [Fact]
    public void TheDefaultConfigurationHoldsTheActiveDefaultsAndConstants()
    {
        Assert.Equal("booster=dart drop=1 mode=y fixed=true flag=true", Nested().Default()!.ToString());
        Assert.Equal("", new Space([]).Default()!.ToString());
    }

    [Fact]
    public void ThereIsNoDefaultConfigurationWhenAnActiveDefaultIsMissing()
    {
        Space space = Nested();
        Assert.Null(new Space(space.Parameters.Select(p => p.Name == "flag" ? p with { Default = null } : p)).Default());
        Assert.NotNull(new Space(space.Parameters.Select(p => p.Name == "never" ? p with { Default = null } : p)).Default());
    }

    [Fact]
    public void AllProblemsAreNamedAtOnce()
    {
        var e = Assert.Throws<SpaceException>(() => new Space(
        [
            new FloatParameter("lr", 0, 1),
            new IntParameter("lr", 0, 1),
            new IntParameter("a", 0, 1) { When = When(("nobody", [V("x")]), ("lr", [ParameterValue.Of(0.5)])) },
        ]));
        Assert.Equal(["lr", "a", "a"], e.Problems.Select(p => p.Parameter));
        Assert.Contains("'nobody'", e.Message);
        Assert.Contains("float 'lr'", e.Message);
    }

    [Fact]
    public void CyclesAreRefusedAndNamed()
    {
        IntParameter Child(string name, string parent) => new(name, 0, 1) { When = When((parent, [ParameterValue.Of(1)])) };
        var e = Assert.Throws<SpaceException>(() => new Space([new IntParameter("free", 0, 1), Child("a", "b"), Child("b", "c"), Child("c", "a"), Child("d", "a")]));
        Assert.Equal(["a", "b", "c", "d"], e.Problems.Select(p => p.Parameter));
        Assert.Throws<SpaceException>(() => new Space([Child("self", "self")]));
    }

    [Fact]
    public void APointMustHaveOneCoordinateForEachParameter() =>
        Assert.Contains("need 7", Assert.Throws<ArgumentException>(() => Nested().FromUnit([0.5])).Message);
}
