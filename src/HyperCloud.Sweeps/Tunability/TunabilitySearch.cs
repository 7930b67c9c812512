using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>
/// The search of a tunability sweep: the spec's algorithm once for each group of parameters, which sees its own trials only, and their baseline. Pure as
/// the algorithm is: which group a trial belongs to follows from its number (<see cref="TunabilityPlan"/>).
/// </summary>
internal sealed class TunabilitySearch : ISearchAlgorithm
{
    private readonly TunabilityPlan _plan;
    private readonly ISearchAlgorithm _whole, _random;
    private readonly ISearchAlgorithm[] _groups;

    /// <param name="plan">The plan.</param>
    /// <param name="algorithm">The algorithm's name.</param>
    public TunabilitySearch(TunabilityPlan plan, string algorithm)
    {
        _plan = plan;
        _whole = SearchAlgorithms.Create(algorithm);
        _random = SearchAlgorithms.Create("random");
        _groups = [.. plan.Groups.Select(_ => SearchAlgorithms.Create(algorithm))];
    }

    /// <summary>The search of a spec: this one for tunability sweeps, else its algorithm.</summary>
    public static ISearchAlgorithm Of(SweepSpec spec) => spec.Tunability is null ? SearchAlgorithms.Create(spec.Search.Algorithm) : new TunabilitySearch(TunabilityPlan.Of(spec), spec.Search.Algorithm);

    /// <inheritdoc/>
    public string Name => _whole.Name;

    /// <inheritdoc/>
    public int Version => _whole.Version;

    /// <inheritdoc/>
    public SuggestResult Suggest(SearchContext context, int count)
    {
        List<Suggestion> suggestions = [];
        List<PendingTrial> pending = [.. context.Pending];
        for (int trial = context.FirstTrial; trial < context.FirstTrial + count; trial++)
        {
            if (trial >= _plan.Slots.Length)
                return new(suggestions, suggestions.Count > 0 ? null : string.Create(CultureInfo.InvariantCulture, $"all {_plan.Slots.Length} trials of the tunability plan have been suggested"));
            (int group, int local) = _plan.Slots[trial];
            Suggestion next = group < 0
                ? new(_plan.Baselines[trial], trial == 0 ? "the default configuration" : "a baseline: the defaults, with parents such that other parameters are active")
                : InGroup(context with { Pending = pending }, group, local);
            suggestions.Add(next);
            pending.Add(new(trial, next.Assignment));
        }

        return new(suggestions);
    }

    /// <inheritdoc/>
    public Recommendation Recommend(SearchContext context) => _whole.Recommend(context);

    /// <summary>The completed trials of a group, best first.</summary>
    public IReadOnlyList<int> Ranking(SearchContext context, int group)
    {
        SearchContext own = Within(context, group, _plan.Groups[group].Trials);
        if (!own.Observations.Any(o => o is { Number: >= 0, State: ObservationState.Completed })) return [];
        int[] trials = [.. Enumerable.Range(0, _plan.Slots.Length).Where(t => _plan.Slots[t].Group == group)];
        return [.. _groups[group].Recommend(own).Ranking.Where(n => n >= 0).Select(n => trials[n])];
    }

    private Suggestion InGroup(SearchContext context, int group, int local)
    {
        SearchContext own = Within(context, group, local);
        SuggestResult result = _groups[group].Suggest(own, 1);
        if (result.Suggestions.Count == 0) result = _random.Suggest(own, 1);
        // Where nothing new is left, the baseline is run again: the other groups go on.
        Suggestion found = result.Suggestions.Count > 0 ? result.Suggestions[0] : new(Map(_plan.Groups[group].Baseline, own.Space), "nothing else is left");
        return new(Map(found.Assignment, context.Space), $"{_plan.Groups[group].Name}: {found.Reason}");
    }

    // The group's trials by their number there, with a baseline that is known but none of its own.
    private SearchContext Within(SearchContext context, int group, int local)
    {
        TunedGroup tuned = _plan.Groups[group];
        int baseline = _plan.BaselineOf(group);
        return context with
        {
            Space = tuned.Space,
            Seed = new RandomStream(context.Seed, StreamPurpose.Tunability, (ulong)group).NextUInt64(),
            FirstTrial = local,
            Budget = tuned.Trials,
            Observations =
            [
                .. context.Observations.Where(o => o.Number == baseline).Select(o => o with { Number = -1, Assignment = Map(o.Assignment, tuned.Space) }),
                .. context.Observations.Where(o => IsOf(o.Number)).Select(o => o with { Number = _plan.Slots[o.Number].Local, Assignment = Map(o.Assignment, tuned.Space) }),
            ],
            Pending = [.. context.Pending.Where(p => IsOf(p.Number)).Select(p => new PendingTrial(_plan.Slots[p.Number].Local, Map(p.Assignment, tuned.Space)))],
        };

        bool IsOf(int trial) => trial >= 0 && trial < _plan.Slots.Length && _plan.Slots[trial].Group == group;
    }

    // The same values in another space of the same names and conditions.
    private static Assignment Map(Assignment assignment, Space space) => space.Build(i => assignment[i]!.Value);
}
