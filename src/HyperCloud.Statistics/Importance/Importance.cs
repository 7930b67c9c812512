using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Importance of hyperparameters. Main effects, pairs and curves: functional ANOVA of a forest (<see cref="FunctionalAnova"/>); importance among
/// the best: <see cref="PedAnova"/>; and a permutation test that says whether a parameter is separated from chance.
/// <para>
/// The measure is uniform on the transformed space: linear or logarithmic scale, equal shares for the values of finite domains. A conditional
/// parameter is judged inside the part of the space where it is active: its fraction is of the variance there, its curve an average over that
/// part. Against the whole space a parameter of a rare branch would look unimportant however much it decides there.
/// </para>
/// <para>
/// The test: what a forest on the other parameters explains out of bag is taken away (distillation: Liu, Katsevich, Janson and Ramdas, "Fast and
/// powerful conditional randomization testing via distillation", 2022), or a parameter that search moved together with one that matters would
/// borrow its effect. Then parameter values are exchanged among trials (with those of the parameters that hang on them, since a parent cannot
/// change alone), a small forest is grown again on the residuals, and the decrease of the sum of squares by the parameter's splits, main effects
/// and interactions alike, is compared with that on the real values: a conditional randomisation test (Candès, Fan, Janson and Lv, "Panning for gold", 2018), exact when the values were
/// drawn independently of all others, as in random search. A model-based search drifts; so values are exchanged only among a dozen trials
/// that stand next to each other. Permutations end early once it is clear that nothing will be shown (Besag and Clifford, "Sequential Monte
/// Carlo p-values", 1991), which changes no verdict.
/// </para>
/// A pure function of trials and seed; the order in which trials are given does not matter, to the last bit.
/// </summary>
public static class Importance
{
    /// <summary>The least number of trials that anything is said of.</summary>
    public const int LeastTrials = 10;

    /// <summary>Trials that the permutation test looks at, evenly spread over the sweep when there are more.</summary>
    private const int MostTested = 500;

    private const int TestTrees = 6, DistillingTrees = 32, BlockLength = 12, EnoughExceedances = 5;

    /// <summary>Analyses trials of one space.</summary>
    /// <param name="space">The space.</param>
    /// <param name="trials">The trials with a value, in any order.</param>
    /// <param name="goal">Which trials are the best.</param>
    /// <param name="seed">The sweep's seed.</param>
    /// <param name="options">Cost and level; null: the defaults.</param>
    /// <exception cref="ArgumentException">A value is not finite, a weight not above 0, or a number there twice.</exception>
    public static ImportanceResult Of(Space space, IReadOnlyList<ImportanceTrial> trials, Goal goal, ulong seed, ImportanceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(trials);
        options ??= new ImportanceOptions();
        ImportanceTrial[] sorted = [.. trials.OrderBy(t => t.Number)];
        for (int i = 0; i < sorted.Length; i++)
        {
            ImportanceTrial t = sorted[i];
            if (!double.IsFinite(t.Value) || !(t.Weight > 0) || !double.IsFinite(t.Weight))
                throw new ArgumentException($"values must be finite and weights above 0, but trial {t.Number} has value {t.Value} and weight {t.Weight}", nameof(trials));
            if (i > 0 && sorted[i - 1].Number == t.Number) throw new ArgumentException($"trial {t.Number} is there twice", nameof(trials));
        }

        var features = new FeatureSpace(space);
        string? none = features.Count == 0 ? "no parameter has a choice"
            : sorted.Length < LeastTrials ? string.Create(CultureInfo.InvariantCulture, $"an analysis needs at least {LeastTrials} trials with a value, but there {(sorted.Length == 1 ? "is" : "are")} {sorted.Length}")
            : sorted.All(t => t.Value == sorted[0].Value) ? "all values are equal"
            : null;
        return none is null ? new Analysis(features, sorted, goal, seed, options).Run() : new ImportanceResult
        {
            Trials = sorted.Length,
            Parameters = [.. Enumerable.Range(0, features.Count).Select(f => new ParameterImportance
            {
                Name = features.Features[f].Parameter.Name,
                ActiveShare = features.Regions[f] is { } r ? features.Share(r) : 0,
                Trials = sorted.Count(t => t.Assignment[features.Parameters[f]] is not null),
                // Constant values say nothing, however many there are; but then there were enough trials.
                Verdict = sorted.Length < LeastTrials ? ImportanceVerdict.TooFewTrials : ImportanceVerdict.NoEffectShown,
                Curve = [],
            })],
            Pairs = [],
            WhyNone = none,
        };
    }

