namespace HyperCloud.Search;

/// <summary>
/// Vectors of losses compared by dominance: one dominates another when it is nowhere worse and somewhere better. Losses are minimised. Equal vectors
/// do not dominate each other.
/// </summary>
public static class ParetoFront
{
    /// <summary>Whether <paramref name="a"/> is nowhere worse than <paramref name="b"/> and somewhere better.</summary>
    public static bool Dominates(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        bool better = false;
        for (int k = 0; k < a.Length; k++)
        {
            if (a[k] > b[k]) return false;
            better |= a[k] < b[k];
        }

        return better;
    }

    /// <summary>The places of the vectors that none dominates, in ascending order.</summary>
    public static int[] Of(IReadOnlyList<double[]> losses)
    {
        int[] front = losses.Count == 0 ? [] : Fronts(losses, 1)[0];
        Array.Sort(front);
        return front;
    }

    /// <summary>
    /// Non-dominated sorting (Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002, §III A): the
    /// first front is what none dominates, the next what none of the rest dominates, and so on, until enough vectors are sorted.
    /// </summary>
    /// <remarks>
    /// In lexicographic order a vector is dominated only by earlier ones, and then by one of its front too, so each is compared with the front's
    /// members alone; with two objectives, with the newest of them alone.
    /// </remarks>
    /// <param name="losses">The vectors, all of one length.</param>
    /// <param name="enough">How many must be sorted; whole fronts are, so there may be more.</param>
    /// <returns>The places of the vectors, front by front, each in lexicographic order of the losses, ties by place.</returns>
    public static List<int[]> Fronts(IReadOnlyList<double[]> losses, int enough = int.MaxValue)
    {
        List<int> rest = [.. Enumerable.Range(0, losses.Count)];
        rest.Sort((i, j) => Lexicographic(losses[i], losses[j]) is var order and not 0 ? order : i.CompareTo(j));
        List<int[]> fronts = [];
        for (int sorted = 0; rest.Count > 0 && sorted < enough;)
        {
            List<int> front = [], next = [];
            foreach (int i in rest)
            {
                bool dominated = false;
                // The newest first: near neighbours dominate most often.
                for (int f = front.Count - 1; f >= 0 && !dominated; f--)
                {
                    dominated = Dominates(losses[front[f]], losses[i]);
                    if (losses[i].Length == 2) break; // its second loss is the least of the front so far
                }

                (dominated ? next : front).Add(i);
            }

            fronts.Add([.. front]);
            sorted += front.Count;
            rest = next;
        }

        return fronts;
    }

    /// <summary>
    /// Crowding distances (Deb and others, 2002, §III B): for each vector of a front the sum over objectives of the distance of its two neighbours, in
    /// parts of the front's range; +∞ at the ends.
    /// </summary>
    /// <param name="front">The vectors of the front.</param>
    internal static double[] Crowding(IReadOnlyList<double[]> front)
    {
        var distance = new double[front.Count];
        if (front.Count == 0) return distance;
        double[][] scaled = Normalise(front);
        for (int k = 0; k < scaled[0].Length; k++)
        {
            int[] order = [.. Enumerable.Range(0, scaled.Length).OrderBy(i => scaled[i][k]).ThenBy(i => i)];
            distance[order[0]] = distance[order[^1]] = double.PositiveInfinity;
            for (int p = 1; p < order.Length - 1; p++) distance[order[p]] += scaled[order[p + 1]][k] - scaled[order[p - 1]][k];
        }

        return distance;
    }

    /// <summary>The losses with each objective scaled to [0, 1] over the vectors given; 0 where it does not vary.</summary>
    internal static double[][] Normalise(IReadOnlyList<double[]> losses)
    {
        double[][] scaled = [.. losses.Select(_ => new double[losses[0].Length])];
        for (int k = 0; k < (losses.Count == 0 ? 0 : losses[0].Length); k++)
        {
            double largest = 0, low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (double[] l in losses) largest = Math.Max(largest, Math.Abs(l[k]));
            if (largest == 0) continue;
            foreach (double[] l in losses) (low, high) = (Math.Min(low, l[k] / largest), Math.Max(high, l[k] / largest)); // 1e300 − (−1e300) would overflow
            if (high > low)
                for (int i = 0; i < scaled.Length; i++) scaled[i][k] = (losses[i][k] / largest - low) / (high - low);
        }

        return scaled;
    }

    private static int Lexicographic(double[] a, double[] b)
    {
        for (int k = 0; k < a.Length; k++)
            if (a[k].CompareTo(b[k]) is var order and not 0) return order;
        return 0;
    }
}
