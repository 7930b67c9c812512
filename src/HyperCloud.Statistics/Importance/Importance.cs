using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Importance of hyperparameters. Main effects, pairs and curves: functional ANOVA of a model of the metric, a Gaussian process
/// (<see cref="ProcessEffects"/>), or a forest (<see cref="ForestEffects"/>) where that predicts left-out trials better; importance among the best:
/// <see cref="PedAnova"/>; and a permutation test that says whether a parameter is separated from chance (<see cref="EffectTest"/>).
/// <para>
/// The measure is uniform on the transformed space: linear or logarithmic scale, equal shares for the values of finite domains. A conditional
/// parameter is judged inside the part of the space where it is active: its fraction is of the variance there, its curve an average over that
/// part. Against the whole space a parameter of a rare branch would look unimportant however much it decides there.
/// </para>
/// A pure function of trials and seed; the order in which trials are given does not matter, to the last bit.
/// </summary>
public static class Importance
{
    /// <summary>The least number of trials that anything is said of.</summary>
    public const int LeastTrials = 10;

    /// <summary>Values along each parameter of a surface.</summary>
    private const int SurfacePoints = 8;

    /// <summary>Analyses trials of one space.</summary>
    /// <param name="space">The space.</param>
    /// <param name="trials">The trials with a value, in any order.</param>
    /// <param name="goal">Which trials are the best.</param>
    /// <param name="seed">The sweep's seed.</param>
    /// <param name="options">Cost and level; null: the defaults.</param>
    /// <param name="champion">The configuration whose neighbourhood is looked at; null: none.</param>
    /// <exception cref="ArgumentException">A value is not finite, a weight not above 0, or a number there twice.</exception>
    public static ImportanceResult Of(Space space, IReadOnlyList<ImportanceTrial> trials, Goal goal, ulong seed, ImportanceOptions? options = null, Assignment? champion = null)
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
        return none is null ? new Analysis(features, sorted, goal, seed, options, champion).Run() : new ImportanceResult
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
        private readonly Assignment? _champion;

        public Analysis(FeatureSpace space, ImportanceTrial[] trials, Goal goal, ulong seed, ImportanceOptions options, Assignment? champion)
        {
            (_space, _trials, _goal, _seed, _options, _champion) = (space, trials, goal, seed, options, champion);
            _columns = space.Encode([.. trials.Select(t => t.Assignment)]);
            _weights = [.. trials.Select(t => t.Weight)];
            (_y, _center, _scale) = Effects.Scaled([.. trials.Select(t => t.Value)], _weights);
        }

        public ImportanceResult Run()
        {
            (IEffects effects, ProcessEffects process) = Effects.Fit(_space, _columns, _y, _weights, _seed, _options.Trees);
            double[]? champion = _champion is null ? null : [.. _space.Encode([_champion]).Select(c => c[0])];

            int[] active = [.. _columns.Select(c => c.Count(x => !double.IsNaN(x)))];
            bool[] judged = [.. active.Select((n, f) => n >= LeastTrials && _space.Regions[f] is not null)];
            Estimate?[] mains = [.. judged.Select((j, f) => j ? effects.Main(f) : null)];
            double?[] local = Local(judged);
            double squares = _y.Select((y, i) => _weights[i] * y * y).Sum();
            return new ImportanceResult
            {
                Trials = _trials.Length,
                Model = effects.Model,
                Parameters = [.. Enumerable.Range(0, _space.Count).Select(f =>
                {
                    double? p = judged[f] ? EffectTest.PValue(process.Process, f, _seed, _options.Permutations, _options.Level) : null;
                    return new ParameterImportance
                    {
                        Name = Name(f),
                        ActiveShare = _space.Regions[f] is { } r ? _space.Share(r) : 0,
                        Trials = active[f],
                        Fraction = mains[f]?.Value,
                        Spread = mains[f]?.Deviation,
                        PValue = p,
                        Verdict = p is null ? ImportanceVerdict.TooFewTrials : p <= _options.Level ? ImportanceVerdict.EffectShown : ImportanceVerdict.NoEffectShown,
                        LocalFraction = local[f],
                        ChampionLoss = champion is null || double.IsNaN(champion[f]) || !judged[f] ? null : Tunability.Moved(_space, effects, champion, f) * (_goal == Goal.Minimize ? 1 : -1) * _scale,
                        Curve = judged[f] && _options.CurvePoints > 0 ? Curve(effects, f) : [],
                    };
                })],
                Pairs = Pairs(effects, mains),
                RSquared = effects.RSquared,
                LargestShare = _y.Select((y, i) => _weights[i] * y * y).Max() / squares,
            };
        }

