using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class RandomAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new RandomAlgorithm();

    [Fact]
    public void TrialsAreUniformOnTheTransformedSpaceAndBordersAreReached()
    {
        Assignment[] trials = [.. Create().Suggest(new Sweeper(Spaces.Mixed, _ => 0).Context, 3000).Suggestions.Select(s => s.Assignment)];
        double[][] u = [.. trials.Select(a => a.ToUnit())];
        for (int d = 0; d < 9; d++) Assert.Equal(0.5, u.Average(x => x[d]), 0.03);
        Assert.Contains(trials, a => a["n"] == ParameterValue.Of(-3));
        Assert.Contains(trials, a => a["n"] == ParameterValue.Of(20));
        Assert.Contains(trials, a => a["step"] == ParameterValue.Of(0.0));
        Assert.Contains(trials, a => a["step"] == ParameterValue.Of(1.0));
        Assert.Contains(trials, a => a["logn"] == ParameterValue.Of(1));
        Assert.Contains(trials, a => a["logstep"] == ParameterValue.Of(8.0));
    }

    [Fact]
    public void ATrialDependsOnItsNumberAndTheSeedOnly()
    {
        SearchContext context = new Sweeper(Spaces.Mixed, _ => 0).Context;
        SuggestResult all = Create().Suggest(context, 20);
        Assert.Equal(all.Suggestions[13], Create().Suggest(context with { FirstTrial = 13 }, 1).Suggestions[0]);
    }
}
