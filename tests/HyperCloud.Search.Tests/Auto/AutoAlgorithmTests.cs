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
    public void ALargerOrContinuousSpaceAndASweepWithoutLimitGetThePortfolio()
    {
        string First(Space space, int? budget) => Create().Suggest(new Sweeper(space, Bowl) { Budget = budget }.Context, 1).Suggestions[0].Reason;
        Assert.StartsWith("auto (more configurations than 27 trials): ", First(Spaces.Small, 27));
        Assert.StartsWith("auto (more configurations than 1000 trials): ", First(Spaces.Single, 1000));
        Assert.StartsWith("auto (no limit of trials): ", First(Spaces.Small, null));
    }

    private static string[] Reasons(Space space, Func<Assignment, double> loss, int trials, PortfolioOptions? options = null)
    {
        var sweep = new Sweeper(space, loss);
        sweep.Run(new AutoAlgorithm(options), trials);
        return [.. sweep.Asked.Select(a => a.Result.Suggestions[0].Reason)];
    }

    [Fact]
    public void WithoutNoiseItIsTheGaussianProcess()
    {
        var space = new Space([new FloatParameter("x", -5, 5), new FloatParameter("y", 0, 1)]);
        Assert.All(Reasons(space, Bowl, 30).Skip(10), r => Assert.StartsWith("auto (no limit of trials): gp: log expected improvement", r));
    }

    [Fact]
    public void UnderNoiseTpeAndTheLeastMeanHelp()
    {
        var random = new RandomStream(4, StreamPurpose.Run);
        var space = new Space([new FloatParameter("x", -5, 5), new FloatParameter("y", 0, 1)]);
        string[] reasons = Reasons(space, a => Bowl(a) + random.NextNormal(), 60);
        Assert.Contains(reasons, r => r.Contains("the process sees noise") && r.Contains("tpe: good"));
        Assert.Contains(reasons.Skip(40), r => r.Contains("gp: least posterior mean"));
        Assert.DoesNotContain(reasons.Take(40), r => r.Contains("gp: least posterior mean"));
    }

    [Fact]
    public void AStalledSearchLooksAtOtherBranches()
    {
        // One branch has a narrow optimum, another is flat and not far from it, the third is bad.
        var space = new Space(
        [
            new CategoricalParameter("k", [Spaces.V("flat"), Spaces.V("narrow"), Spaces.V("bad")]),
            new FloatParameter("x", 0, 1) { When = [Spaces.When("k", Spaces.V("narrow"))] },
            new FloatParameter("y", 0, 1),
        ]);
        double Loss(Assignment a)
        {
            double y = a["y"]!.Value.AsNumber();
            return a["k"]!.Value == Spaces.V("flat") ? 0.5 + 1e-3 * y : a["k"]!.Value == Spaces.V("bad") ? 3 + y : 1 - Math.Exp(-100 * Math.Pow(a["x"]!.Value.AsNumber() - 0.83, 2)) + y;
        }

        var sweep = new Sweeper(space, Loss);
        sweep.Run(Create(), 60);
        string[] reasons = [.. sweep.Asked.Select(a => a.Result.Suggestions[0].Reason)];
        Assert.Contains(reasons, r => r.EndsWith("gp: stalled, branch k=flat"));
        Assert.Contains(reasons, r => r.EndsWith("gp: stalled, branch k=bad"));
        Assert.True(reasons.Count(r => r.EndsWith("k=bad")) < reasons.Count(r => r.EndsWith("k=flat")));
        Assert.InRange(sweep.Observations.Min(o => o.Loss!.Value), 0, 0.05);
    }

    [Fact]
    public void ManyParametersAreTpes() =>
        Assert.All(Reasons(Spaces.Wide, Bowl, 14).Skip(10), r => Assert.StartsWith("auto (no limit of trials): tpe: good", r));

    [Fact]
    public void TenThousandObservationsAreServed()
    {
        SearchContext context = GpAlgorithmTests.Many(10_000);
        string[] reasons = [.. Create().Suggest(context, 2).Suggestions.Select(s => s.Reason)];
        Assert.Contains("gp:", reasons[0]);
        Assert.Contains("tpe: good 25 of 10000", reasons[1]);
    }
}
