using System.Globalization;

namespace HyperCloud.Search;

/// <summary>The comparison that asynchronous halving makes at a rung, among trials that are compared with each other.</summary>
internal static class SuccessiveHalving
{
    /// <summary>
    /// Stops the trial unless it is among the best 1 in <c>reduction</c> of those that have reached its newest rung, rounded up: the first
    /// to come goes on, so that nobody waits. A trial that ties with the last one that goes on goes on too.
    /// </summary>
    public static RungDecision Decide(RungLadder ladder, IReadOnlyList<RungCurve> rivals, int trial, bool byTrend)
    {
        RungCurve own = rivals.First(c => c.Trial == trial);
        int rung = own.Losses.Count - 1, reached = 0, better = 0;
        double share = byTrend ? CurveTrend.ShareAt(rivals, rung, ladder.Top) : 0, score = CurveTrend.Score(own, rung, share);
        foreach (RungCurve c in rivals)
        {
            if (c.Losses.Count <= rung) continue;
            reached++;
            if (CurveTrend.Score(c, rung, share) < score) better++;
        }

        int goOn = (int)Math.Ceiling(reached / ladder.Reduction);
        bool stop = better >= goOn;
        return new(stop, string.Create(CultureInfo.InvariantCulture,
            $"rank {better + 1} of {reached} at rung {rung} (resource {ladder[rung]}); the best {goOn} go on{CurveTrend.Words(share)}"));
    }

    /// <summary>
    /// The promotion of Li et al. (2020), algorithm 2: from the highest rung down, the best paused trial among the best 1 in
    /// <c>reduction</c>, rounded down, of all that have reached the rung.
    /// </summary>
    public static Promotion? Promote(RungLadder ladder, IReadOnlyList<RungCurve> rivals, Predicate<int> paused, bool byTrend)
    {
        for (int rung = ladder.Top - 1; rung >= 0; rung--)
        {
            double share = byTrend ? CurveTrend.ShareAt(rivals, rung, ladder.Top) : 0;
            (int Trial, double Score, bool Here)[] ranked =
            [
                .. rivals.Where(c => c.Losses.Count > rung).Select(c => (c.Trial, CurveTrend.Score(c, rung, share), c.Losses.Count == rung + 1))
                    .OrderBy(c => c.Item2).ThenBy(c => c.Trial),
            ];
            int goOn = (int)Math.Floor(ranked.Length / ladder.Reduction);
            for (int rank = 0; rank < goOn; rank++)
            {
                if (!ranked[rank].Here || !paused(ranked[rank].Trial)) continue;
                return new(ranked[rank].Trial, rung + 1, string.Create(CultureInfo.InvariantCulture,
                    $"rank {rank + 1} of {ranked.Length} at rung {rung} (resource {ladder[rung]}); the best {goOn} go on, to resource {ladder[rung + 1]}{CurveTrend.Words(share)}"));
            }
        }

        return null;
    }
}
