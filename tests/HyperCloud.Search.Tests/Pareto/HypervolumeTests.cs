namespace HyperCloud.Search.Tests;

public class HypervolumeTests
{
    // The fractional parts of multiples of some irrational numbers: the same points in any language.
    private static double[][] Points(int objectives)
    {
        double[] step = [0.7548776662466927, 0.5698402909980532, 0.4301597090019468, 0.8191725133961645];
        return [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, objectives).Select(k => (0.5 + (i + 1) * step[k] * (k + 1)) % 1).ToArray())];
    }

    // By inclusion and exclusion over all 4095 subsets of the points, in Python with NumPy 1.24.
    [Theory]
    [InlineData(2, 1.0250603161112992)]
    [InlineData(3, 0.8422827706731674)]
    [InlineData(4, 0.7934556869228555)]
    public void ItIsTheVolumeOfTheUnionOfBoxes(int objectives, double expected) =>
        Assert.Equal(expected, Hypervolume.Of(Points(objectives), [.. Enumerable.Repeat(1.1, objectives)]), 1e-12);

    [Fact]
    public void StairsAndCornersAreKnownByHand()
    {
        Assert.Equal(6, Hypervolume.Of([[0, 2], [1, 1], [2, 0]], [3, 3]), 1e-12);
        Assert.Equal(6, Hypervolume.Of([[1, 1], [2, 0], [0, 2], [2, 2], [1, 1]], [3, 3]), 1e-12);
        Assert.Equal(8, Hypervolume.Of([[0, 0, 0]], [2, 2, 2]), 1e-12);
        Assert.Equal(1 + 1 + 1, Hypervolume.Of([[1, 1, 1], [0, 1, 1], [1, 0, 1]], [2, 2, 2]), 1e-12);
        Assert.Equal(0, Hypervolume.Of([[3, 0], [0, 3]], [3, 3]));
        Assert.Equal(0, Hypervolume.Of([], [3, 3]));
        Assert.Equal(2, Hypervolume.Of([[1], [2]], [3]));
    }

    [Fact]
    public void AFineStaircaseUnderALineComesToTheTriangle()
    {
        // Of the points (i/n, 1 − i/n), i = 0 … n, below (1, 1): the sum of i/n² over i = 1 … n − 1 is (n − 1) / 2n.
        const int N = 1000;
        Assert.Equal((N - 1) / (2.0 * N), Hypervolume.Of([.. Enumerable.Range(0, N + 1).Select(i => (double[])[(double)i / N, 1 - (double)i / N])], [1, 1]), 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void TheGainOfAPointIsTheDifferenceOfTheVolumes(int objectives)
    {
        double[] reference = [.. Enumerable.Repeat(1.0, objectives)];
        double[][] all = ParetoFrontTests.Random(30, objectives, 8);
        double[][] front = [.. ParetoFront.Of(all).Select(i => all[i])];
        foreach (double[] added in ParetoFrontTests.Random(20, objectives, 9))
            Assert.Equal(Hypervolume.Of([.. front, added], reference) - Hypervolume.Of(front, reference), Hypervolume.Gain(front, added, reference), 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void TheBoxesAreDisjointAndFillWhatIsNotDominated(int objectives)
    {
        double[] reference = [.. Enumerable.Repeat(0.9, objectives)];
        double[][] all = ParetoFrontTests.Random(25, objectives, 3, objectives == 4 ? 8 : 0);
        if (objectives == 4) all = [.. all.Select(l => (double[])[.. l.Select(v => v / 8)])]; // ties in every coordinate
        double[][] front = [.. ParetoFront.Of(all).Select(i => all[i])];
        BoxDecomposition boxes = BoxDecomposition.Of(front, reference);
        double volume = 0;
        foreach (int[] box in boxes.Boxes)
        {
            double product = 1;
            for (int k = 0; k < objectives; k++) product *= boxes.Levels[k][box[2 * k + 1]] - Math.Max(-1, boxes.Levels[k][box[2 * k]]); // cut off at −1
            volume += product;
        }

        double whole = 1;
        foreach (double r in reference) whole *= r + 1;
        Assert.Equal(whole - Hypervolume.Of(front, reference), volume, 1e-9);
        foreach (double[] p in ParetoFrontTests.Random(300, objectives, 4))
        {
            int inside = boxes.Boxes.Count(b => Enumerable.Range(0, objectives).All(k => p[k] > boxes.Levels[k][b[2 * k]] && p[k] <= boxes.Levels[k][b[2 * k + 1]]));
            bool free = p.Zip(reference).All(x => x.First <= x.Second) && !front.Any(f => f.Zip(p).All(x => x.First < x.Second));
            Assert.Equal(free ? 1 : 0, inside);
        }
    }

    [Fact]
    public void AReferenceIsATenthOfTheRangeBeyondTheWorst()
    {
        Assert.Equal([2.2, 7.5, 6], Hypervolume.ReferenceOf([[0, 2, 5], [2, 7, 5]]), new Close(1e-12));
        Assert.Equal([double.MaxValue], Hypervolume.ReferenceOf([[-double.MaxValue], [double.MaxValue]]));
    }

    private sealed class Close(double by) : IEqualityComparer<double>
    {
        public bool Equals(double a, double b) => Math.Abs(a - b) <= by;

        public int GetHashCode(double a) => 0;
    }

    // Of two objectives by SciPy 1.10 dblquad of the volume's growth times the densities, cell by cell between the front's levels; of three by
    // Gauss–Legendre quadrature of the same over a grid of cells (NumPy 1.24).
    [Fact]
    public void TheExpectedGrowthIsItsIntegral()
    {
        var two = new HypervolumeImprovement([[0.2, 0.9], [0.5, 0.5], [0.8, 0.1]], [1.1, 1.1]);
        Assert.Equal(-2.2347322272684518, two.Log([0.45, 0.4], [0.04, 0.09]), 1e-9);
        var three = new HypervolumeImprovement([[0.2, 0.9, 0.4], [0.5, 0.5, 0.5], [0.8, 0.1, 0.7], [0.6, 0.7, 0.1]], [1.1, 1.1, 1.1]);
        Assert.Equal(-2.55389082519096, three.Log([0.5, 0.4, 0.45], [0.04, 0.09, 0.0225]), 1e-9);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ItsDerivativesAreThoseOfSmallSteps(int objectives)
    {
        double[][] all = ParetoFrontTests.Random(20, objectives, 12);
        var improvement = new HypervolumeImprovement([.. ParetoFront.Of(all).Select(i => all[i])], [.. Enumerable.Repeat(1.2, objectives)]);
        foreach (double at in new[] { 0.2, 0.6, 2.0 })
        {
            double[] mean = [.. Enumerable.Range(0, objectives).Select(k => at + 0.05 * k)], variance = [.. Enumerable.Range(0, objectives).Select(k => 0.02 + 0.01 * k)];
            double[] byMean = new double[objectives], byVariance = new double[objectives];
            Assert.Equal(improvement.Log(mean, variance), improvement.Log(mean, variance, byMean, byVariance), 1e-12);
            for (int k = 0; k < objectives; k++)
            {
                Assert.Equal(Slope(mean, k), byMean[k], 1e-4 * Math.Max(1, Math.Abs(byMean[k])));
                Assert.Equal(Slope(variance, k), byVariance[k], 1e-4 * Math.Max(1, Math.Abs(byVariance[k])));
            }

            double Slope(double[] x, int k)
            {
                double own = x[k], step = 1e-5 * Math.Max(0.1, own);
                x[k] = own + step;
                double up = improvement.Log(mean, variance);
                x[k] = own - step;
                double down = improvement.Log(mean, variance);
                x[k] = own;
                return (up - down) / (2 * step);
            }
        }
    }
}
