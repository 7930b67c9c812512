using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Functional ANOVA of a forest (<see cref="FunctionalAnova"/>), each tree grown on a bootstrap sample: means over the trees, and their standard
/// deviation.
/// </summary>
internal sealed class ForestEffects : IEffects
{
    private readonly FeatureSpace _space;
    private readonly RegressionTree[] _forest;
    private readonly List<(Extent[] Region, FunctionalAnova Anova)>[] _known;
    private readonly Dictionary<(FunctionalAnova, int), double[]> _marginals = [];

    /// <param name="space">The features.</param>
    /// <param name="columns">Coordinates of the trials, by feature.</param>
    /// <param name="y">Their values, of a size whose squares neither overflow nor vanish.</param>
    /// <param name="rowWeights">Their weights.</param>
    /// <param name="seed">The sweep's seed.</param>
    /// <param name="trees">How many trees.</param>
    public ForestEffects(FeatureSpace space, double[][] columns, double[] y, double[] rowWeights, ulong seed, int trees)
    {
        _space = space;
        int n = y.Length;
        double total = rowWeights.Sum(), mean = y.Select((v, i) => v * (rowWeights[i] / total)).Sum();
        double[] centred = [.. y.Select(v => v - mean)], predicted = new double[n];
        int[] unseen = new int[n];
        var grower = new TreeGrower(space, columns, y, new TreeOptions(Math.Max(2, n / 200), 16));
        _forest = new RegressionTree[trees];
        for (int t = 0; t < trees; t++)
        {
            var random = new RandomStream(seed, StreamPurpose.Importance, (ulong)t);
            double[] weights = new double[n], outside = new double[n];
            for (int i = 0; i < n; i++) weights[random.NextInt(n)]++;
            for (int i = 0; i < n; i++) weights[i] *= rowWeights[i];
            _forest[t] = grower.Grow(random, weights, outside: outside);
            for (int i = 0; i < n; i++)
            {
                if (weights[i] != 0) continue;
                predicted[i] += outside[i];
                unseen[i]++;
            }
        }

        // What a trial is predicted to be by the trees that have not seen it (out of bag); the mean if all have.
        double[] left = [.. predicted.Select((p, i) => unseen[i] == 0 ? centred[i] : y[i] - p / unseen[i])];
        RSquared = 1 - left.Select((e, i) => rowWeights[i] * e * e).Sum() / centred.Select((c, i) => rowWeights[i] * c * c).Sum();
        _known = [.. _forest.Select(_ => new List<(Extent[], FunctionalAnova)>())];
    }

    public EffectModel Model => EffectModel.Forest;

    public double RSquared { get; }

    public Estimate? Main(int feature) => Over(Inside(_space.Regions[feature]!).Select(a => Fraction(a, a.Main(feature, Marginal(a, feature)))));

    public Estimate[] Curve(int feature, double[] coordinates)
    {
        FunctionalAnova[] anovas = [.. Inside(_space.Regions[feature]!)];
        return [.. coordinates.Select(x => Over(anovas.Select(a => (double?)a.At(feature, Marginal(a, feature), x)))!.Value)];
    }

    public double? Interaction(int a, int b, Extent[] region) => Interactions(a, b, region)?.Value;

    public double? InteractionDeviation(int a, int b, Extent[] region) => Interactions(a, b, region)?.Deviation;

    public Estimate[][] Surface(int a, int b, Extent[] region, double[] first, double[] second)
    {
        double[][][] joints = [.. Inside(region).Select(t => first.Select(x => second.Select(y => t.At(a, b, x, y)).ToArray()).ToArray())];
        return [.. first.Select((_, i) => second.Select((_, j) => Over(joints.Select(t => (double?)t[i][j]))!.Value).ToArray())];
    }

    public double Predict(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (RegressionTree tree in _forest) sum += tree.At(_space, x);
        return sum / _forest.Length;
    }

    private Estimate? Interactions(int a, int b, Extent[] region) => Over(Inside(region).Select(t => Fraction(t, t.Interaction(a, b, Marginal(t, a), Marginal(t, b)))));

    // Less than rounding leaves behind is no variance.
    private static double? Fraction(FunctionalAnova anova, double variance) => anova.Variance > 1e-18 ? Math.Min(1, variance / anova.Variance) : null;

    private static Estimate? Over(IEnumerable<double?> trees)
    {
        double[] known = [.. trees.OfType<double>()];
        return known.Length == 0 ? null : new(Summation.Mean(known), known.Length < 2 ? 0 : Summation.StandardDeviation(known));
    }

    private double[] Marginal(FunctionalAnova anova, int feature) =>
        _marginals.TryGetValue((anova, feature), out double[]? known) ? known : _marginals[(anova, feature)] = anova.Marginal(feature);

    private IEnumerable<FunctionalAnova> Inside(Extent[] region)
    {
        for (int t = 0; t < _forest.Length; t++)
        {
            int known = _known[t].FindIndex(k => k.Region.AsSpan().SequenceEqual(region));
            if (known < 0)
            {
                known = _known[t].Count;
                _known[t].Add((region, new FunctionalAnova(_space, _forest[t], region)));
            }

            yield return _known[t][known].Anova;
        }
    }
}
