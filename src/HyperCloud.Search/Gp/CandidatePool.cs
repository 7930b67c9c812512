using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>Where an acquisition is looked at: uniform draws (moved by a prior), and the best trials with some of their coordinates moved.</summary>
internal static class CandidatePool
{
    /// <summary>The unseen configuration with the largest acquisition found; null when all that were tried have been seen.</summary>
    /// <param name="search">The acquisition.</param>
    /// <param name="state">What is known.</param>
    /// <param name="unseen">Not null when the space is finite.</param>
    /// <param name="random">Random numbers of this trial.</param>
    /// <param name="best">The best trials' configurations, best first; at least one.</param>
    /// <param name="options">How many candidates and starts.</param>
    /// <param name="branch">A parameter that all candidates shall have at one value; null: none.</param>
    public static AcquisitionSearch.Candidate? Choose(
        AcquisitionSearch search, SearchState state, FiniteSpace? unseen, RandomStream random, Assignment[] best, GpOptions options,
        (int Parameter, long Value)? branch = null)
    {
        List<AcquisitionSearch.Candidate> pool = new(options.Candidates);
        int count = state.Space.Count;
        SpacePrior? prior = SpacePrior.Of(state.Space);
        for (int i = 0; i < options.Candidates; i++)
        {
            double[] u;
            if (i % 2 == 0)
            {
                u = new double[count];
                for (int k = 0; k < count; k++) u[k] = random.NextDouble();
                prior?.Warp(u, state.Observations.Count);
            }
            else
            {
                u = AcquisitionSearch.UnitOf(best[random.NextInt(best.Length)], random);
                double share = Math.Max(2.0 / Math.Max(1, count), random.NextDouble()), width = Elementary.Exp(-1.5 - 4 * random.NextDouble());
                for (int k = 0; k < count; k++)
                {
                    if (random.NextDouble() >= share) continue;
                    bool jump = !state.Space.Parameters[k].IsOrdered;
                    u[k] = jump ? random.NextDouble() < 0.3 ? random.NextDouble() : u[k] : Math.Clamp(u[k] + width * random.NextNormal(), 0, 1);
                }
            }

            if (branch is { } b) u[b.Parameter] = state.Space.Parameters[b.Parameter].ToUnit(state.Space.Parameters[b.Parameter].ValueAt(b.Value));
            pool.Add(search.At(u));
        }

        AcquisitionSearch.Candidate? chosen = null;
        void Consider(AcquisitionSearch.Candidate c)
        {
            if ((chosen is null ? c.Value > double.NegativeInfinity : c.Value > chosen.Value) && !state.Seen.Contains(c.Assignment)) chosen = c;
        }

        AcquisitionSearch.Candidate[] ranked = [.. pool.OrderByDescending(c => c.Value)];
        foreach (AcquisitionSearch.Candidate c in ranked.Take(options.Starts)) Consider(search.Improve(c));
        foreach (AcquisitionSearch.Candidate c in ranked) Consider(c);
        if (unseen is not null)
            for (int i = 0; i < 20; i++) Consider(search.At(AcquisitionSearch.UnitOf(unseen.PickUnseen(state.Seen, random), random)));
        // Everything seen and nothing unseen to fall back on: the space is exhausted, and repeating tells something about the noise.
        return chosen is null && unseen is null && ranked.Length > 0 && ranked[0].Value > double.NegativeInfinity ? ranked[0] : chosen;
    }
}