        private string Name(int f) => _space.Features[f].Parameter.Name;

        private ImmutableArray<PairImportance> Pairs(IEffects effects, Estimate?[] mains)
        {
            int[] chosen = [.. Enumerable.Range(0, _space.Count).Where(f => mains[f] is not null)
                .OrderByDescending(f => mains[f]!.Value.Value).ThenBy(f => f).Take(_options.PairParameters).Order()];
            List<(int First, int Second, Extent[] Region, double Fraction)> pairs = [];
            foreach (int a in chosen)
                foreach (int b in chosen)
                    // Where two are active in too few trials, their interaction would be made up by the model.
                    // A parent of which the child leaves one value has no effect there.
                    if (a < b && _space.Both(a, b) is { } region && Varies(a, region) && Varies(b, region) && Together(a, b) >= LeastTrials
                        && effects.Interaction(a, b, region) is { } fraction) pairs.Add((a, b, region, fraction));
            return [.. pairs.OrderByDescending(p => p.Fraction).Take(_options.Pairs).Select((p, i) => new PairImportance(Name(p.First), Name(p.Second), p.Fraction, effects.InteractionDeviation(p.First, p.Second, p.Region))
            {
                Surface = i < _options.Surfaces ? Surface(effects, p.First, p.Second, p.Region) : null,
            })];
        }

        private bool Varies(int f, Extent[] region) => _space.Features[f].Widths is null || !ulong.IsPow2(region[f].Cells);

        private int Together(int a, int b) => Enumerable.Range(0, _y.Length).Count(i => !double.IsNaN(_columns[a][i]) && !double.IsNaN(_columns[b][i]));

        private ImmutableArray<CurvePoint> Curve(IEffects effects, int f)
        {
            ParameterValue[] values = Along(f, _options.CurvePoints);
            return [.. effects.Curve(f, At(f, values)).Select((e, i) => new CurvePoint(values[i], Back(e.Value), e.Deviation * _scale))];
        }

        private EffectSurface? Surface(IEffects effects, int a, int b, Extent[] region)
        {
            ParameterValue[] first = Inside(a), second = Inside(b);
            // Of a long domain all values that are looked at may lie outside.
            if (first.Length < 2 || second.Length < 2) return null;
            Estimate[][] all = effects.Surface(a, b, region, At(a, first), At(b, second));
            return new([.. first], [.. second], [.. all.Select(r => r.Select(e => Back(e.Value)).ToImmutableArray())], [.. all.Select(r => r.Select(e => e.Deviation * _scale).ToImmutableArray())]);

            ParameterValue[] Inside(int f) => [.. Along(f, SurfacePoints).Where(v => _space.Features[f].Holds(region[f], _space.Features[f].Coordinate(v)))];
        }

        /// <summary>All values, or so many that are spread evenly.</summary>
        private ParameterValue[] Along(int f, int points)
        {
            Parameter parameter = _space.Features[f].Parameter;
            return parameter.Cardinality is { } n && n <= points
                ? [.. Enumerable.Range(0, (int)n).Select(i => parameter.ValueAt(i))]
                : [.. Enumerable.Range(0, points).Select(i => parameter.FromUnit((i + 0.5) / points)).Distinct()];
        }

        private double[] At(int f, ParameterValue[] values) => [.. values.Select(_space.Features[f].Coordinate)];

        private double Back(double value) => value * _scale + _center;

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
            double sum = divergences.OfType<double>().Sum();
            return [.. divergences.Select(d => sum > 0 ? d / sum : null)];
        }
    }
}
