using System.Numerics;

namespace HyperCloud.Statistics;

/// <summary>
/// The functional analysis of variance of a tree, exact up to rounding: Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing
/// hyperparameter importance" (ICML 2014), algorithms 1 and 2. Under the uniform measure on a box of the unit cube, with leaves ℓ of value c_ℓ
/// that cover shares w_ℓi of the coordinates, the marginal of coordinate j is a_j(x) = Σ_{ℓ ∋ x} c_ℓ Π_{i≠j} w_ℓi, a step function whose
/// variance is the main effect V_j; that of a pair is a_jk(x, y), and V_jk = Var(a_jk − a_j − a_k).
/// </summary>
internal sealed class FunctionalAnova
{
    private readonly RegressionTree _tree;
    private readonly int[][][] _segments; // feature, leaf -> the segments that it covers
    private readonly double[][] _breaks;  // feature -> ends of the segments of an interval, ascending; empty with cells
    private readonly double[][] _widths;  // feature, segment -> share inside the region
    private readonly double[][] _shares;  // feature, leaf -> share inside the region
    private readonly double[] _weights;   // leaf -> share inside the region

    /// <summary>Prepares the analysis of a tree inside a box.</summary>
    /// <param name="space">The features.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="region">The box; intervals are taken whole, since only features with cells are conditions.</param>
    public FunctionalAnova(FeatureSpace space, RegressionTree tree, Extent[] region)
    {
        _tree = tree;
        int features = space.Count, leaves = tree.Values.Length;
        (_segments, _breaks, _widths, _shares) = (new int[features][][], new double[features][], new double[features][], new double[features][]);
        for (int f = 0; f < features; f++)
        {
            if (space.Features[f].Widths is { } cells) Cells(f, cells, region[f].Cells);
            else Interval(f);
            _shares[f] = new double[leaves];
            for (int l = 0; l < leaves; l++)
                foreach (int s in _segments[f][l]) _shares[f][l] += _widths[f][s];
        }

        _weights = new double[leaves];
        for (int l = 0; l < leaves; l++)
        {
            _weights[l] = 1;
            for (int f = 0; f < features; f++) _weights[l] *= _shares[f][l];
            Mean += _weights[l] * tree.Values[l];
        }

        for (int l = 0; l < leaves; l++) Variance += _weights[l] * Square(tree.Values[l] - Mean);
    }

    /// <summary>The mean over the box.</summary>
    public double Mean { get; }

    /// <summary>The variance over the box.</summary>
    public double Variance { get; }

    /// <summary>The marginal a_j, by segment.</summary>
    public double[] Marginal(int j)
    {
        var marginal = new double[_widths[j].Length];
        for (int l = 0; l < _weights.Length; l++)
        {
            if (_weights[l] == 0) continue;
            double term = _tree.Values[l] * (_weights[l] / _shares[j][l]);
            foreach (int s in _segments[j][l]) marginal[s] += term;
        }

        return marginal;
    }

    /// <summary>The marginal at a coordinate (<see cref="Feature.Coordinate"/>).</summary>
    public double At(int j, double[] marginal, double coordinate) => marginal[SegmentOf(j, coordinate)];

    /// <summary>The marginal a_jk at two coordinates.</summary>
    public double At(int j, int k, double first, double second)
    {
        int s = SegmentOf(j, first), t = SegmentOf(k, second);
        double sum = 0;
        for (int l = 0; l < _weights.Length; l++)
            if (_weights[l] > 0 && Array.IndexOf(_segments[j][l], s) >= 0 && Array.IndexOf(_segments[k][l], t) >= 0)
                sum += _tree.Values[l] * (_weights[l] / (_shares[j][l] * _shares[k][l]));
        return sum;
    }

    /// <summary>V_j, from the marginal.</summary>
    public double Main(int j, double[] marginal)
    {
        double variance = 0;
        for (int s = 0; s < marginal.Length; s++) variance += _widths[j][s] * Square(marginal[s] - Mean);
        return variance;
    }

    /// <summary>V_jk, from the marginals of j and k.</summary>
    public double Interaction(int j, int k, double[] first, double[] second)
    {
        int columns = second.Length;
        var joint = new double[first.Length * columns];
        for (int l = 0; l < _weights.Length; l++)
        {
            if (_weights[l] == 0) continue;
            double term = _tree.Values[l] * (_weights[l] / (_shares[j][l] * _shares[k][l]));
            foreach (int s in _segments[j][l])
                foreach (int t in _segments[k][l]) joint[s * columns + t] += term;
        }

        double variance = 0;
        for (int s = 0; s < first.Length; s++)
        {
            double row = 0;
            for (int t = 0; t < columns; t++) row += _widths[k][t] * Square(joint[s * columns + t] - first[s] - second[t] + Mean);
            variance += _widths[j][s] * row;
        }

        return variance;
    }

    private static double Square(double x) => x * x;

    // At a break the segment above begins.
    private int SegmentOf(int j, double coordinate)
    {
        if (_breaks[j].Length == 0) return (int)coordinate;
        int s = Array.BinarySearch(_breaks[j], coordinate);
        return Math.Min(s >= 0 ? s + 1 : ~s, _breaks[j].Length - 1);
    }

    private void Cells(int f, double[] widths, ulong region)
    {
        _breaks[f] = [];
        double whole = 0;
        for (ulong rest = region; rest != 0; rest &= rest - 1) whole += widths[BitOperations.TrailingZeroCount(rest)];
        _widths[f] = [.. widths.Select((w, c) => (region >> c & 1) != 0 ? w / whole : 0)];
        _segments[f] = [.. _tree.Boxes.Select(b => Bits(b[f].Cells & region))];
    }

    private void Interval(int f)
    {
        double[] ends = [.. _tree.Boxes.Select(b => b[f].High).Distinct().Order()];
        _breaks[f] = ends;
        _widths[f] = [.. ends.Select((e, s) => e - (s == 0 ? 0 : ends[s - 1]))];
        _segments[f] = [.. _tree.Boxes.Select(b =>
        {
            int from = b[f].Low == 0 ? 0 : Array.BinarySearch(ends, b[f].Low) + 1, to = Array.BinarySearch(ends, b[f].High);
            return Enumerable.Range(from, to - from + 1).ToArray();
        })];
    }

    private static int[] Bits(ulong cells)
    {
        var bits = new int[BitOperations.PopCount(cells)];
        for (int i = 0; i < bits.Length; i++, cells &= cells - 1) bits[i] = BitOperations.TrailingZeroCount(cells);
        return bits;
    }
}
