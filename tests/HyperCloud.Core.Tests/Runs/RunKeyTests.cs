using CsCheck;

namespace HyperCloud.Core.Tests;

public class RunKeyTests
{
    private static readonly Gen<RunKey> Keys = Gen.Select(
        Gen.Int[0, 1 << 20], Gen.Enum<SeedPool>(), Gen.Int[0, 1 << 29], Gen.Int[0, 3], Gen.Int[0, 3], (t, p, r, k, g) => new RunKey(t, p, r, k, g));

    [Fact]
    public void TextRoundTrips() => Keys.Sample(key => RunKey.TryParse(key.ToString(), out RunKey again) && again == key);

    [Fact]
    public void TheTextIsShortWhereTaskAndRungAreZero()
    {
        Assert.Equal("12-search-0", new RunKey(12, SeedPool.Search, 0).ToString());
        Assert.Equal("0-evaluation-7-t1-r2", new RunKey(0, SeedPool.Evaluation, 7, 1, 2).ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1-search")]
    [InlineData("1-training-0")]
    [InlineData("-1-search-0")]
    [InlineData("1-search-0-t0")]
    [InlineData("1-search-0-r1-t1")]
    [InlineData("1-search-0-t1-t2")]
    [InlineData("1-search-0-x1")]
    [InlineData("1-search-99999999999")]
    [InlineData("1-search-0-t1-r1-r2")]
    public void OtherTextIsNoKey(string? text) => Assert.False(RunKey.TryParse(text, out _));

    [Fact]
    public void KeysOrderByTrialThenPoolThenReplicate()
    {
        RunKey[] sorted = [new(0, SeedPool.Search, 5), new(0, SeedPool.Selection, 0), new(1, SeedPool.Search, 0), new(1, SeedPool.Search, 1), new(1, SeedPool.Search, 1, 1)];
        Assert.Equal(sorted, sorted.Reverse().Order());
    }
}
