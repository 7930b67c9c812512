namespace HyperCloud.Search;

/// <summary>
/// What lies below a reference point and is dominated by no vector of a front, cut into disjoint boxes: slab by slab in the last objective, each slab
/// by the same rule in the others.
/// </summary>
/// <param name="Levels">For each objective its levels in ascending order: −∞, the front's losses, the reference.</param>
/// <param name="Boxes">For each box and objective the level of its lower and its upper side: Low₀, High₀, Low₁, High₁, ….</param>
internal sealed record BoxDecomposition(double[][] Levels, int[][] Boxes)
{
    /// <summary>Decomposes.</summary>
    /// <param name="front">Vectors that do not dominate each other.</param>
    /// <param name="reference">The reference point.</param>
    public static BoxDecomposition Of(IReadOnlyList<double[]> front, double[] reference)
    {
        int objectives = reference.Length;
        double[][] inside = [.. front.Where(f => !f.Where((v, k) => v >= reference[k]).Any())];
        var levels = new double[objectives][];
        for (int k = 0; k < objectives; k++) levels[k] = [double.NegativeInfinity, .. inside.Select(f => f[k]).Distinct().Order(), reference[k]];
        int[][] points = [.. inside.Select(f => (int[])[.. f.Select((v, k) => Array.BinarySearch(levels[k], v))])];
        List<int[]> boxes = [];
        Cut(points, objectives - 1, new int[2 * objectives]);
        return new BoxDecomposition(levels, [.. boxes]);

        void Cut(int[][] below, int k, int[] box)
        {
            int top = levels[k].Length - 1;
            if (k == 0)
            {
                int high = below.Length == 0 ? top : below.Min(p => p[0]);
                if (high == 0) return;
                (box[0], box[1]) = (0, high);
                boxes.Add([.. box]);
                return;
            }

            int[][] active = [];
            int low = 0;
            foreach (IGrouping<int, int[]> level in below.GroupBy(p => p[k]).OrderBy(g => g.Key))
            {
                int[][] next = NonDominated([.. active, .. level], k);
                if (next.Length == active.Length && next.All(active.Contains)) continue; // nothing new is dominated from here on
                (box[2 * k], box[2 * k + 1]) = (low, level.Key);
                if (low < level.Key) Cut(active, k - 1, box);
                (active, low) = (next, level.Key);
            }

            (box[2 * k], box[2 * k + 1]) = (low, top);
            Cut(active, k - 1, box);
        }
    }

    // By the first k objectives; of equal vectors one stays.
    private static int[][] NonDominated(int[][] points, int k)
    {
        List<int[]> kept = [];
        foreach (int[] p in points)
        {
            if (kept.Exists(q => NowhereWorse(q, p, k))) continue;
            kept.RemoveAll(q => NowhereWorse(p, q, k));
            kept.Add(p);
        }

        return [.. kept];
    }

    private static bool NowhereWorse(int[] a, int[] b, int k)
    {
        for (int i = 0; i < k; i++)
            if (a[i] > b[i]) return false;
        return true;
    }
}