    private sealed class Analysis
    {
        private readonly FeatureSpace _space;
        private readonly ImportanceTrial[] _trials;
        private readonly Goal _goal;
        private readonly ulong _seed;
        private readonly ImportanceOptions _options;
        private readonly double[][] _columns;
        private readonly double[] _y, _weights;
        private readonly double _center, _scale;

        public Analysis(FeatureSpace space, ImportanceTrial[] trials, Goal goal, ulong seed, ImportanceOptions options)
        {
            (_space, _trials, _goal, _seed, _options) = (space, trials, goal, seed, options);
            _columns = space.Encode([.. trials.Select(t => t.Assignment)]);
            _weights = [.. trials.Select(t => t.Weight)];
            // Centred and scaled (by a power of two), so that no square overflows and none drowns in the mean.
            double[] values = [.. trials.Select(t => t.Value)];
            double largest = values.Max(Math.Abs);
            double first = Math.ScaleB(1, Math.Clamp(Math.ILogB(largest == 0 ? 1 : largest), -1020, 1020));
            double total = _weights.Sum();
            _center = values.Select((v, i) => v / first * (_weights[i] / total)).Sum() * first;
            double spread = values.Max(v => Math.Abs(v / 2 - _center / 2));
            _scale = Math.ScaleB(1, Math.Clamp(Math.ILogB(spread == 0 ? 1 : spread), -1020, 1020) + 1);
            _y = [.. values.Select(v => v / _scale - _center / _scale)];
        }

        public ImportanceResult Run()
        {
            (RegressionTree[] forest, double[] predicted) = Forest(_space, _columns, _y, _weights, _seed, 0, _options.Trees, new TreeOptions(Math.Max(2, _y.Length / 200), 16));
            double squares = _y.Select((y, i) => _weights[i] * y * y).Sum();
            int[] active = [.. _columns.Select(c => c.Count(x => !double.IsNaN(x)))];
            bool[] judged = [.. active.Select((n, f) => n >= LeastTrials && _space.Regions[f] is not null)];
            (double[]?[][] marginals, double?[][] mains, FunctionalAnova?[][] anovas) = Mains(forest, judged);
            double?[] local = Local(judged);
            return new ImportanceResult
            {
                Trials = _trials.Length,
                Parameters = [.. Enumerable.Range(0, _space.Count).Select(f =>
                {
                    double[] fractions = Known(mains[f]);
                    double? p = judged[f] ? PValue(f) : null;
                    return new ParameterImportance
                    {
                        Name = _space.Features[f].Parameter.Name,
                        ActiveShare = _space.Regions[f] is { } r ? _space.Share(r) : 0,
                        Trials = active[f],
                        Fraction = fractions.Length == 0 ? null : Summation.Mean(fractions),
                        Spread = fractions.Length < 2 ? null : Summation.StandardDeviation(fractions),
                        PValue = p,
                        Verdict = p is null ? ImportanceVerdict.TooFewTrials : p <= _options.Level ? ImportanceVerdict.EffectShown : ImportanceVerdict.NoEffectShown,
                        LocalFraction = local[f],
                        Curve = judged[f] ? Curve(f, marginals[f], anovas[f]) : [],
                    };
                })],
                Pairs = Pairs(forest, mains, judged),
                RSquared = 1 - _y.Select((y, i) => _weights[i] * (y - predicted[i]) * (y - predicted[i])).Sum() / squares,
                LargestShare = _y.Select((y, i) => _weights[i] * y * y).Max() / squares,
            };
        }

        private static double[] Known(double?[] values) => [.. values.Where(v => v is not null).Select(v => v!.Value)];

        /// <summary>
        /// Trees on bootstrap samples, and for each row the mean prediction of those trees that have not seen it (out of bag); 0, the mean, if all have.
        /// </summary>
        private static (RegressionTree[] Forest, double[] Predicted) Forest(
            FeatureSpace space, double[][] columns, double[] y, double[] rowWeights, ulong seed, ulong stream, int trees, TreeOptions options, int[]? hidden = null)
        {
            int n = y.Length;
            var forest = new RegressionTree[trees];
            double[] predicted = new double[n];
            int[] unseen = new int[n];
            var grower = new TreeGrower(space, columns, y, options, hidden);
            for (int t = 0; t < forest.Length; t++)
            {
                var random = new RandomStream(seed, StreamPurpose.Importance, stream + (ulong)t);
                double[] weights = new double[n], outside = new double[n];
                for (int i = 0; i < n; i++) weights[random.NextInt(n)]++;
                for (int i = 0; i < n; i++) weights[i] *= rowWeights[i];
                forest[t] = grower.Grow(random, weights, outside: outside);
                for (int i = 0; i < n; i++)
                {
                    if (weights[i] != 0) continue;
                    predicted[i] += outside[i];
                    unseen[i]++;
                }
            }

            for (int i = 0; i < n; i++) predicted[i] /= Math.Max(unseen[i], 1);
            return (forest, predicted);
        }

