namespace HyperCloud.Search;

/// <summary>
/// The hypervolume that vectors of losses dominate below a reference point, exactly: the one measure of a front that grows whenever a front gets
/// better (Zitzler and Thiele, 1999). Two objectives: a sweep. More: sums of exclusive volumes over limited sets (While, Bradstreet and Barone, "A
/// fast way of calculating exact hypervolumes", IEEE Transactions on Evolutionary Computation 16, 2012).
/// </summary>
public static class Hypervolume
{
    /// <summary>The part of an objective's range by which a derived reference point lies beyond the worst loss.</summary>
    public const double Margin = 0.1;

    /// <summary>The hypervolume, in the product of the objectives' units; vectors that are not below the reference everywhere add nothing.</summary>
    /// <param name="losses">The vectors, minimised.</param>
    /// <param name="reference">The reference point: as many losses, each the worst that counts.</param>
    public static double Of(IReadOnlyList<double[]> losses, double[] reference)
    {
        List<double[]> inside = [.. losses.Where(l => Below(l, reference))];
        return inside.Count == 0 ? 0 : Volume([.. ParetoFront.Of(inside).Select(i => inside[i])], reference);
    }

    /// <summary>How much the hypervolume of a front grows by one more vector.</summary>
    /// <param name="front">Vectors that do not dominate each other.</param>
    /// <param name="added">The vector.</param>
    /// <param name="reference">The reference point.</param>
    public static double Gain(IReadOnlyList<double[]> front, double[] added, double[] reference)
    {
        if (!Below(added, reference)) return 0;
        double own = 1;
        for (int k = 0; k < added.Length; k++) own *= reference[k] - added[k];
        // What the front dominates of the box between the vector and the reference: its vectors limited to that box.
        return own - Of([.. front.Select(f => Worse(f, added))], reference);
    }

    /// <summary>
    /// A reference point for losses that come without one: the worst loss in each objective and <see cref="Margin"/> of the range more (1 more where all are
    /// equal), so that the ends of a front count too. Where it lies beyond the numbers, the largest number.
    /// </summary>
    /// <param name="losses">The vectors; at least one.</param>
    public static double[] ReferenceOf(IReadOnlyList<double[]> losses)
    {
        var reference = new double[losses[0].Length];
        for (int k = 0; k < reference.Length; k++)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (double[] l in losses) (low, high) = (Math.Min(low, l[k]), Math.Max(high, l[k]));
            reference[k] = Math.Min(high > low ? high + Margin * high - Margin * low : high + 1, double.MaxValue);
        }

        return reference;
    }

    private static bool Below(double[] losses, double[] reference)
    {
        for (int k = 0; k < losses.Length; k++)
            if (!(losses[k] < reference[k])) return false;
        return true;
    }

    private static double[] Worse(double[] a, double[] b)
    {
        var worse = new double[a.Length];
        for (int k = 0; k < worse.Length; k++) worse[k] = Math.Max(a[k], b[k]);
        return worse;
    }

    // Of vectors below the reference that do not dominate each other, in lexicographic order or not.
    private static double Volume(double[][] front, double[] reference)
    {
        if (reference.Length == 1) return reference[0] - front.Min(f => f[0]);
        Array.Sort(front, static (a, b) => a[0] != b[0] ? a[0].CompareTo(b[0]) : a[1].CompareTo(b[1]));
        double sum = 0;
        if (reference.Length == 2)
        {
            double above = reference[1];
            foreach (double[] f in front)
            {
                if (f[1] >= above) continue; // equal vectors
                sum += (reference[0] - f[0]) * (above - f[1]);
                above = f[1];
            }

            return sum;
        }

        // From the worst first loss down: the sets that the others are limited to are small then.
        for (int i = front.Length - 1; i >= 0; i--)
        {
            double own = 1;
            for (int k = 0; k < reference.Length; k++) own *= reference[k] - front[i][k];
            double[][] limited = new double[front.Length - 1 - i][];
            for (int j = i + 1; j < front.Length; j++) limited[j - i - 1] = Worse(front[j], front[i]);
            sum += limited.Length == 0 ? own : own - Volume([.. ParetoFront.Of(limited).Select(j => limited[j])], reference);
        }

        return sum;
    }
}
