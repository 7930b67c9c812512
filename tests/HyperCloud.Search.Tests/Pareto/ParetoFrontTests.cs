using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class ParetoFrontTests
{
    internal static double[][] Random(int count, int objectives, ulong seed, int levels = 0)
    {
        var random = new RandomStream(seed, StreamPurpose.Run);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, objectives).Select(_ => levels == 0 ? random.NextDouble() : random.NextInt(levels)).ToArray())];
    }

    [Fact]
    public void DominanceIsNowhereWorseAndSomewhereBetter()
    {
        Assert.True(ParetoFront.Dominates([1, 2], [1, 3]));
        Assert.False(ParetoFront.Dominates([1, 2], [1, 2]));
        Assert.False(ParetoFront.Dominates([0, 3], [1, 2]));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 4)] // many ties and equal vectors
    [InlineData(3, 0)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    public void FrontsAreThoseOfTheDefinition(int objectives, int levels)
    {
        double[][] losses = Random(60, objectives, 5, levels);
        List<int> rest = [.. Enumerable.Range(0, losses.Length)];
        List<int[]> fronts = ParetoFront.Fronts(losses);
        foreach (int[] front in fronts)
        {
            int[] expected = [.. rest.Where(i => !rest.Any(j => ParetoFront.Dominates(losses[j], losses[i])))];
            Assert.Equal(expected, front.Order());
            rest = [.. rest.Except(front)];
        }

        Assert.Empty(rest);
        Assert.Equal(fronts[0].Order(), ParetoFront.Of(losses));
        List<int[]> some = ParetoFront.Fronts(losses, fronts[0].Length + 1);
        Assert.Equal(Math.Min(2, fronts.Count), some.Count);
    }

    [Fact]
    public void NothingHasNoFront() => Assert.Empty(ParetoFront.Of([]));

    [Fact]
    public void CrowdingIsTheSumOfTheNeighboursDistancesInPartsOfTheRange()
    {
        // By hand: the ranges are 10 and 100; the second is between (0, 100) and (6, 30), the third between (1, 80) and (10, 0).
        double[] distance = ParetoFront.Crowding([[0, 100], [1, 80], [6, 30], [10, 0]]);
        Assert.Equal(double.PositiveInfinity, distance[0]);
        Assert.Equal(0.6 + 0.7, distance[1], 1e-12);
        Assert.Equal(0.9 + 0.8, distance[2], 1e-12);
        Assert.Equal(double.PositiveInfinity, distance[3]);
    }

    [Fact]
    public void EveryBeginningOfTheOrderIsNearlyTheBestSetOfItsSize()
    {
        double[][] front = [.. Enumerable.Range(0, 12).Select(i => (double[])[Math.Cos(i * Math.PI / 22), Math.Sin(i * Math.PI / 22)]).Select(v => (double[])[1 - v[0], 1 - v[1]])];
        int[] order = FrontOrder.Of(front);
        Assert.Equal(Enumerable.Range(0, 12), order.Order());
        double[] reference = [1.1, 1.1];
        for (int size = 1; size <= 3; size++)
        {
            double chosen = Hypervolume.Of([.. order.Take(size).Select(i => front[i])], reference), best = 0;
            for (int set = 0; set < 1 << 12; set++)
                if (System.Numerics.BitOperations.PopCount((uint)set) == size)
                    best = Math.Max(best, Hypervolume.Of([.. front.Where((_, i) => (set >> i & 1) == 1)], reference));
            Assert.InRange(chosen, 0.95 * best, best);
        }
    }
}
