using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class AssignmentIndexTests
{
    private static AssignmentIndex Number(Space space) => AssignmentIndex.TryCreate(space, FiniteDomain.All, "is continuous", out _)!;

    public static TheoryData<int> Finite => [0, 1, 2, 3];

    private static Space SpaceOf(int which) => which switch
    {
        0 => Spaces.Small,
        1 => new Space(Spaces.Conditional.Parameters.Select(p => p is FloatParameter f ? new IntParameter(f.Name, 0, 3) { When = f.When } : p is IntParameter { Log: true } i ? i with { Max = 9 } : p)),
        2 => Spaces.Empty,
        _ => new Space([new IntParameter("parent", 0, 99), new IntParameter("child", 1, 3) { When = [Spaces.When("parent", ParameterValue.Of(7), ParameterValue.Of(50))] }]),
    };

    [Theory]
    [MemberData(nameof(Finite))]
    public void EveryAssignmentHasOneNumber(int which)
    {
        Space space = SpaceOf(which);
        AssignmentIndex index = Number(space);
        Assert.Equal(space.CountAssignments(), index.Count);
        HashSet<Assignment> seen = [];
        for (long i = 0; i < index.Count; i++)
        {
            Assignment a = index.At(i);
            Spaces.AssertInside(space, a);
            Assert.True(seen.Add(a));
            Assert.Equal(i, index.IndexOf(a));
        }
    }

    [Fact]
    public void AParentOfManyValuesCostsABranchForEachNamedValueOnly()
    {
        var space = new Space(
        [
            new IntParameter("parent", 0, 1_000_000_000), new IntParameter("child", 1, 2) { When = [Spaces.When("parent", ParameterValue.Of(3))] },
            new IntParameter("other", 1, 5),
        ]);
        AssignmentIndex index = Number(space);
        Assert.Equal(5 * (1_000_000_000L + 2), index.Count);
        foreach (long i in new[] { 0, 9, 10, 12_345_678_900 % index.Count, index.Count - 1 }) Assert.Equal(i, index.IndexOf(index.At(i)));
    }

    [Fact]
    public void TooManyBranchesAreRefusedWithTheBound()
    {
        var parents = Enumerable.Range(0, 17).Select(i => (Parameter)new IntParameter($"p{i}", 0, 1));
        var children = Enumerable.Range(0, 17).Select(i => (Parameter)new IntParameter($"c{i}", 0, 1) { When = [Spaces.When($"p{i}", ParameterValue.Of(1))] });
        Assert.Null(AssignmentIndex.TryCreate(new Space(parents.Concat(children)), FiniteDomain.All, "is continuous", out string? problem));
        Assert.Contains("65536", problem);
    }
}
