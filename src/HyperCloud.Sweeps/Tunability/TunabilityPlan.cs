using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Parameters that are tuned together while all others stay at their defaults.</summary>
/// <param name="Parameters">Their names, in the space's order.</param>
/// <param name="Space">The space in which all others are constants.</param>
/// <param name="Trials">How many trials it gets.</param>
/// <param name="Baseline">What it is compared with: the defaults, where a parent has to differ so that the parameters are active.</param>
/// <param name="ActiveShare">The share of the whole space in which the parameters are active.</param>
internal sealed record TunedGroup(ImmutableArray<string> Parameters, Space Space, int Trials, Assignment Baseline, double ActiveShare)
{
    /// <summary>The names for people.</summary>
    public string Name => string.Join(" + ", Parameters);
}

/// <summary>
/// Which trial of a tunability sweep is for what: first the baselines (trial 0 is the default configuration), then one trial of each group in
/// turn, so that a sweep that ends early has tuned all alike. A function of the spec alone.
/// </summary>
internal sealed class TunabilityPlan
{
    private readonly int[] _baselineOf;

    private TunabilityPlan(Assignment standard, ImmutableArray<TunedGroup> groups)
    {
        Groups = groups;
        Baselines = [.. groups.Select(g => g.Baseline).Prepend(standard).Distinct()];
        _baselineOf = [.. groups.Select(g => Baselines.IndexOf(g.Baseline))];
        Slots = [.. Enumerable.Repeat((-1, 0), Baselines.Length), .. Enumerable.Range(0, groups.Max(g => g.Trials)).SelectMany(i => Enumerable.Range(0, groups.Length).Where(g => groups[g].Trials > i).Select(g => (g, i)))];
    }

    /// <summary>What is tuned: single parameters, pairs, all together.</summary>
    public ImmutableArray<TunedGroup> Groups { get; }

    /// <summary>The configurations that groups are compared with: the trials from 0 on, the default configuration first.</summary>
    public ImmutableArray<Assignment> Baselines { get; }

    /// <summary>For each trial its group and its number there; group −1 for baselines.</summary>
    public ImmutableArray<(int Group, int Local)> Slots { get; }

    /// <summary>The trial that a group is compared with.</summary>
    public int BaselineOf(int group) => _baselineOf[group];

    /// <summary>The plan of a spec whose <see cref="SweepSpec.Tunability"/> is given.</summary>
    /// <exception cref="ArgumentException">What hinders it, in a sentence.</exception>
    public static TunabilityPlan Of(SweepSpec spec) => TryCreate(spec.Space, spec.Tunability!, out string? problem) ?? throw new ArgumentException(problem);

    /// <summary>The plan; null with the sentence that says what hinders it.</summary>
    public static TunabilityPlan? TryCreate(Space space, TunabilitySpec tunability, out string? problem)
    {
        int[] tuned = [.. Enumerable.Range(0, space.Count).Where(i => space.Parameters[i].Cardinality != 1)];
        problem = space.Parameters.FirstOrDefault(p => p.Default is null && p.Cardinality != 1) is { } without
            ? $"tunability is measured against the default configuration, but '{without.Name}' has no `default`"
            : space.Default() is { } standard && space.ForbiddenBy(standard) is { } forbidden ? $"the default configuration is forbidden ({forbidden})"
            : tuned.Length == 0 ? "no parameter has a choice, so there is nothing to tune" : null;
        if (problem is not null) return null;
        List<int[]> sets = [.. tuned.Select(i => new[] { i })];
        if (Pairs(space, tuned, tunability.Pairs, out problem) is not { } pairs) return null;
        sets.AddRange(pairs);
        if (tunability.Together > 0 && tuned.Length > 1 && !sets.Exists(s => s.Length == tuned.Length)) sets.Add(tuned);
        List<TunedGroup> groups = [];
        foreach (int[] set in sets)
        {
            bool all = set.Length > 1 && set.Length == tuned.Length;
            if (Group(space, set, all, all && tunability.Together > 0 ? tunability.Together : tunability.Trials) is { } group) groups.Add(group);
            else if (set.Length == 1) problem = $"'{space.Parameters[set[0]].Name}' can never be tuned: its conditions never hold, or all other values are forbidden";
            else if (!all && tunability.Pairs != TunabilitySpec.AllPairs) problem = $"{string.Join(" and ", set.Select(i => $"'{space.Parameters[i].Name}'"))} are never active together";
        }

        return problem is null ? new TunabilityPlan(space.Default()!, [.. groups]) : null;
    }

