using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>A sweep cannot begin with what another has learnt.</summary>
/// <param name="message">Which, why, and what would mend it.</param>
public sealed class WarmStartException(string message) : Exception(message);

/// <summary>A finished trial of an earlier sweep, as the new sweep's record keeps it.</summary>
/// <param name="Trial">Its number there.</param>
/// <param name="Params">Its configuration, in the new sweep's space.</param>
/// <param name="State">How it ended.</param>
/// <param name="Runs">How many runs the loss aggregates.</param>
/// <param name="Loss">Its loss: the aggregate, negated where the metric is maximised; null when failed.</param>
/// <param name="Variance">Their variance.</param>
/// <param name="Resource">The resource of a stopped trial's loss.</param>
/// <param name="Curve">Losses at the rungs.</param>
/// <param name="Excess">By how much the new sweep's constraints are broken; null where it is not known.</param>
/// <param name="Losses">With several objectives the loss of each.</param>
public sealed record EarlierTrial(
    int Trial, JsonElement Params, ObservationState State, int Runs, double? Loss = null, double? Variance = null, double? Resource = null,
    ImmutableArray<double>? Curve = null, ImmutableArray<double>? Excess = null, ImmutableArray<double>? Losses = null);

/// <summary>What an earlier sweep has learnt, frozen when the new one is created, so that its record needs no other to be replayed.</summary>
/// <param name="Sweep">The earlier sweep's id.</param>
/// <param name="HeadDigest">The digest of the last entry of its log that was read.</param>
/// <param name="Finished">How many trials had finished there.</param>
/// <param name="Trials">Those that are taken over, by number.</param>
/// <param name="Best">The number there of the one that the earlier sweep would recommend among them; null: none was completed.</param>
public sealed record Ancestry(string Sweep, string HeadDigest, int Finished, ImmutableArray<EarlierTrial> Trials, int? Best = null);

/// <summary>Reads and freezes what an earlier sweep has learnt.</summary>
internal static class WarmStart
{
    /// <summary>Most trials taken over: as many as a Gaussian process looks at.</summary>
    public const int MostTrials = 300;

    // An entry of the log is a row of the store (StoreLimits.RowBytes), and holds the spec as well.
    private const int MostBytes = 200_000;

    /// <summary>Freezes a sweep's trials for another one.</summary>
    /// <param name="earlier">The earlier sweep.</param>
    /// <param name="spec">The new sweep's spec.</param>
    /// <exception cref="WarmStartException">They do not optimise the same, or no trial fits the new space.</exception>
    public static Ancestry Freeze(SweepState earlier, SweepSpec spec)
    {
        string id = earlier.Created!.Sweep;
        string before = Objectives(earlier.Spec), now = Objectives(spec);
        if (before != now) throw new WarmStartException($"sweep {id} has another objective ({before}) than this one ({now}), so what it learnt means nothing here");
        if (!earlier.Spec.Tasks.Select(t => (t.Name, t.Reference)).SequenceEqual(spec.Tasks.Select(t => (t.Name, t.Reference))))
            throw new WarmStartException($"sweep {id} was run on other tasks, or on another scale of them, so its values do not compare with those of this one");
        List<(EarlierTrial Frozen, Observation Seen)> fitting = [];
        int finished = 0;
        foreach (TrialRecord trial in earlier.Trials)
        {
            if (Objective.Observe(earlier.Spec, trial) is not { } o) continue;
            finished++;
            // Losses at rungs mean the same only at the same rungs.
            if (o.State == ObservationState.Stopped && earlier.Spec.EarlyStopping != spec.EarlyStopping) continue;
            if (Translate(spec.Space, trial.Assignment) is not { } assignment) continue;
            IReadOnlyList<double>? excess = Objective.Excess(spec, trial.SearchResults);
            fitting.Add((new EarlierTrial(trial.Number, JsonDocument.Parse(assignment.ToJson()).RootElement.Clone(), o.State, o.Runs, o.Loss, o.Variance, o.Resource,
                earlier.Spec.EarlyStopping == spec.EarlyStopping && o.Curve is { } curve ? [.. curve] : null, excess is null ? null : [.. excess],
                o.Losses is { } losses ? [.. losses] : null),
                new Observation(trial.Number, assignment, o.State, o.Loss, o.Runs, o.Variance, o.Resource, o.Curve, excess, o.Losses)));
        }

        if (fitting.Count == 0)
            throw new WarmStartException(string.Create(CultureInfo.InvariantCulture, $"none of the {finished} finished trials of sweep {id} fits this space, so there is nothing to begin with"));
        Observation[] seen = [.. fitting.Select(f => f.Seen)];
        IReadOnlyList<int> ranking = SearchAlgorithms.Create(earlier.Spec.Search.Algorithm).Recommend(new SearchContext
        {
            Space = spec.Space,
            Seed = earlier.Spec.Search.Seed,
            FirstTrial = earlier.Trials.Count,
            Observations = seen,
            Pending = [],
        }.For(spec)).Ranking;
        return new(id, earlier.HeadDigest, finished, Thin([.. fitting.Select(f => f.Frozen)], ranking), ranking.Count > 0 ? ranking[0] : null);
    }

