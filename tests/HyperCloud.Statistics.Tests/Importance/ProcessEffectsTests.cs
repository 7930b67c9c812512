using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>The averages of the process against sums over all configurations of a finite conditional space.</summary>
public sealed class ProcessEffectsTests
{
    private static readonly Space s_space = new(
    [
        new IntParameter("n", 1, 4), new CategoricalParameter("c", [ParameterValue.Of("a"), ParameterValue.Of("b"), ParameterValue.Of("d")]),
        new OrdinalParameter("o", [ParameterValue.Of("s"), ParameterValue.Of("m"), ParameterValue.Of("l")]) { When = [new("c", [ParameterValue.Of("b"), ParameterValue.Of("d")])] },
    ]);

    private readonly FeatureSpace _features = new(s_space);
    private readonly ProcessEffects _effects;

    public ProcessEffectsTests()
    {
        List<ImportanceTrial> trials = ImportanceTests.Uniform(s_space, 80, u => u[0] * (u[1] > 0.4 ? 2 + u[2] * u[2] : 1));
        _effects = new ProcessEffects(_features, _features.Encode([.. trials.Select(t => t.Assignment)]), [.. trials.Select(t => t.Value)], [.. trials.Select(_ => 1.0)], 1);
    }

    private double Predict(int n, int c, int o) => _effects.Predict([n, c, c == 0 ? double.NaN : o]);

    [Fact]
    public void Averages_where_a_child_is_active_are_those_over_the_grid()
    {
        (int N, int C, int O)[] grid = [.. from n in Enumerable.Range(0, 4) from c in new[] { 1, 2 } from o in Enumerable.Range(0, 3) select (n, c, o)];
        double mean = grid.Average(p => Predict(p.N, p.C, p.O)), variance = grid.Average(p => Math.Pow(Predict(p.N, p.C, p.O) - mean, 2));
        double[] byO = [.. Enumerable.Range(0, 3).Select(o => grid.Where(p => p.O == o).Average(p => Predict(p.N, p.C, p.O)))];
        double[] byN = [.. Enumerable.Range(0, 4).Select(n => grid.Where(p => p.N == n).Average(p => Predict(p.N, p.C, p.O)))];
        Estimate[] curve = _effects.Curve(2, [0, 1, 2]);
        for (int o = 0; o < 3; o++) Approximately.Equal(byO[o], curve[o].Value, 1e-9);
        // The variance of what is beyond main effects is taken at points: close, not exact.
        Assert.Equal(byO.Average(a => Math.Pow(a - mean, 2)) / variance, _effects.Main(2)!.Value.Value, 0.005);

        Extent[] region = _features.Both(0, 2)!;
        double joint = grid.GroupBy(p => (p.N, p.O)).Average(g => Math.Pow(g.Average(p => Predict(p.N, p.C, p.O)) - byN[g.Key.N] - byO[g.Key.O] + mean, 2));
        Assert.Equal(joint / variance, _effects.Interaction(0, 2, region)!.Value, 0.005);
        Estimate[][] surface = _effects.Surface(0, 2, region, [0, 3], [0, 2]);
        Approximately.Equal(grid.Where(p => p is { N: 3, O: 0 }).Average(p => Predict(p.N, p.C, p.O)), surface[1][0].Value, 1e-9);
    }

    [Fact]
    public void Over_the_whole_space_an_inactive_child_counts_as_it_is()
    {
        // n is always active: the average over c takes a third with o inactive.
        double[] byN = [.. Enumerable.Range(0, 4).Select(n => (Predict(n, 0, 0) + new[] { 1, 2 }.Sum(c => Enumerable.Range(0, 3).Average(o => Predict(n, c, o)))) / 3)];
        Estimate[] curve = _effects.Curve(0, [0, 1, 2, 3]);
        for (int n = 0; n < 4; n++) Approximately.Equal(byN[n], curve[n].Value, 1e-9);
        (double C, double Value, double Weight)[] all = [.. from n in Enumerable.Range(0, 4) from c in Enumerable.Range(0, 3) from o in Enumerable.Range(0, 3) select ((double)c, Predict(n, c, o), 1 / 36.0)];
        double mean = all.Sum(p => p.Value * p.Weight), variance = all.Sum(p => p.Weight * Math.Pow(p.Value - mean, 2));
        Assert.Equal(byN.Average(v => Math.Pow(v - mean, 2)) / variance, _effects.Main(0)!.Value.Value, 0.01);
    }

    [Fact]
    public void The_posterior_is_that_of_the_kernel_with_its_functions_written_out()
    {
        // One parameter: the curve is the process itself, and its deviation √(k(x,x) − k K⁻¹ k'), here solved by elimination.
        var space = new FeatureSpace(new Space([new FloatParameter("x", 0, 1)]));
        double[] x = [0.1, 0.3, 0.45, 0.7, 0.72, 0.95], y = [1, 0.2, -0.4, 0.1, 0.3, 1.5];
        var effects = new ProcessEffects(space, [x], y, [1, 2, 1, 1, 1, 1], 1);
        EffectHyperparameters h = effects.Process.Parameters;
        double mean = (y.Sum() + y[1]) / 7, scale = Math.Sqrt(y.Select((v, i) => (i == 1 ? 2 : 1) * (v - mean) * (v - mean)).Sum() / 7);
        double[] lambdas = [.. Enumerable.Range(1, 12).Select(m => Math.Pow(m, -h.Decays[0]))];
        double K(double a, double b) => h.Signal * (1 + h.Amplitudes[0] * lambdas.Select((l, m) => l / lambdas.Sum() * 2 * Math.Cos(Math.PI * (m + 1) * a) * Math.Cos(Math.PI * (m + 1) * b)).Sum());
        double[][] k = [.. x.Select((a, i) => x.Select((b, j) => K(a, b) + (i == j ? h.Noise / (i == 1 ? 2 : 1) : 0)).ToArray())];
        double[] at = [.. x.Select(a => K(a, 0.55))], alpha = Solve(k, [.. y.Select(v => (v - mean) / scale)]), beta = Solve(k, at);
        Estimate found = effects.Curve(0, [0.55])[0];
        Assert.Equal(mean + scale * at.Zip(alpha, (a, b) => a * b).Sum(), found.Value, 1e-8);
        Assert.Equal(scale * Math.Sqrt(K(0.55, 0.55) - at.Zip(beta, (a, b) => a * b).Sum()), found.Deviation, 1e-7);
    }

    private static double[] Solve(double[][] matrix, double[] right)
    {
        double[][] m = [.. matrix.Select((r, i) => r.Append(right[i]).ToArray())];
        for (int p = 0; p < m.Length; p++)
            for (int i = 0; i < m.Length; i++)
            {
                if (i == p) continue;
                double factor = m[i][p] / m[p][p];
                for (int j = p; j <= m.Length; j++) m[i][j] -= factor * m[p][j];
            }

        return [.. m.Select((r, i) => r[^1] / r[i])];
    }
}
