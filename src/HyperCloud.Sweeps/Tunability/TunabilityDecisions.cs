using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>
/// What a tunability sweep selects and evaluates (SEMANTICS §5, estimate B). The best of each group run again on fresh selection seeds; who wins there
/// runs once more on evaluation seeds, beside the baseline. So no value that somebody was chosen by is ever the one that is reported. Pure.
/// </summary>
internal static class TunabilityDecisions
{
    /// <summary>The trials that enter selection: the default configuration and the best of each group, by trial number.</summary>
    public static ImmutableArray<int> Candidates(SweepState state, TunabilityPlan plan, ISearchAlgorithm algorithm, SearchContext context)
    {
        var search = (TunabilitySearch)algorithm;
        return
        [
            .. Enumerable.Range(0, plan.Groups.Length).SelectMany(g => search.Ranking(context, g).Take(state.Spec.Tunability!.Top))
                .Append(0).Where(t => t < state.Trials.Count && state.Trials[t].SearchResults.Any(r => r.CompletedInFull)).Distinct().Order(),
        ];
    }

    /// <summary>The runs of selection that are asked for in all.</summary>
    public static int SelectionRuns(SweepSpec spec, TunabilityPlan plan) => (1 + plan.Groups.Sum(g => Math.Min(g.Trials, spec.Tunability!.Top))) * spec.Tunability!.Seeds;

    /// <summary>How many trials evaluation runs at most: the baselines, and a winner for each group.</summary>
    public static int Evaluated(TunabilityPlan plan) => plan.Baselines.Length + plan.Groups.Length;

    /// <summary>The winner of each group by the standings of selection; null where no trial of the group completed.</summary>
    public static ImmutableArray<int?> Winners(TunabilityPlan plan, SweepEvent.ChampionChosen chosen) =>
    [
        .. Enumerable.Range(0, plan.Groups.Length).Select(g => chosen.Standings
            .Where(s => s.Value is not null && s.Trial < plan.Slots.Length && plan.Slots[s.Trial].Group == g).Select(s => (int?)s.Trial).FirstOrDefault()),
    ];

    /// <summary>The trials that are evaluated: champion and default first, then the other baselines and the winners.</summary>
    public static int[] ToEvaluate(TunabilityPlan plan, SweepEvent.ChampionChosen chosen) =>
        [.. new[] { chosen.Trial, 0 }.Concat(Enumerable.Range(0, plan.Baselines.Length)).Concat(Winners(plan, chosen).OfType<int>()).Distinct()];

    /// <summary>Why candidates run again.</summary>
    public static string Reason(SweepState state, int candidates, int seeds, string cut) => string.Create(CultureInfo.InvariantCulture,
        $"the best {state.Spec.Tunability!.Top} trials of each group of parameters that were tuned, and the default configuration, {candidates} in all, run again on {seeds} common selection seeds{cut}");
}