        /// <summary>For each feature and tree its marginal inside its own region, and the fraction of the variance there.</summary>
        private (double[]?[][] Marginals, double?[][] Mains, FunctionalAnova?[][] Anovas) Mains(RegressionTree[] forest, bool[] judged)
        {
            var marginals = new double[]?[_space.Count][];
            var mains = new double?[_space.Count][];
            var anovas = new FunctionalAnova?[_space.Count][];
            for (int f = 0; f < _space.Count; f++) (marginals[f], mains[f], anovas[f]) = (new double[forest.Length][], new double?[forest.Length], new FunctionalAnova?[forest.Length]);
            for (int t = 0; t < forest.Length; t++)
            {
                List<(Extent[] Region, FunctionalAnova Anova)> known = [];
                for (int f = 0; f < _space.Count; f++)
                {
                    if (!judged[f]) continue;
                    FunctionalAnova anova = Inside(forest[t], _space.Regions[f]!, known);
                    double[] marginal = anova.Marginal(f);
                    anovas[f][t] = anova;
                    marginals[f][t] = marginal;
                    // Less than rounding leaves behind is no variance. Values are scaled to about 1.
                    if (anova.Variance > 1e-18) mains[f][t] = Math.Min(1, anova.Main(f, marginal) / anova.Variance);
                }
            }

            return (marginals, mains, anovas);
        }

        private FunctionalAnova Inside(RegressionTree tree, Extent[] region, List<(Extent[] Region, FunctionalAnova Anova)> known)
        {
            foreach ((Extent[] other, FunctionalAnova anova) in known)
                if (other.AsSpan().SequenceEqual(region)) return anova;
            known.Add((region, new FunctionalAnova(_space, tree, region)));
            return known[^1].Anova;
        }

        private ImmutableArray<PairImportance> Pairs(RegressionTree[] forest, double?[][] mains, bool[] judged)
        {
            int[] chosen = [.. Enumerable.Range(0, _space.Count).Where(f => judged[f] && Known(mains[f]).Length > 0)
                .OrderByDescending(f => Summation.Mean(Known(mains[f]))).ThenBy(f => f).Take(_options.PairParameters).Order()];
            List<(int First, int Second, Extent[] Region)> pairs = [];
            foreach (int a in chosen)
                foreach (int b in chosen)
                    // Where two are active in too few trials, their interaction would be made up by the trees.
                    // A parent of which the child leaves one value has no effect there.
                    if (a < b && _space.Both(a, b) is { } region && Varies(a, region) && Varies(b, region) && Together(a, b) >= LeastTrials) pairs.Add((a, b, region));
            var fractions = new double?[pairs.Count][];
            for (int p = 0; p < fractions.Length; p++) fractions[p] = new double?[forest.Length];
            for (int t = 0; t < forest.Length; t++)
            {
                List<(Extent[] Region, FunctionalAnova Anova)> known = [];
                Dictionary<(FunctionalAnova, int), double[]> marginals = [];
                for (int p = 0; p < pairs.Count; p++)
                {
                    (int a, int b, Extent[] region) = pairs[p];
                    FunctionalAnova anova = Inside(forest[t], region, known);
                    if (anova.Variance > 1e-18) fractions[p][t] = Math.Min(1, anova.Interaction(a, b, Marginal(anova, a), Marginal(anova, b)) / anova.Variance);
                }

                double[] Marginal(FunctionalAnova anova, int f) => marginals.TryGetValue((anova, f), out double[]? m) ? m : marginals[(anova, f)] = anova.Marginal(f);
            }

            return [.. pairs.Select((pair, p) => (pair, Values: Known(fractions[p]))).Where(p => p.Values.Length > 1)
                .Select(p => new PairImportance(Name(p.pair.First), Name(p.pair.Second), Summation.Mean(p.Values), Summation.StandardDeviation(p.Values)))
                .OrderByDescending(p => p.Fraction)];

            string Name(int f) => _space.Features[f].Parameter.Name;
        }

        private bool Varies(int f, Extent[] region) => _space.Features[f].Widths is null || !ulong.IsPow2(region[f].Cells);

