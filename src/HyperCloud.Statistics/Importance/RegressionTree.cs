using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>A regression tree as its leaves: boxes that tile the unit cube, each with a value.</summary>
/// <param name="Boxes">The boxes, one extent a feature.</param>
/// <param name="Values">The values.</param>
internal sealed record RegressionTree(Extent[][] Boxes, double[] Values)
{
    /// <summary>The value at a configuration.</summary>
    /// <param name="space">The features.</param>
    /// <param name="x">Coordinates by feature; NaN where inactive, on which no leaf depends.</param>
    public double At(FeatureSpace space, ReadOnlySpan<double> x)
    {
        for (int leaf = 0; leaf < Boxes.Length; leaf++)
        {
            bool inside = true;
            for (int f = 0; f < x.Length && inside; f++) inside = double.IsNaN(x[f]) || space.Features[f].Holds(Boxes[leaf][f], x[f]);
            if (inside) return Values[leaf];
        }

        throw new InvalidOperationException("the leaves of a tree tile the space");
    }
}

/// <summary>How trees are grown.</summary>
/// <param name="LeastLeaf">Rows that a leaf has at least.</param>
/// <param name="Cuts">Random cuts that are tried for each feature at each node.</param>
internal sealed record TreeOptions(int LeastLeaf, int Cuts);

/// <summary>
/// Grows extremely randomised regression trees (Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 2006, all features
/// tried at each node) on mixed, conditional configurations. A feature is split only inside a box where it is active everywhere, so no leaf
/// ever needs a value of an inactive parameter. Where it is active only in part, the split that is tried first is the one between active and
/// inactive, a split of its parent; its merit includes what a cut of the child would bring then, or a child without which its parent does
/// nothing would never be found.
/// </summary>
/// <param name="space">The features.</param>
/// <param name="columns">Coordinates of the rows (<see cref="FeatureSpace.Encode"/>).</param>
/// <param name="y">The target, best centred.</param>
/// <param name="options">How.</param>
internal sealed class TreeGrower(FeatureSpace space, double[][] columns, double[] y, TreeOptions options)
{
    private readonly int[] _rows = new int[y.Length];
    private readonly int[] _other = new int[y.Length];
    private readonly List<Extent[]> _boxes = [];
    private readonly List<double> _values = [];
    private RandomStream _random = null!;
    private double[] _weights = [];
    private double[]? _outside;

    /// <summary>A cut: rows below a coordinate, or in a set of cells.</summary>
    private readonly record struct Cut(int Feature, double Below, ulong Cells, bool IsSet);

    /// <summary>Grows a tree.</summary>
    /// <param name="random">Where its cuts come from.</param>
    /// <param name="weights">A weight for each row; rows of weight 0 are led down the tree, but decide nothing.</param>
    /// <param name="outside">Is given the tree's prediction for each row of weight 0; may be null.</param>
    public RegressionTree Grow(RandomStream random, double[] weights, double[]? outside = null)
    {
        (_random, _weights, _outside) = (random, weights, outside);
        _boxes.Clear();
        _values.Clear();
        for (int i = 0; i < _rows.Length; i++) _rows[i] = i;
        Split(0, _rows.Length, space.Whole);
        return new RegressionTree([.. _boxes], [.. _values]);
    }

    private void Split(int start, int end, Extent[] box)
    {
        double weight = 0, sum = 0, squares = 0;
        int count = 0;
        for (int r = start; r < end; r++)
        {
            int i = _rows[r];
            double w = _weights[i];
            if (w == 0) continue;
            count++;
            weight += w;
            sum += w * y[i];
            squares += w * y[i] * y[i];
        }

        double spread = squares - sum * sum / weight;
        if (count >= 2 * options.LeastLeaf && spread > 1e-12 * squares && Best(start, end, box) is { } best)
        {
            int middle = Partition(start, end, best);
            (Extent inside, Extent beyond) = Halves(box[best.Feature], best);
            Split(start, middle, With(box, best.Feature, inside));
            Split(middle, end, With(box, best.Feature, beyond));
            return;
        }

        double value = sum / weight;
        _boxes.Add(box);
        _values.Add(value);
        if (_outside is null) return;
        for (int r = start; r < end; r++)
            if (_weights[_rows[r]] == 0) _outside[_rows[r]] = value;
    }

