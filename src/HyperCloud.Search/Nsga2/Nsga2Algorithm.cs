using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// NSGA-II (Deb, Pratap, Agarwal and Meyarivan, 2002) without generations, as trials end when they end: the population is the best of all trials that have
/// finished, by fronts and crowding, and every trial is one child of it (the steady-state form: Durillo, Nebro, Luna and Alba, "On the effect of the
/// steady-state selection scheme in multi-objective genetic algorithms", 2009). So it is a function of the observations and needs no state. With one objective
/// a plain genetic algorithm. Trials that a rule stopped are ranked by <see cref="Fidelity.RankAtHighestRung"/>.
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class Nsga2Algorithm(Nsga2Options? options = null) : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "nsga2";

    private readonly Nsga2Options _options = options ?? new Nsga2Options();

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Known < _options.Startup) return StartupDesign.Choose(state, unseen);
        return ChooseNext(state, unseen);
    }

    /// <summary>The choice of one trial behind the startup design, for algorithms that use this one.</summary>
    public Suggestion ChooseNext(SearchState state, FiniteSpace? unseen)
    {
        int size = Math.Clamp((int)Math.Ceiling(_options.Growth * Math.Max(1, state.Context.Objectives - 1) * Math.Sqrt(state.Known)), _options.LeastPopulation, _options.MostPopulation);
        RankedTrial[] population = Population(state, size);
        if (population.Length == 0) return StartupDesign.Choose(state, unseen);
        RandomStream random = state.OpenStream();
        var variation = new Variation(state.Space, _options);
        Assignment? repeated = null;
        string reason = string.Create(CultureInfo.InvariantCulture, $"nsga2: child of {population.Length} trials, {population.Count(p => p.Rank == 0)} in the first front");
        for (int tries = 0; tries < _options.Tries; tries++)
        {
            Assignment child = variation.Child(Tournament(population, random), Tournament(population, random), random);
            if (!state.Space.Allows(child)) continue;
            if (!state.Seen.Contains(child)) return new Suggestion(child, reason);
            repeated = child;
        }

        return unseen is not null ? new Suggestion(unseen.PickUnseen(state.Seen, random), reason + ", all children seen, random among the unseen")
            : repeated is not null ? new Suggestion(repeated, reason + ", seen before")
            : new Suggestion(AllowedDraw.Random(state.Space, random), reason + ", all children forbidden, random among the allowed");
    }

    private static RankedTrial[] Population(SearchState state, int size) => state.Context.Objectives > 1
        ? [.. FrontRanking.Best(state.Observations, size)]
        : [.. Fidelity.RankAtHighestRung(state.Observations, size).Take(size).Select((o, place) => new RankedTrial(o, place, 0))];

    // The better of two: of an earlier front, of one front the less crowded.
    private static Assignment Tournament(RankedTrial[] population, RandomStream random)
    {
        RankedTrial a = population[random.NextInt(population.Length)], b = population[random.NextInt(population.Length)];
        bool first = a.Rank != b.Rank ? a.Rank < b.Rank : a.Crowding >= b.Crowding;
        return (first ? a : b).Trial.Assignment;
    }
}