        private int Together(int a, int b) => Enumerable.Range(0, _y.Length).Count(i => !double.IsNaN(_columns[a][i]) && !double.IsNaN(_columns[b][i]));

        private ImmutableArray<CurvePoint> Curve(int f, double[]?[] marginals, FunctionalAnova?[] anovas)
        {
            Parameter parameter = _space.Features[f].Parameter;
            int points = _options.CurvePoints;
            IEnumerable<ParameterValue> values = parameter.Cardinality is { } n && n <= points
                ? Enumerable.Range(0, (int)n).Select(i => parameter.ValueAt(i))
                : Enumerable.Range(0, points).Select(i => parameter.FromUnit((i + 0.5) / points)).Distinct();
            return [.. values.Select(v =>
            {
                double x = _space.Features[f].Coordinate(v);
                double[] at = [.. marginals.Select((m, t) => anovas[t]!.At(f, m!, x))];
                return new CurvePoint(v, Summation.Mean(at) * _scale + _center, at.Length < 2 ? 0 : Summation.StandardDeviation(at) * _scale);
            })];
        }

        private double?[] Local(bool[] judged)
        {
            double sign = _goal == Goal.Minimize ? 1 : -1;
            int[] order = [.. Enumerable.Range(0, _y.Length).OrderBy(i => sign * _y[i]).ThenBy(i => i)];
            double?[] divergences = [.. judged.Select((isJudged, f) =>
            {
                if (!isJudged) return (double?)null;
                double[] x = [.. order.Select(i => _columns[f][i]).Where(v => !double.IsNaN(v))];
                return PedAnova.Divergence(_space.Features[f], x, PedAnova.Best(_options.BestFraction, x.Length));
            })];
            double sum = Known(divergences).Sum();
            return [.. divergences.Select(d => sum > 0 ? d / sum : null)];
        }

        private double PValue(int feature)
        {
            int n = _y.Length, used = Math.Min(n, MostTested);
            int[] rows = [.. Enumerable.Range(0, used).Select(i => (int)((long)i * n / used))];
            double[][] columns = [.. _columns.Select(c => rows.Select(i => c[i]).ToArray())];
            double[] y = [.. rows.Select(i => _y[i])], weights = [.. rows.Select(i => _weights[i])];
            int[] moved = [feature, .. _space.DescendantsOf(feature)];
            double[][] original = [.. moved.Select(f => columns[f])];
            // What the others explain is taken away first. Residuals do not depend on the values that are exchanged, so ranks stay exact.
            (_, double[] others) = Forest(_space, columns, y, weights, _seed, (1UL << 42) + ((ulong)feature << 20), DistillingTrees, new TreeOptions(2, 4), moved);
            for (int i = 0; i < used; i++) y[i] -= others[i];
            foreach (int f in moved) columns[f] = [.. columns[f]];
            int[] active = [.. Enumerable.Range(0, used).Where(i => !double.IsNaN(original[0][i]))];
            int[] shuffled = [.. active];
            var grower = new TreeGrower(_space, columns, y, new TreeOptions(Math.Max(3, used / 30), 1));
            double observed = Statistic();
            int exceedances = 0;
            for (int k = 0; k < _options.Permutations; k++)
            {
                var random = new RandomStream(_seed, StreamPurpose.Importance, (1UL << 40) + ((ulong)feature << 20) + (ulong)k);
                active.CopyTo(shuffled, 0);
                for (int from = 0; from < active.Length;)
                {
                    // A short rest joins the last block.
                    int length = active.Length - from < 2 * BlockLength ? active.Length - from : BlockLength;
                    random.Shuffle(shuffled.AsSpan(from, length));
                    from += length;
                }

                for (int m = 0; m < moved.Length; m++)
                    for (int i = 0; i < active.Length; i++) columns[moved[m]][active[i]] = original[m][shuffled[i]];
                if (Statistic() >= observed) exceedances++;
                if (exceedances == EnoughExceedances && EnoughExceedances / (k + 1.0) > _options.Level) return EnoughExceedances / (k + 1.0);
            }

            return (exceedances + 1.0) / (_options.Permutations + 1);

            // The same random numbers for every permutation: then the statistic is one function of the data, and ranks are exact.
            double Statistic()
            {
                var gains = new double[_space.Count];
                for (int t = 0; t < TestTrees; t++)
                    grower.Grow(new RandomStream(_seed, StreamPurpose.Importance, (1UL << 41) + ((ulong)feature << 20) + (ulong)t), weights, gains);
                return gains[feature];
            }
        }
    }
}
