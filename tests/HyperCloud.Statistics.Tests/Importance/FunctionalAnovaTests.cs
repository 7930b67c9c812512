using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>The decomposition of a tree that can be integrated by hand, and of a grown one against a brute-force grid.</summary>
public sealed class FunctionalAnovaTests
{
    private static readonly FeatureSpace s_space = new(new Space(
    [
        new FloatParameter("x", 0, 1), new FloatParameter("y", 0, 1), new CategoricalParameter("c", [ParameterValue.Of("a"), ParameterValue.Of("b"), ParameterValue.Of("d")]),
    ]));

    // x < 1/2: 1 if c is a, else 3. x ≥ 1/2: 5 if y < 1/4, else 2.
    private static readonly RegressionTree s_tree = new(
        [
            [new(0, 0.5, 0), new(0, 1, 0), new(0, 1, 0b001)],
            [new(0, 0.5, 0), new(0, 1, 0), new(0, 1, 0b110)],
            [new(0.5, 1, 0), new(0, 0.25, 0), new(0, 1, 0b111)],
            [new(0.5, 1, 0), new(0.25, 1, 0), new(0, 1, 0b111)],
        ],
        [1, 3, 5, 2]);

    [Fact]
    public void A_tree_by_hand()
    {
        var anova = new FunctionalAnova(s_space, s_tree, s_space.Whole);
        double[] x = anova.Marginal(0), y = anova.Marginal(1), c = anova.Marginal(2);
        Approximately.Equal(61 / 24.0, anova.Mean);
        Equal([7 / 3.0, 11 / 4.0], x);
        Equal([11 / 3.0, 13 / 6.0], y);
        Equal([15 / 8.0, 23 / 8.0, 23 / 8.0], c);
        Approximately.Equal(25 / 576.0, anova.Main(0, x));              // (5/12)² / 4
        Approximately.Equal(27 / 64.0, anova.Main(1, y));               // 3/16 · (3/2)²
        Approximately.Equal(2 / 9.0, anova.Main(2, c));                 // 2/9 · 1²
        Approximately.Equal(27 / 64.0, anova.Interaction(0, 1, x, y));  // y matters by 3 or 0, on average 3/2
        Approximately.Equal(2 / 9.0, anova.Interaction(0, 2, x, c));    // c matters by 2 or 0
        Assert.Equal(0, anova.Interaction(1, 2, y, c), 1e-15);
        // The parts are the whole: there is no interaction of three.
        Approximately.Equal(25 / 576.0 + 27 / 32.0 + 4 / 9.0, anova.Variance);
        Assert.Equal([x[0], x[1], x[1]], new[] { 0.49, 0.5, 1 }.Select(v => anova.At(0, x, v)));
    }

    [Fact]
    public void A_tree_by_hand_inside_a_box()
    {
        // Where c is b or d the left half is 3 throughout.
        var anova = new FunctionalAnova(s_space, s_tree, [s_space.Whole[0], s_space.Whole[1], new(0, 1, 0b110)]);
        Approximately.Equal(23 / 8.0, anova.Mean);
        Approximately.Equal(1 / 64.0, anova.Main(0, anova.Marginal(0)));
        Assert.Equal(0, anova.Main(2, anova.Marginal(2)), 1e-15);
        Approximately.Equal(1 / 64.0 + 27 / 32.0, anova.Variance);
    }

    [Fact]
    public void A_grown_tree_tiles_the_cube_and_agrees_with_a_grid()
    {
        var space = new FeatureSpace(new Space(
        [
            new IntParameter("n", 1, 4), new CategoricalParameter("c", [ParameterValue.Of("a"), ParameterValue.Of("b"), ParameterValue.Of("d")]),
            new OrdinalParameter("o", [ParameterValue.Of("s"), ParameterValue.Of("m"), ParameterValue.Of("l")]) { When = [new("c", [ParameterValue.Of("b"), ParameterValue.Of("d")])] },
        ]));
        List<ImportanceTrial> trials = ImportanceTests.Uniform(space.Space, 200, u => u[0] * (u[1] > 0.4 ? 2 + u[2] * u[2] : 1));
        double[] y = [.. trials.Select(t => t.Value)];
        RegressionTree tree = new TreeGrower(space, space.Encode([.. trials.Select(t => t.Assignment)]), y, new TreeOptions(2, 4))
            .Grow(new RandomStream(1, StreamPurpose.Importance), [.. y.Select(_ => 1.0)]);
        Approximately.Equal(1, tree.Boxes.Sum(space.Share));

        // Every point of the grid of cells lies in one leaf; marginals are averages over the grid, inside the region of o.
        double[,,] f = new double[4, 3, 3];
        for (int n = 0; n < 4; n++)
            for (int c = 0; c < 3; c++)
                for (int o = 0; o < 3; o++)
                    f[n, c, o] = Enumerable.Range(0, tree.Values.Length).Where(l => Has(l, 0, n) && Has(l, 1, c) && Has(l, 2, o)).Select(l => tree.Values[l]).Single();
        bool Has(int leaf, int feature, int cell) => (tree.Boxes[leaf][feature].Cells >> cell & 1) != 0;

        // Where o is not active no leaf may depend on it.
        for (int n = 0; n < 4; n++) Assert.Single(new[] { f[n, 0, 0], f[n, 0, 1], f[n, 0, 2] }.Distinct());

        (int N, int C, int O)[] grid = [.. from n in Enumerable.Range(0, 4) from c in new[] { 1, 2 } from o in Enumerable.Range(0, 3) select (n, c, o)];
        double mean = grid.Average(p => f[p.N, p.C, p.O]);
        double[] byO = [.. Enumerable.Range(0, 3).Select(o => grid.Where(p => p.O == o).Average(p => f[p.N, p.C, p.O]))];
        double[] byN = [.. Enumerable.Range(0, 4).Select(n => grid.Where(p => p.N == n).Average(p => f[p.N, p.C, p.O]))];
        var anova = new FunctionalAnova(space, tree, space.Regions[2]!);
        Equal(byO, anova.Marginal(2));
        Equal(byN, anova.Marginal(0));
        Approximately.Equal(grid.Average(p => Math.Pow(f[p.N, p.C, p.O] - mean, 2)), anova.Variance);
        Approximately.Equal(byO.Average(a => Math.Pow(a - mean, 2)), anova.Main(2, anova.Marginal(2)));
        double joint = grid.GroupBy(p => (p.N, p.O)).Average(g => Math.Pow(g.Average(p => f[p.N, p.C, p.O]) - byN[g.Key.N] - byO[g.Key.O] + mean, 2));
        Approximately.Equal(joint, anova.Interaction(0, 2, anova.Marginal(0), anova.Marginal(2)), 1e-10);
    }

    private static void Equal(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Approximately.Equal(expected[i], actual[i]);
    }
}
