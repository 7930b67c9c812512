namespace HyperCloud.Core.Tests;

public class RandomStreamTests
{
    [Fact]
    public void ItsFirstWordsAreThePublishedVectorOfItsCounterAndKey()
    {
        // Key and index 0; purpose is the last counter word, so block 0 is Philox(0, 0, 0, purpose).
        var stream = new RandomStream(0x0123456789ABCDEF, StreamPurpose.Suggestion, 0x1122334455667788);
        for (uint block = 0; block < 3; block++)
        {
            (uint a, uint b, uint c, uint d) = Philox.Block(block, 0x55667788, 0x11223344, 3, 0x89ABCDEF, 0x01234567);
            Assert.Equal([a, b, c, d], new[] { stream.NextUInt32(), stream.NextUInt32(), stream.NextUInt32(), stream.NextUInt32() });
        }
    }

    [Fact]
    public void TwoStreamsOfTheSameKeyPurposeAndIndexAreEqual()
    {
        var a = new RandomStream(5, StreamPurpose.Grid, 9);
        var b = new RandomStream(5, StreamPurpose.Grid, 9);
        for (int i = 0; i < 100; i++) Assert.Equal(a.NextUInt64(), b.NextUInt64());
    }

    [Fact]
    public void StreamsOfOtherKeysPurposesOrIndicesShareNothing()
    {
        var seen = new HashSet<ulong>();
        int drawn = 0;
        foreach (ulong key in new[] { 0UL, 1UL, 1UL << 32, ulong.MaxValue })
            foreach (StreamPurpose purpose in Enum.GetValues<StreamPurpose>())
                foreach (ulong index in new[] { 0UL, 1UL, 1UL << 32 })
                {
                    var stream = new RandomStream(key, purpose, index);
                    for (int i = 0; i < 100; i++, drawn++) seen.Add(stream.NextUInt64());
                }

        Assert.Equal(drawn, seen.Count);
    }

    [Fact]
    public void DoublesAreUniformOnTheUnitInterval()
    {
        const int N = 200_000, Bins = 100;
        var stream = new RandomStream(42, StreamPurpose.Run);
        var counts = new int[Bins];
        for (int i = 0; i < N; i++)
        {
            double u = stream.NextDouble();
            Assert.InRange(u, 0, 1 - (1.0 / (1L << 53)));
            counts[(int)(u * Bins)]++;
        }

        Assert.InRange(ChiSquare(counts, N), 0, 150); // 99 degrees of freedom: the 99.9 % point is 148.2
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(1 << 16)]
    public void IntegersAreUniformAndInRange(int count)
    {
        var stream = new RandomStream(1, StreamPurpose.Run, (ulong)count);
        int bins = Math.Min(count, 100), n = 50_000;
        var counts = new int[bins];
        for (int i = 0; i < n; i++)
        {
            int k = stream.NextInt(count);
            Assert.InRange(k, 0, count - 1);
            if (count <= 100 || k / (count / bins) < bins) counts[count <= 100 ? k : k / (count / bins)]++;
        }

        int kept = counts.Sum();
        Assert.True(kept > n * 0.95);
        Assert.InRange(ChiSquare(counts, kept), 0, bins - 1 + 4.5 * Math.Sqrt(2.0 * bins) + 5);
    }

    [Fact]
    public void IntegersAreUnbiasedWhereTakingTheHighWordAloneWouldNotBe()
    {
        // For count = 3·2^29 a multiplication without rejection gives every third value twice the weight of the others.
        const int Count = 3 << 29, N = 60_000;
        var stream = new RandomStream(3, StreamPurpose.Run);
        var counts = new int[3];
        for (int i = 0; i < N; i++) counts[stream.NextInt(Count) % 3]++;
        Assert.InRange(ChiSquare(counts, N), 0, 13.8); // 2 degrees of freedom: the 99.9 % point
    }

    [Fact]
    public void ACountBelowOneIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomStream(1, StreamPurpose.Run).NextInt(0));

    [Fact]
    public void NormalsHaveTheMomentsAndTailsOfTheNormal()
    {
        const int N = 200_000;
        var stream = new RandomStream(8, StreamPurpose.Run);
        double sum = 0, squares = 0, fourth = 0;
        int beyond = 0;
        for (int i = 0; i < N; i++)
        {
            double z = stream.NextNormal();
            Assert.True(double.IsFinite(z));
            sum += z;
            squares += z * z;
            fourth += z * z * z * z;
            if (Math.Abs(z) > 1.959963984540054) beyond++;
        }

        Assert.InRange(sum / N, -4 / Math.Sqrt(N), 4 / Math.Sqrt(N));
        Assert.InRange(squares / N, 1 - 4 * Math.Sqrt(2.0 / N), 1 + 4 * Math.Sqrt(2.0 / N));
        Assert.InRange(fourth / N, 3 - 4 * Math.Sqrt(96.0 / N), 3 + 4 * Math.Sqrt(96.0 / N));
        Assert.InRange(beyond / (double)N, 0.048, 0.052);
    }

    [Fact]
    public void ShuffleMakesEveryPermutationEquallyLikely()
    {
        var counts = new Dictionary<string, int>();
        for (ulong i = 0; i < 12_000; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            new RandomStream(1, StreamPurpose.Grid, i).Shuffle<char>(items);
            string key = new(items);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(24, counts.Count);
        Assert.InRange(ChiSquare([.. counts.Values], 12_000), 0, 49.7); // 23 degrees of freedom: the 99.9 % point
    }

    private static double ChiSquare(int[] counts, int n)
    {
        double expected = (double)n / counts.Length;
        return counts.Sum(c => (c - expected) * (c - expected) / expected);
    }
}
