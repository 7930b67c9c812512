using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>What tuning some parameters would gain, as a model of the sweep has it.</summary>
/// <param name="Parameters">The parameters; all that have a choice: the tunability of the algorithm.</param>
/// <param name="Gain">The predicted improvement over the default configuration in the metric's unit, above 0 being better.</param>
/// <param name="Spread">Half of the difference between the two halves of the trials.</param>
/// <param name="ActiveShare">The share of the space in which the parameters are active; the gain is about that part.</param>
public sealed record TunabilityEstimate(ImmutableArray<string> Parameters, double Gain, double Spread, double ActiveShare);

/// <summary>Estimates of tunability from a sweep.</summary>
public sealed record TunabilityEstimates
{
    /// <summary>R² of models of one half of the trials on the other; null without them.</summary>
    public double? RSquared { get; init; }

    /// <summary>All parameters, each by itself, then pairs, each kind by gain.</summary>
    public ImmutableArray<TunabilityEstimate> Estimates { get; init; } = [];

    /// <summary>Why there are none, in a sentence; null when there are.</summary>
    public string? WhyNone { get; init; }
}

/// <summary>
/// Tunability after Probst, Boulesteix and Bischl, "Tunability: importance of hyperparameters of machine learning algorithms" (JMLR 2019): how much
/// better the metric can get than at the default configuration when all parameters, one, or two are tuned and the others stay at their defaults.
/// Estimate A (SEMANTICS §5): on a model of a sweep's trials. Which values are best is asked of the model of one half of the trials and what they gain of
/// that of the other, then the other way round; so a parameter without effect gains about 0, not what the luckiest value seems to. Exploratory: only a
/// tunability sweep measures it. Forbidden combinations are not looked at.
/// </summary>
public static class Tunability
{
    /// <summary>The least cross-validated R² from which anything is said.</summary>
    public const double LeastRSquared = 0.5;

    /// <summary>The least number of trials: each half needs enough for a model.</summary>
    public const int LeastTrials = 40;

    /// <summary>How far a parameter is moved: a tenth of its range.</summary>
    private const double Step = 0.1;

    private const int PairParameters = 6, PairPoints = 12, Starts = 256, Passes = 3;

    /// <summary>Estimates from the trials of a sweep.</summary>
    /// <param name="space">The space, with the defaults of its parameters.</param>
    /// <param name="trials">The trials with a value, in any order.</param>
    /// <param name="goal">The metric's direction.</param>
    /// <param name="seed">The sweep's seed.</param>
    public static TunabilityEstimates Of(Space space, IReadOnlyList<ImportanceTrial> trials, Goal goal, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(trials);
        var features = new FeatureSpace(space);
        ImportanceTrial[] sorted = [.. trials.OrderBy(t => t.Number)];
        string? none = features.Count == 0 ? "no parameter has a choice"
            : space.Default() is null ? "it is measured against the default configuration, and not every parameter has a `default`"
            : sorted.Length < LeastTrials ? string.Create(CultureInfo.InvariantCulture, $"an estimate needs at least {LeastTrials} trials with a value, but there are {sorted.Length}")
            : sorted.All(t => t.Value == sorted[0].Value) ? "all values are equal" : null;
        if (none is not null) return new() { WhyNone = none };

        double[] weights = [.. sorted.Select(t => t.Weight)];
        (double[] y, _, double scale) = Effects.Scaled([.. sorted.Select(t => t.Value)], weights);
        if (goal == Goal.Maximize) y = [.. y.Select(v => -v)];
        double[][] columns = features.Encode([.. sorted.Select(t => t.Assignment)]);
        int[][] halves = [[.. Enumerable.Range(0, y.Length).Where(i => i % 2 == 0)], [.. Enumerable.Range(0, y.Length).Where(i => i % 2 == 1)]];
        if (halves.Any(h => h.All(i => y[i] == y[h[0]]))) return new() { WhyNone = "all values of one half of the trials are equal" };
        IEffects[] models = [.. halves.Select(h => Effects.Fit(features, [.. columns.Select(c => Pick(c, h))], Pick(y, h), Pick(weights, h), seed, new ImportanceOptions().Trees).Best)];
        double left = 0, total = 0, mean = Enumerable.Range(0, y.Length).Sum(i => y[i] * weights[i]) / weights.Sum();
        for (int i = 0; i < y.Length; i++)
        {
            double error = y[i] - models[1 - i % 2].Predict([.. columns.Select(c => c[i])]);
            (left, total) = (left + weights[i] * error * error, total + weights[i] * (y[i] - mean) * (y[i] - mean));
        }

        double squared = 1 - left / total;
        if (!(squared >= LeastRSquared))
            return new() { RSquared = squared, WhyNone = string.Create(CultureInfo.InvariantCulture, $"a model of half of the trials predicts the other half with R² {squared:0.00}, and an estimate needs {LeastRSquared}") };

        int[] all = [.. Enumerable.Range(0, features.Count).Where(f => features.Regions[f] is not null)];
        double[] standard = Standard(features);
        TunabilityEstimate whole = Estimate(all, from => Whole(features, models[from], standard, all, columns, seed));
        (int Feature, TunabilityEstimate Estimate)[] singles = [.. all.Select(f => (f, Estimate([f], from => Best(features, models[from], At(features, standard, [f]), [f], int.MaxValue)))).OrderByDescending(s => s.Item2.Gain).ThenBy(s => s.f)];
        int[] top = [.. singles.Take(PairParameters).Select(s => s.Feature).Order()];
        TunabilityEstimate[] pairs = [.. top.SelectMany((a, i) => top[(i + 1)..].Where(b => features.Both(a, b) is not null).Select(b => Estimate([a, b], from => Best(features, models[from], At(features, standard, [a, b]), [a, b], PairPoints))))];
        return new()
        {
            RSquared = squared,
            Estimates = [.. all.Length > 1 ? [whole] : Array.Empty<TunabilityEstimate>(), .. singles.Select(s => s.Estimate), .. all.Length > 2 ? pairs.OrderByDescending(p => p.Gain).ToArray() : []],
        };

        TunabilityEstimate Estimate(int[] members, Func<int, double[]> best)
        {
            bool isAll = members.Length == all.Length;
            double[] baseline = isAll ? Masked(features, standard) : Masked(features, At(features, standard, members));
            double[] gains = [.. new[] { 0, 1 }.Select(from => models[1 - from].Predict(baseline) - models[1 - from].Predict(best(from)))];
            Extent[]? region = isAll ? features.Whole : members.Length == 1 ? features.Regions[members[0]] : features.Both(members[0], members[1]);
            return new([.. members.Select(f => features.Features[f].Parameter.Name)], (gains[0] + gains[1]) / 2 * scale, Math.Abs(gains[0] - gains[1]) / 2 * scale, features.Share(region!));
        }
    }