    private static List<int[]>? Pairs(Space space, int[] tuned, string text, out string? problem)
    {
        problem = null;
        if (text == TunabilitySpec.NoPairs) return [];
        if (text == TunabilitySpec.AllPairs) return [.. tuned.SelectMany((a, i) => tuned[(i + 1)..].Select(b => new[] { a, b }))];
        List<int[]> pairs = [];
        foreach (string pair in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int[] members = [.. pair.Split('+', StringSplitOptions.TrimEntries).Select(space.IndexOf).Order()];
            problem = members.Any(m => m < 0) ? $"'{pair.Split('+', StringSplitOptions.TrimEntries).First(n => space.IndexOf(n) < 0)}' is not a parameter"
                : members.Any(m => !tuned.Contains(m)) ? $"'{pair}' has a constant, which cannot be tuned"
                : members[0] == members[1] ? $"'{pair}' is one parameter twice"
                : pairs.Exists(p => p.SequenceEqual(members)) ? $"'{pair}' is there twice" : null;
            if (problem is not null) return null;
            pairs.Add(members);
        }

        return pairs;
    }

    private static TunedGroup? Group(Space space, int[] members, bool all, int trials)
    {
        // Ancestors that are not tuned themselves take a value that makes the members active, the default where that does. In the group of all they are tuned.
        SortedDictionary<int, ParameterValue[]> allowed = [];
        for (Queue<int> open = new(all ? [] : members); open.TryDequeue(out int child);)
            foreach ((int parent, ImmutableArray<ParameterValue> values) in space.ClausesOf(child))
            {
                allowed[parent] = [.. values.Where(v => space.Parameters[parent].Contains(v) && (!allowed.TryGetValue(parent, out ParameterValue[]? known) || known.Contains(v)))];
                open.Enqueue(parent);
            }

        if (allowed.Values.Any(v => v.Length == 0)) return null;
        double share = 1;
        foreach ((int parent, ParameterValue[] values) in allowed) share *= (double)values.Length / (space.Parameters[parent].Cardinality ?? 1);

        Assignment baseline = space.Build(i => Fixed(i));
        if (!all && members.Any(m => !members.Any(o => o != m && allowed.ContainsKey(o)) && baseline[m] is null)) return null;
        ForbiddenClause[] same = [.. members.Where(m => baseline[m] is not null).Select(m => new ForbiddenClause(space.Parameters[m].Name, [baseline[m]!.Value]))];
        var sub = new Space(
            space.Parameters.Select((p, i) => members.Contains(i) ? p : new ConstantParameter(p.Name, Fixed(i)) { When = p.When }),
            [.. space.Forbidden, new ForbiddenCombination([.. same])]);
        // Where all can be counted, none is tried twice; the baseline itself is a trial already.
        long? count = sub.CountAssignments(trials + 1);
        int enough = count is { } n ? (int)Math.Min(trials, n - 1) : trials;
        return enough < 1 || Search.SearchAlgorithms.Problem("random", sub) is not null ? null
            : new TunedGroup([.. members.Select(m => space.Parameters[m].Name)], sub, enough, baseline, share);

        ParameterValue Fixed(int i)
        {
            ParameterValue value = space.Parameters[i] is ConstantParameter c ? c.Value : space.Parameters[i].Default ?? space.Parameters[i].ValueAt(0);
            return !members.Contains(i) && allowed.TryGetValue(i, out ParameterValue[]? values) && !values.Contains(value) ? values[0] : value;
        }
    }
}
