namespace HyperCloud.Search;

/// <summary>In which order the members of a front are worth having, when not all can be had.</summary>
internal static class FrontOrder
{
    /// <summary>So many are chosen by hypervolume; bounds the work at any length of a sweep.</summary>
    public const int MostGreedy = 64;

    // Greater than 1, so that the ends of the front have a volume of their own.
    private const double Reference = 1 + Hypervolume.Margin;

    /// <summary>
    /// The places of a front's vectors: each next one is that which adds most to the hypervolume of those before it, objectives scaled to the front's
    /// range, so that every beginning of the order is nearly the best set of its size (the gain is submodular: Nemhauser, Wolsey and Fisher, 1978).
    /// From <see cref="MostGreedy"/> on the least crowded first.
    /// </summary>
    /// <param name="front">Vectors that do not dominate each other.</param>
    public static int[] Of(IReadOnlyList<double[]> front)
    {
        if (front.Count <= 1) return [.. Enumerable.Range(0, front.Count)];
        double[][] scaled = ParetoFront.Normalise(front);
        double[] reference = new double[scaled[0].Length];
        Array.Fill(reference, Reference);
        // Gains only fall, so one that was largest when it was last looked at and still is needs no comparison with the others (lazily greedy).
        var gains = new PriorityQueue<(int Place, int Seen), (double, int)>();
        for (int i = 0; i < scaled.Length; i++) gains.Enqueue((i, 0), (-Hypervolume.Gain([], scaled[i], reference), i));
        List<int> chosen = [];
        List<double[]> vectors = [];
        while (chosen.Count < MostGreedy && gains.TryDequeue(out (int Place, int Seen) next, out _))
        {
            if (next.Seen < chosen.Count)
            {
                gains.Enqueue((next.Place, chosen.Count), (-Hypervolume.Gain(vectors, scaled[next.Place], reference), next.Place));
                continue;
            }

            chosen.Add(next.Place);
            vectors.Add(scaled[next.Place]);
        }

        double[] crowding = ParetoFront.Crowding(front);
        HashSet<int> known = [.. chosen];
        return [.. chosen, .. Enumerable.Range(0, front.Count).Where(i => !known.Contains(i)).OrderByDescending(i => crowding[i]).ThenBy(i => i)];
    }
}
