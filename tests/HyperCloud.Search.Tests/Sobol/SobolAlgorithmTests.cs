using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class SobolAlgorithmTests : SearchAlgorithmTests
{
    private protected override ISearchAlgorithm Create() => new SobolAlgorithm();

    [Fact]
    public void EveryAlignedBlockOfTrialsFillsEveryParameterEvenly()
    {
        var space = new Space(Enumerable.Range(0, 20).Select(i => new IntParameter($"n{i}", 0, 15)));
        var sweep = new Sweeper(space, _ => 0);
        sweep.Run(Create(), 64);
        for (int block = 0; block < 64; block += 16)
            for (int d = 0; d < space.Count; d++)
                Assert.Equal(16, sweep.Observations.Skip(block).Take(16).Select(o => o.Assignment[d]!.Value.AsInteger()).Distinct().Count());
    }

    [Fact]
    public void ConstantsTakeNoDimension()
    {
        Parameter[] floats = [new FloatParameter("a", 0, 1), new FloatParameter("b", 0, 1)];
        SearchContext plain = new Sweeper(new Space(floats), _ => 0).Context;
        SearchContext with = plain with { Space = new Space([floats[0], new ConstantParameter("k", ParameterValue.Of(1)), floats[1]]) };
        Assert.Equal(Create().Suggest(plain, 8).Suggestions.Select(s => s.Assignment["b"]), Create().Suggest(with, 8).Suggestions.Select(s => s.Assignment["b"]));
    }

    [Fact]
    public void ParametersBeyondThePublishedDimensionsAreRandomAndTheReasonSaysSo()
    {
        var space = new Space(Enumerable.Range(0, SobolSequence.MaxDimensions + 3).Select(i => new FloatParameter($"x{i}", 0, 1)));
        SuggestResult result = Create().Suggest(new Sweeper(space, _ => 0).Context, 2);
        Assert.All(result.Suggestions, s => Assert.Contains($"3 parameters beyond {SobolSequence.MaxDimensions} dimensions", s.Reason));
        Assert.NotEqual(result.Suggestions[0].Assignment[space.Count - 1], result.Suggestions[1].Assignment[space.Count - 1]);
    }
}
