using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// Ranks completed trials by what is known of their true loss: by loss where there is no noise to see, else by the posterior mean of
/// <see cref="LossSmoother"/>, so that the luckiest draw does not win over a configuration whose neighbours do well too.
/// </summary>
internal static class NoiseAwareRanking
{
    /// <summary>Ranks the trials of a context.</summary>
    public static Recommendation Rank(SearchContext context)
    {
        if (context.Objectives > 1) return FrontRanking.Rank(context);
        List<Observation> completed = ByLoss(context.Observations);
        int feasible = completed.FindIndex(o => o.Violation > 0) is >= 0 and var first ? first : completed.Count;
        if (feasible == completed.Count) return Rank(context, completed);
        Recommendation best = Rank(context, completed[..feasible]);
        return new Recommendation([.. best.Ranking, .. completed.Skip(feasible).Select(o => o.Number)],
            string.Create(CultureInfo.InvariantCulture, $"{feasible} of {completed.Count} trials meet all constraints and come first, {best.Reason}"));
    }

    private static Recommendation Rank(SearchContext context, List<Observation> completed)
    {
        if (context.Deterministic) return new Recommendation([.. completed.Select(o => o.Number)], "by loss: the objective has no noise");
        if (LossSmoother.TrySmooth(new SpaceEncoding(context.Space), completed) is not { } smooth)
            return new Recommendation([.. completed.Select(o => o.Number)], "by loss: too few or too equal losses to tell noise");
        if (smooth.NoiseShare == LossSmoother.NoNoise)
            return new Recommendation([.. completed.Select(o => o.Number)], "by loss: the losses show no noise");
        return new Recommendation(
            [.. Reorder(completed, smooth).Select(o => o.Number)],
            string.Create(CultureInfo.InvariantCulture, $"by smoothed loss of the best {smooth.Means.Length}: noise makes up {smooth.NoiseShare:P0} of the variance among them"));
    }

    /// <summary>
    /// The completed trials, best loss first, ties by trial number; those that break constraints after all others, the least broken first.
    /// </summary>
    public static List<Observation> ByLoss(IEnumerable<Observation> observations)
    {
        Observation[] completed = [.. observations.Where(o => o.State == ObservationState.Completed)];
        var losses = new double[completed.Length];
        for (int i = 0; i < losses.Length; i++) losses[i] = completed[i].Loss!.Value;
        Array.Sort(losses, completed); // far faster than a comparison of both; the order of ties is made good below
        for (int from = 0, to; from < losses.Length; from = to)
        {
            for (to = from + 1; to < losses.Length && losses[to] == losses[from];) to++;
            if (to - from > 1) Array.Sort(completed, from, to - from, Comparer<Observation>.Create((a, b) => a.Number.CompareTo(b.Number)));
        }

        return completed.Any(o => o.Violation > 0) ? [.. completed.OrderBy(o => o.Violation)] : [.. completed]; // a stable order
    }

    private static List<Observation> Reorder(List<Observation> ranked, SmoothedLosses smooth) =>
        [.. Enumerable.Range(0, smooth.Means.Length).OrderBy(i => smooth.Means[i]).ThenBy(i => i).Select(i => ranked[i]), .. ranked.Skip(smooth.Means.Length)];
}
