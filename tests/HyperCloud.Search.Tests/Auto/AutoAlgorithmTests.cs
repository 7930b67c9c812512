using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class AutoAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new AutoAlgorithm();

    private protected override bool Learns => true;

    [Fact]
    public void ASpaceNoLargerThanTheBudgetIsSearchedExhaustively()
    {
        var sweep = new Sweeper(Spaces.Small, Bowl) { Budget = 28 };
        Assert.Contains("28", sweep.Run(Create(), 100));
        Assert.Equal(28, sweep.Observations.Count);
        Assert.StartsWith("auto (28 configurations, 28 trials): grid:", sweep.Asked[0].Result.Suggestions[0].Reason);
    }

    [Fact]
    public void TheExhaustiveGridVisitsEveryValueWhateverPointsSay()
    {
        var space = new Space([new IntParameter("n", 1, 20) { Points = 3 }]);
        var sweep = new Sweeper(space, Bowl) { Budget = 50 };
        sweep.Run(Create(), 100);
        Assert.Equal(20, sweep.Observations.Count);
    }

    [Fact]
    public void ALargerOrContinuousSpaceAndASweepWithoutLimitGetTpe()
    {
        string First(Space space, int? budget) => Create().Suggest(new Sweeper(space, Bowl) { Budget = budget }.Context, 1).Suggestions[0].Reason;
        Assert.StartsWith("auto (more configurations than 27 trials): ", First(Spaces.Small, 27));
        Assert.StartsWith("auto (more configurations than 1000 trials): ", First(Spaces.Single, 1000));
        Assert.StartsWith("auto (no limit of trials): ", First(Spaces.Small, null));
    }
}
