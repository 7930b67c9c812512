using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class IndexPermutationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(4097)]
    public void EveryIndexIsHitOnce(long count)
    {
        var permutation = new IndexPermutation(42, StreamPurpose.Grid, count);
        Assert.Equal(Enumerable.Range(0, (int)count).Select(i => (long)i), Enumerable.Range(0, (int)count).Select(i => permutation.At(i)).Order());
    }

    [Fact]
    public void ItDependsOnTheKeyAndLeavesFewInPlace()
    {
        var a = new IndexPermutation(1, StreamPurpose.Grid, 10_000);
        var b = new IndexPermutation(2, StreamPurpose.Grid, 10_000);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => a.At(i) == b.At(i)), 0, 10);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => a.At(i) == i), 0, 10);
    }

    [Fact]
    public void TheLargestCountWorks()
    {
        var permutation = new IndexPermutation(1, StreamPurpose.Grid, long.MaxValue);
        Assert.Equal(100, Enumerable.Range(0, 100).Select(i => permutation.At(long.MaxValue - 1 - i)).Where(x => x is >= 0 and < long.MaxValue).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => permutation.At(long.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => permutation.At(-1));
    }
}