    /// <summary>By how much a model's value grows when a feature moves away from where it is in a configuration: the mean over both directions, or all other values.</summary>
    internal static double Moved(FeatureSpace space, IEffects effects, double[] x, int feature)
    {
        Feature f = space.Features[feature];
        double[] targets = f.Widths is not { } widths ? [Math.Max(0, x[feature] - Step), Math.Min(1, x[feature] + Step)]
            : f.Ordered ? [Math.Max(0, Math.Floor(x[feature] - Math.Max(1, Step * widths.Length))), Math.Min(widths.Length - 1, Math.Ceiling(x[feature] + Math.Max(1, Step * widths.Length)))]
            : [.. Enumerable.Range(0, widths.Length).Select(c => (double)c)];
        double here = effects.Predict(x);
        // What another value of a parent switches on stands at its default.
        double[] standard = Standard(space);
        x = [.. x.Select((v, i) => double.IsNaN(v) ? standard[i] : v)];
        double[] moved = [.. targets.Where(t => t != x[feature]).Select(t => effects.Predict(Masked(space, With(x, feature, t))) - here)];
        return moved.Length == 0 ? 0 : Summation.Mean(moved);
    }

    /// <summary>The defaults of all features, also of those that are inactive by default: their default, or the middle.</summary>
    private static double[] Standard(FeatureSpace space) => [.. space.Features.Select(f => f.Coordinate(f.Parameter.Default ?? f.Parameter.FromUnit(0.5)))];

    /// <summary>The defaults, with parents such that the members are active; those that are members themselves stay.</summary>
    private static double[] At(FeatureSpace space, double[] standard, int[] members)
    {
        double[] at = [.. standard];
        foreach (int member in members)
            foreach ((int parent, ulong cells) in space.Conditions[member])
                if (!members.Contains(parent) && (cells >> (int)at[parent] & 1) == 0) at[parent] = System.Numerics.BitOperations.TrailingZeroCount(cells);
        return at;
    }

    private static double[] Best(FeatureSpace space, IEffects model, double[] baseline, int[] members, int points)
    {
        double[][] grids = [.. members.Select(m => Grid(space, m, points))];
        (double[] X, double Value) best = ([], double.PositiveInfinity);
        foreach (double first in grids[0])
            foreach (double second in grids.Length > 1 ? grids[1] : [0])
            {
                double[] x = With(baseline, members[0], first);
                if (members.Length > 1) x = With(x, members[1], second);
                x = Masked(space, x);
                if (model.Predict(x) is var value && value < best.Value) best = (x, value);
            }

        return best.X;
    }

    // The best of random points, of the trials themselves and of the default, improved one parameter after the other.
    private static double[] Whole(FeatureSpace space, IEffects model, double[] standard, int[] all, double[][] columns, ulong seed)
    {
        double[][] grids = [.. Enumerable.Range(0, space.Count).Select(f => Grid(space, f, int.MaxValue))];
        var random = new RandomStream(seed, StreamPurpose.Importance, 1UL << 44);
        List<double[]> starts = [standard];
        for (int i = 0; i < Starts; i++) starts.Add([.. grids.Select(g => g[random.NextInt(g.Length)])]);
        starts.AddRange(Enumerable.Range(0, columns[0].Length).Select(i => columns.Select((c, f) => double.IsNaN(c[i]) ? standard[f] : c[i]).ToArray()));
        double[] best = starts.MinBy(s => model.Predict(Masked(space, s)))!;
        double value = model.Predict(Masked(space, best));
        for (int pass = 0; pass < Passes; pass++)
            foreach (int f in all)
                foreach (double at in grids[f])
                    if (With(best, f, at) is var next && model.Predict(Masked(space, next)) is var v && v < value) (best, value) = (next, v);
        return Masked(space, best);
    }

    private static double[] Grid(FeatureSpace space, int feature, int most)
    {
        double[] all = new EffectBasis(space.Features[feature]).Coordinates;
        return [.. EffectProcess.Evenly(all.Length, most).Select(i => all[i])];
    }

    private static double[] With(double[] x, int feature, double at)
    {
        double[] other = [.. x];
        other[feature] = at;
        return other;
    }

    /// <summary>NaN where a feature is inactive.</summary>
    private static double[] Masked(FeatureSpace space, double[] x) =>
        [.. x.Select((v, f) => space.Conditions[f].All(c => !double.IsNaN(x[c.Parent]) && (c.Cells >> (int)x[c.Parent] & 1) != 0) ? v : double.NaN)];

    private static double[] Pick(double[] values, int[] rows) => [.. rows.Select(i => values[i])];
}
