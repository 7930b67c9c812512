using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class GridAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new GridAlgorithm();

    private protected override bool RepeatsUnderNoise => false;

    private protected override Space Prepare(Space space) =>
        new(space.Parameters.Select(p => p is FloatParameter { Step: null } f ? f with { Points = 5 } : p), space.Forbidden);

    private protected override IEnumerable<Space> AllSpaces => base.AllSpaces.Where(s => s != Spaces.Wide).Select(Prepare);

    [Fact]
    public void PointsGoFromEndToEndOnTheScaleAndIntsMayHavePointsToo()
    {
        var space = new Space(
        [
            new FloatParameter("x", 0, 1) { Points = 5 }, new FloatParameter("lr", 1e-4, 1) { Log = true, Points = 5 },
            new IntParameter("n", 1, 1000) { Points = 4 }, new IntParameter("few", 0, 2) { Points = 7 }, new FloatParameter("mid", 2, 4) { Points = 1 },
        ]);
        var sweep = new Sweeper(space, Bowl);
        Assert.NotNull(sweep.Run(Create(), 1000));
        double[] Values(string name) => [.. sweep.Observations.Select(o => o.Assignment[name]!.Value.AsNumber()).Distinct().Order()];
        Assert.Equal(5 * 5 * 4 * 3, sweep.Observations.Count);
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], Values("x"));
        Assert.All(Values("lr").Zip([1e-4, 1e-3, 1e-2, 1e-1, 1]), p => Assert.Equal(1, p.First / p.Second, 1e-12));
        Assert.Equal([1, 334, 667, 1000], Values("n"));
        Assert.Equal([0, 1, 2], Values("few"));
        Assert.Equal([3], Values("mid"));
    }

    [Fact]
    public void ARangeWithoutStepOrPointsIsRefusedByName()
    {
        SearchContext context = new Sweeper(Spaces.Single, Bowl).Context;
        var e = Assert.Throws<SearchException>(() => Create().Suggest(context, 1));
        Assert.Contains("'x' is continuous and has neither 'step' nor 'points'", e.Message);
        Assert.Equal(e.Message, SearchAlgorithms.Problem("grid", Spaces.Single));
        Assert.Null(SearchAlgorithms.Problem("grid", Prepare(Spaces.Single)));
        Assert.Null(SearchAlgorithms.Problem("tpe", Spaces.Single));
    }

    [Fact]
    public void AContinuousParameterThatIsNeverActiveDoesNoHarm()
    {
        var space = new Space([new ConstantParameter("k", Spaces.V("a")), new FloatParameter("x", 0, 1) { When = [Spaces.When("k", Spaces.V("b"))] }]);
        Assert.Single(Create().Suggest(new Sweeper(space, Bowl).Context, 1).Suggestions);
    }

    [Fact]
    public void AGridOfManyBillionsOfPointsIsWalkedWithoutListingIt()
    {
        var space = new Space(Enumerable.Range(0, 18).Select(i => new IntParameter($"n{i}", 0, 9)));
        var sweep = new Sweeper(space, Bowl);
        Assert.Null(sweep.Run(Create(), 200));
        Assert.Equal(200, sweep.Observations.Select(o => o.Assignment).Distinct().Count());
        Assert.Contains("of 1000000000000000000", sweep.Asked[0].Result.Suggestions[0].Reason);
    }

    [Fact]
    public void AGridOfTooManyPointsIsRefusedWithTheBound()
    {
        var space = new Space(Enumerable.Range(0, 20).Select(i => new IntParameter($"n{i}", 0, 9)));
        Assert.Contains("2^63 or more", Assert.Throws<SearchException>(() => Create().Suggest(new Sweeper(space, Bowl).Context, 1)).Message);
    }

    [Fact]
    public void AGridCutShortHasSeenAllRegionsNotOneCorner()
    {
        var space = new Space(Enumerable.Range(0, 4).Select(i => new IntParameter($"n{i}", 0, 9)));
        var sweep = new Sweeper(space, Bowl);
        sweep.Run(Create(), 100);
        for (int d = 0; d < 4; d++)
        {
            Assert.Equal(10, sweep.Observations.Select(o => o.Assignment[d]).Distinct().Count());
            Assert.InRange(sweep.Observations.Average(o => o.Assignment[d]!.Value.AsInteger()), 3.3, 5.7);
        }
    }

    [Fact]
    public void ConfigurationsFromElsewhereAreNotVisitedAgainAndThoseOffTheGridAreNoPoints()
    {
        var space = new Space([new FloatParameter("x", 0, 1) { Points = 3 }, new IntParameter("n", 0, 1)]);
        SearchContext context = new Sweeper(space, Bowl).Context;
        Assignment on = space.Build(i => i == 0 ? ParameterValue.Of(0.5) : ParameterValue.Of(1));
        Assignment off = space.Build(i => i == 0 ? ParameterValue.Of(0.1) : ParameterValue.Of(1));
        SuggestResult result = Create().Suggest(context with { FirstTrial = 2, Pending = [new(0, on), new(1, off)] }, 10);
        Assert.Equal(5, result.Suggestions.Count);
        Assert.DoesNotContain(on, result.Suggestions.Select(s => s.Assignment));
        Assert.Contains("all 6 points", result.Exhausted);
    }

    [Fact]
    public void ACancelledTrialsPointComesAgain()
    {
        SearchContext context = new Sweeper(Spaces.Small, Bowl).Context;
        Assignment first = Create().Suggest(context, 1).Suggestions[0].Assignment;
        Assert.Equal(first, Create().Suggest(context with { FirstTrial = 1 }, 1).Suggestions[0].Assignment); // trial 0 was told as nothing
    }
}
