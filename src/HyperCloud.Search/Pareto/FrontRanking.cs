using System.Globalization;

namespace HyperCloud.Search;

/// <summary>A completed trial in the order of a population.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="Rank">The number of its front, from 0; trials that break a constraint come in fronts of their own, after all others.</param>
/// <param name="Crowding">Its crowding distance in the front.</param>
internal sealed record RankedTrial(Observation Trial, int Rank, double Crowding);

/// <summary>
/// Ranks trials of a sweep with several objectives: front by front. Those that break an outcome constraint come after all that do not, the least broken
/// first (Deb and others, 2002, §VI).
/// </summary>
internal static class FrontRanking
{
    /// <summary>The best completed trials, front by front, in each the least crowded first.</summary>
    /// <param name="observations">Finished trials.</param>
    /// <param name="enough">How many; fewer when there are no more.</param>
    public static List<RankedTrial> Best(IReadOnlyList<Observation> observations, int enough)
    {
        Observation[] completed = [.. observations.Where(o => o.State == ObservationState.Completed)];
        Observation[] keeps = [.. completed.Where(o => o.Violation == 0)];
        double[][] losses = [.. keeps.Select(o => o.Vector)];
        List<RankedTrial> ranked = [];
        List<int[]> fronts = ParetoFront.Fronts(losses, enough);
        for (int f = 0; f < fronts.Count; f++)
        {
            double[] crowding = ParetoFront.Crowding([.. fronts[f].Select(i => losses[i])]);
            ranked.AddRange(fronts[f].Select((i, place) => new RankedTrial(keeps[i], f, crowding[place])).OrderByDescending(r => r.Crowding).ThenBy(r => r.Trial.Number));
        }

        if (ranked.Count < enough)
            ranked.AddRange(completed.Where(o => o.Violation > 0).OrderBy(o => o.Violation).ThenBy(o => o.Number).Select((o, place) => new RankedTrial(o, fronts.Count + place, 0)));
        return ranked.Count <= enough ? ranked : ranked[..enough];
    }

    /// <summary>
    /// The recommendation: the front first, its members in the order in which they add most to its hypervolume, then the following fronts, then what
    /// breaks constraints. Losses are smoothed where they are noisy (<see cref="LossSmoother"/>).
    /// </summary>
    public static Recommendation Rank(SearchContext context)
    {
        List<RankedTrial> best = Best(context.Observations, LossSmoother.MostTrials);
        Observation[] keeps = [.. best.Select(r => r.Trial).Where(o => o.Violation == 0)];
        if (context.Deterministic) return Rank(context, keeps, [.. keeps.Select(o => o.Vector)], ["the objectives have no noise"]);
        double[][] losses = [.. keeps.Select(o => (double[])[.. o.Vector])];
        var encoding = new SpaceEncoding(context.Space);
        List<string> noise = [];
        for (int k = 0; k < context.Objectives; k++)
        {
            int[] order = [.. Enumerable.Range(0, keeps.Length).OrderBy(i => losses[i][k]).ThenBy(i => i)];
            if (LossSmoother.TrySmooth(encoding, [.. order.Select(i => keeps[i].For(k))]) is not { NoiseShare: > LossSmoother.NoNoise } smooth) continue;
            // Smoothed losses are on a scale of their own; only all of them or none can be compared.
            for (int i = 0; i < order.Length; i++) losses[order[i]][k] = smooth.Means[i];
            noise.Add(string.Create(CultureInfo.InvariantCulture, $"objective {k + 1} smoothed: noise makes up {smooth.NoiseShare:P0} of the variance among the best {smooth.Means.Length}"));
        }

        return Rank(context, keeps, losses, noise);
    }

    /// <summary>Ranks by given losses.</summary>
    /// <param name="context">The context.</param>
    /// <param name="keeps">The trials that may make up the front: completed, and breaking no constraint.</param>
    /// <param name="losses">What is believed of each.</param>
    /// <param name="notes">What is to be said of the losses; empty: that no noise was seen.</param>
    public static Recommendation Rank(SearchContext context, Observation[] keeps, double[][] losses, IReadOnlyList<string> notes)
    {
        List<int[]> fronts = ParetoFront.Fronts(losses);
        List<int> ranking = [];
        foreach (int[] front in fronts)
        {
            double[][] vectors = [.. front.Select(i => losses[i])];
            double[] crowding = ranking.Count == 0 ? [] : ParetoFront.Crowding(vectors);
            int[] order = ranking.Count == 0 ? FrontOrder.Of(vectors) : [.. Enumerable.Range(0, front.Length).OrderByDescending(i => crowding[i]).ThenBy(i => keeps[front[i]].Number)];
            ranking.AddRange(order.Select(i => keeps[front[i]].Number));
        }

        HashSet<int> known = [.. ranking];
        Observation[] completed = [.. context.Observations.Where(o => o.State == ObservationState.Completed)];
        ranking.AddRange(completed.Where(o => !known.Contains(o.Number)).OrderBy(o => o.Violation).ThenBy(o => o.Number).Select(o => o.Number));
        int keep = completed.Count(o => o.Violation == 0);
        string constraints = keep == completed.Length ? "" : string.Create(CultureInfo.InvariantCulture, $"{keep} of {completed.Length} trials meet all constraints and come first, ");
        string seen = notes.Count == 0 ? "the losses show no noise" : string.Join("; ", notes);
        // Nothing keeps the constraints: what breaks them least is the nearest thing to a front.
        int members = fronts.Count > 0 ? fronts[0].Length : Math.Min(1, ranking.Count);
        return new Recommendation(ranking, $"{constraints}front by front, in the front by what each adds to the hypervolume; {seen}", members);
    }
}