    /// <summary>The frozen trials as observations of a sweep: numbered below 0, so that they come before all of its own.</summary>
    /// <exception cref="FormatException">They do not fit the space.</exception>
    public static IReadOnlyList<Observation> Observations(Ancestry ancestry, Space space) =>
    [
        .. ancestry.Trials.Select((t, i) => new Observation(i - ancestry.Trials.Length, Assignment.FromJson(space, t.Params), t.State, t.Loss, t.Runs, t.Variance, t.Resource,
            t.Curve, t.Excess, t.Losses)),
    ];

    private static string Objectives(SweepSpec spec) => string.Join(", ", spec.Objectives.Select(o => $"{o.Goal} {o.Metric}"));

    // The configuration in another space: what it does not say takes its default; null where there is none, where a value is outside, or where it is forbidden.
    private static Assignment? Translate(Space space, Assignment assignment)
    {
        Dictionary<string, ParameterValue> values = assignment.Active().ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        bool fits = true;
        Assignment translated = space.Build(i =>
        {
            Parameter parameter = space.Parameters[i];
            if (parameter is ConstantParameter constant)
            {
                fits &= !values.TryGetValue(parameter.Name, out ParameterValue other) || other == constant.Value;
                return constant.Value;
            }

            if (!values.TryGetValue(parameter.Name, out ParameterValue value) && parameter.Default is { } standard) return standard;
            if (values.ContainsKey(parameter.Name) && parameter.Contains(value)) return Domains.Canonical(parameter, value);
            fits = false;
            return parameter.FromUnit(0.5);
        });
        return fits && space.Allows(translated) ? translated : null;
    }

    // The best half and of the others some, evenly by number; fewer where configurations are long.
    private static ImmutableArray<EarlierTrial> Thin(ImmutableArray<EarlierTrial> all, IReadOnlyList<int> ranking)
    {
        for (int most = MostTrials; ; most /= 2)
        {
            ImmutableArray<EarlierTrial> kept = all;
            if (all.Length > most)
            {
                HashSet<int> best = [.. ranking.Take(Math.Max(1, most / 2))];
                EarlierTrial[] rest = [.. all.Where(t => !best.Contains(t.Trial))];
                int others = Math.Min(rest.Length, most - best.Count);
                best.UnionWith(Enumerable.Range(0, Math.Max(0, others)).Select(k => rest[(int)((long)k * rest.Length / others)].Trial));
                kept = [.. all.Where(t => best.Contains(t.Trial))];
            }

            if (most <= 1 || kept.Sum(t => t.Params.GetRawText().Length + 60 + 20 * ((t.Curve?.Length ?? 0) + (t.Excess?.Length ?? 0) + (t.Losses?.Length ?? 0))) <= MostBytes) return kept;
        }
    }
}