    private Cut? Best(int start, int end, Extent[] box)
    {
        Cut? best = null;
        double merit = 0;
        for (int f = 0; f < space.Count; f++)
        {
            if (space.Regions[f] is null) continue;
            Cut? gate = null;
            bool possible = true;
            foreach ((int parent, ulong cells) in space.Conditions[f])
            {
                if ((box[parent].Cells & cells) == 0) possible = false;
                else if (gate is null && (box[parent].Cells & ~cells) != 0) gate = new(parent, 0, cells, true);
            }

            if (!possible) continue;
            double opened = gate is { } g ? Gain(start, end, g) : 0;
            if (double.IsNaN(opened)) continue;
            if (Seen(start, end, f) is not { } seen) continue;
            for (int k = 0; k < options.Cuts; k++)
            {
                Cut cut = Draw(box, f, seen);
                double gain = Gain(start, end, cut, activeOnly: gate is not null);
                if (double.IsNaN(gain) || opened + gain <= merit) continue;
                merit = opened + gain;
                best = gate ?? cut;
            }
        }

        return best;
    }

    /// <summary>The least and greatest coordinate of the rows, and the cells that occur; null when all rows have one value.</summary>
    private (double Least, double Most, ulong Cells)? Seen(int start, int end, int f)
    {
        double[] x = columns[f], weights = _weights;
        int[] rows = _rows;
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        ulong cells = 0;
        bool isSet = IsSet(f);
        for (int r = start; r < end; r++)
        {
            int i = rows[r];
            double v = x[i];
            if (weights[i] == 0) continue;
            // Neither holds for NaN, inactive.
            if (v < least) least = v;
            if (v > most) most = v;
            if (isSet && v >= 0) cells |= 1UL << (int)v;
        }

        return most > least ? (least, most, cells) : null;
    }

    private bool IsSet(int f) => space.Features[f] is { Widths: not null, Ordered: false };

    /// <summary>A cut drawn at random between what was seen.</summary>
    private Cut Draw(Extent[] box, int f, (double Least, double Most, ulong Cells) seen)
    {
        if (IsSet(f))
        {
            // Values that no row has fall to either side, or one side would always get them.
            while (true)
            {
                ulong set = _random.NextUInt64() & box[f].Cells;
                if ((set & seen.Cells) != 0 && (seen.Cells & ~set) != 0) return new(f, 0, set, true);
            }
        }

        if (space.Features[f].Widths is not null) return new(f, seen.Least + 1 + _random.NextInt((int)(seen.Most - seen.Least)), 0, false);
        double below = seen.Least + (seen.Most - seen.Least) * _random.NextDouble();
        return new(f, below > seen.Least ? below : seen.Most, 0, false);
    }

    /// <summary>The decrease of the weighted sum of squares; NaN when a side has too few rows.</summary>
    private double Gain(int start, int end, Cut cut, bool activeOnly = false)
    {
        double[] x = columns[cut.Feature], weights = _weights, target = y;
        int[] rows = _rows;
        double w1 = 0, s1 = 0, w2 = 0, s2 = 0;
        int n1 = 0, n2 = 0;
        for (int r = start; r < end; r++)
        {
            int i = rows[r];
            double w = weights[i], v = x[i];
            if (w == 0 || (activeOnly && double.IsNaN(v))) continue;
            if (Inside(cut, v))
            {
                n1++;
                w1 += w;
                s1 += w * target[i];
            }
            else
            {
                n2++;
                w2 += w;
                s2 += w * target[i];
            }
        }

        if (n1 < options.LeastLeaf || n2 < options.LeastLeaf) return double.NaN;
        double difference = s1 / w1 - s2 / w2;
        return difference * difference * (w1 * w2 / (w1 + w2));
    }

    // NaN, inactive, is never inside.
    private static bool Inside(Cut cut, double v) => cut.IsSet ? v >= 0 && (cut.Cells >> (int)v & 1) != 0 : v < cut.Below;

    private int Partition(int start, int end, Cut cut)
    {
        // Stable, so that sums do not depend on how the rows were swapped before.
        double[] x = columns[cut.Feature];
        int inside = start, beyond = 0;
        for (int r = start; r < end; r++)
        {
            int i = _rows[r];
            if (Inside(cut, x[i])) _rows[inside++] = i;
            else _other[beyond++] = i;
        }

        Array.Copy(_other, 0, _rows, inside, beyond);
        return inside;
    }

    private (Extent Inside, Extent Beyond) Halves(Extent extent, Cut cut)
    {
        if (space.Features[cut.Feature].Widths is null) return (extent with { High = cut.Below }, extent with { Low = cut.Below });
        ulong cells = extent.Cells & (cut.IsSet ? cut.Cells : (1UL << (int)cut.Below) - 1);
        return (extent with { Cells = cells }, extent with { Cells = extent.Cells & ~cells });
    }

    private static Extent[] With(Extent[] box, int feature, Extent extent)
    {
        Extent[] part = [.. box];
        part[feature] = extent;
        return part;
    }
}
