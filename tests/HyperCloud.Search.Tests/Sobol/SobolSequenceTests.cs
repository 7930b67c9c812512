using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class SobolSequenceTests
{
    // scipy.stats.qmc.Sobol(1024, scramble=False, bits=32) of SciPy 1.10.1: index in natural order, dimension, coordinate times 2^32.
    public static TheoryData<uint, int, uint> SciPyPoints => new()
    {
        { 1, 0, 2147483648 },
        { 1, 1, 2147483648 },
        { 1, 2, 2147483648 },
        { 1, 7, 2147483648 },
        { 1, 31, 2147483648 },
        { 1, 100, 2147483648 },
        { 1, 255, 2147483648 },
        { 1, 511, 2147483648 },
        { 1, 1023, 2147483648 },
        { 3, 0, 3221225472 },
        { 3, 1, 1073741824 },
        { 3, 2, 1073741824 },
        { 3, 7, 3221225472 },
        { 3, 31, 1073741824 },
        { 3, 100, 1073741824 },
        { 3, 255, 3221225472 },
        { 3, 511, 3221225472 },
        { 3, 1023, 3221225472 },
        { 2, 0, 1073741824 },
        { 2, 1, 3221225472 },
        { 2, 2, 3221225472 },
        { 2, 7, 1073741824 },
        { 2, 31, 3221225472 },
        { 2, 100, 3221225472 },
        { 2, 255, 1073741824 },
        { 2, 511, 1073741824 },
        { 2, 1023, 1073741824 },
        { 86, 0, 1778384896 },
        { 86, 1, 1107296256 },
        { 86, 2, 3321888768 },
        { 86, 7, 2046820352 },
        { 86, 31, 1778384896 },
        { 86, 100, 167772160 },
        { 86, 255, 2449473536 },
        { 86, 511, 2248146944 },
        { 86, 1023, 4060086272 },
        { 512, 0, 4194304 },
        { 512, 1, 3233808384 },
        { 512, 2, 2629828608 },
        { 512, 7, 2654994432 },
        { 512, 31, 2638217216 },
        { 512, 100, 1019215872 },
        { 512, 255, 3619684352 },
        { 512, 511, 2638217216 },
        { 512, 1023, 4273995776 },
    };

    [Theory]
    [MemberData(nameof(SciPyPoints))]
    public void UnscrambledPointsAreSciPys(uint index, int dimension, uint expected) => Assert.Equal(expected, SobolSequence.Point(index, dimension));

    [Fact]
    public void ThereAreDirectionNumbersForAThousandDimensions() => Assert.Equal(1024, SobolSequence.MaxDimensions);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 9)]
    [InlineData(100, 1023)]
    public void ScramblingKeepsEachAxisStratified(int a, int b)
    {
        foreach (ulong seed in new[] { 0UL, 42UL })
            foreach (int d in new[] { a, b })
                for (int m = 1; m <= 10; m++)
                    Assert.Equal(1 << m, Enumerable.Range(0, 1 << m).Select(i => (int)(SobolSequence.Scrambled(seed, (uint)i, d) * (1 << m))).Distinct().Count());
    }

    [Fact]
    public void TheFirstTwoDimensionsFormANetInEveryElementaryInterval()
    {
        // Dimensions 1 and 2 are a (0, m, 2)-net: 2^m points, one in each box of sides 2^-j and 2^-(m-j). Scrambling must keep that.
        const int M = 8;
        (double X, double Y)[] points = [.. Enumerable.Range(0, 1 << M).Select(i => (SobolSequence.Scrambled(7, (uint)i, 0), SobolSequence.Scrambled(7, (uint)i, 1)))];
        for (int j = 0; j <= M; j++)
            Assert.Equal(1 << M, points.Select(p => ((int)(p.X * (1 << j)), (int)(p.Y * (1 << (M - j))))).Distinct().Count());
    }

    [Fact]
    public void ScrambledPointsAreUniformOverSeeds()
    {
        // One point under many seeds: a scramble that left a bit alone would show as an empty half, quarter or eighth.
        foreach (uint index in new[] { 0u, 1u, 5u })
        {
            var counts = new int[16];
            for (ulong seed = 0; seed < 4000; seed++) counts[(int)(SobolSequence.Scrambled(seed, index, 3) * 16)]++;
            Assert.InRange(counts.Sum(c => (c - 250.0) * (c - 250.0) / 250), 0, 37.7); // 15 degrees of freedom: the 99.9 % point
        }
    }

    [Fact]
    public void ScramblingIsABijectionThatDependsOnHigherBitsOnly()
    {
        var random = new RandomStream(1, StreamPurpose.Run);
        for (int i = 0; i < 2000; i++)
        {
            uint x = random.NextUInt32(), key = random.NextUInt32();
            int bit = random.NextInt(32);
            uint difference = SobolSequence.Scramble(x, key) ^ SobolSequence.Scramble(x ^ (1u << bit), key);
            Assert.Equal(bit, 31 - System.Numerics.BitOperations.LeadingZeroCount(difference)); // that bit flips, none above does
        }
    }

    [Fact]
    public void TheyIntegrateASmoothFunctionBetterThanRandomPoints()
    {
        // The mean of a product of 6 factors with mean 1; the root mean square error over seeds.
        const int N = 256, Dimensions = 6, Seeds = 30;
        double F(Func<int, double> u)
        {
            double product = 1;
            for (int d = 0; d < Dimensions; d++) product *= 1 + 0.5 * (u(d) - 0.5);
            return product;
        }

        double sobol = 0, random = 0;
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var stream = new RandomStream(seed, StreamPurpose.Run);
            double s = 0, r = 0;
            for (uint i = 0; i < N; i++)
            {
                s += F(d => SobolSequence.Scrambled(seed, i, d)) / N;
                r += F(_ => stream.NextDouble()) / N;
            }

            sobol += (s - 1) * (s - 1) / Seeds;
            random += (r - 1) * (r - 1) / Seeds;
        }

        Assert.True(Math.Sqrt(sobol) < Math.Sqrt(random) / 10, $"sobol {Math.Sqrt(sobol):G3}, random {Math.Sqrt(random):G3}");
    }
}
