using System.Collections.Immutable;
using System.Numerics;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>The part of one coordinate that a box covers: an interval of [0, 1], or a set of cells (bits) where the feature has cells.</summary>
/// <param name="Low">Lower end, inclusive; unused with cells.</param>
/// <param name="High">Upper end, exclusive but for 1; unused with cells.</param>
/// <param name="Cells">The cells.</param>
internal readonly record struct Extent(double Low, double High, ulong Cells);

/// <summary>A parameter with a choice, as a tree sees it.</summary>
/// <param name="parameter">The parameter.</param>
/// <param name="cells">How its values fall into cells; null for a feature that is an interval.</param>
internal sealed class Feature(Parameter parameter, Cells? cells)
{
    /// <summary>The parameter.</summary>
    public Parameter Parameter { get; } = parameter;

    /// <summary>Its cells have a meaningful order.</summary>
    public bool Ordered => Parameter.IsOrdered && cells?.Named is null;

    /// <summary>The share of [0, 1] that each cell owns; null for an interval.</summary>
    public double[]? Widths { get; } = cells?.Widths(parameter.Cardinality!.Value);

    /// <summary>Everything.</summary>
    public Extent Whole => Widths is { } w ? new(0, 1, w.Length == 64 ? ulong.MaxValue : (1UL << w.Length) - 1) : new(0, 1, 0);

    /// <summary>The unit coordinate of a value, or the number of its cell.</summary>
    public double Coordinate(ParameterValue value) => cells is null ? Parameter.ToUnit(value) : cells.Of(Parameter.IndexOf(value));

    /// <summary>The cells of the values that are in the domain.</summary>
    public ulong CellsOf(ImmutableArray<ParameterValue> values)
    {
        ulong set = 0;
        foreach (ParameterValue v in values)
            if (Parameter.Contains(v)) set |= 1UL << (int)Coordinate(v);
        return set;
    }

    /// <summary>The measure of a part.</summary>
    public double Measure(Extent extent)
    {
        if (Widths is null) return extent.High - extent.Low;
        double sum = 0;
        for (ulong rest = extent.Cells; rest != 0; rest &= rest - 1) sum += Widths[BitOperations.TrailingZeroCount(rest)];
        return sum;
    }

    /// <summary>Whether a part holds a coordinate.</summary>
    public bool Holds(Extent extent, double coordinate) => Widths is null
        ? coordinate >= extent.Low && (coordinate < extent.High || extent.High == 1)
        : (extent.Cells >> (int)coordinate & 1) != 0;
}

/// <summary>How the values of a finite domain fall into at most 64 cells; each value owns an equal share of [0, 1].</summary>
/// <param name="Starts">The index of the first value of each cell, ascending from 0. With <paramref name="Named"/> only their number counts.</param>
/// <param name="Named">
/// The cell of each value that a condition names, where these are so scattered that cells in order are too few; the others are in cell 0, and cells have no order.
/// </param>
internal sealed record Cells(long[] Starts, Dictionary<long, int>? Named)
{
    /// <summary>The cell of a value.</summary>
    public int Of(long index) => Named is { } named ? named.GetValueOrDefault(index)
        : Array.BinarySearch(Starts, index) is >= 0 and var i ? i : ~Array.BinarySearch(Starts, index) - 1;

    /// <summary>The share of each cell.</summary>
    public double[] Widths(long values)
    {
        if (Named is null) return [.. Starts.Select((s, c) => (double)((c + 1 < Starts.Length ? Starts[c + 1] : values) - s) / values)];
        double[] widths = new double[Starts.Length];
        foreach (int cell in Named.Values) widths[cell] += 1.0 / values;
        widths[0] += (double)(values - Named.Count) / values;
        return widths;
    }
}

/// <summary>
/// The features of a space, and where each is active. A condition is a conjunction of "parent has one of these values", and so are those of
/// its parents: the part of the unit cube where a parameter is active is a box. That makes the analysis inside it exact.
/// </summary>
internal sealed class FeatureSpace
{
    /// <summary>Up to so many values each have a cell of their own (a bit each).</summary>
    private const int MostCells = 64;

    private readonly int[] _featureOf;

    public FeatureSpace(Space space)
    {
        Space = space;
        Parameters = [.. Enumerable.Range(0, space.Count).Where(i => space.Parameters[i].Cardinality != 1)];
        _featureOf = new int[space.Count];
        Array.Fill(_featureOf, -1);
        for (int f = 0; f < Parameters.Length; f++) _featureOf[Parameters[f]] = f;
        Features = [.. Parameters.Select(i => new Feature(space.Parameters[i], CellsOf(space, i)))];
        Whole = [.. Features.Select(f => f.Whole)];

        var regions = new Extent[]?[space.Count];
        foreach (int i in space.ParentsFirst) regions[i] = RegionOf(i, regions);
        Regions = [.. Parameters.Select(i => regions[i])];
        Conditions = [.. Regions.Select(r => r is null ? [] : Enumerable.Range(0, r.Length).Where(q => r[q] != Whole[q]).Select(q => (q, r[q].Cells)).ToArray())];
    }

    /// <summary>The space.</summary>
    public Space Space { get; }

    /// <summary>The number of features.</summary>
    public int Count => Features.Length;

    /// <summary>The features, in the space's order.</summary>
    public Feature[] Features { get; }

    /// <summary>The index in the space of each feature's parameter.</summary>
    public int[] Parameters { get; }

    /// <summary>The whole unit cube.</summary>
    public Extent[] Whole { get; }

    /// <summary>The box where each feature is active; null where it never is.</summary>
    public Extent[]?[] Regions { get; }

    /// <summary>What must hold for each feature to be active: (parent feature, its cells), ancestors included.</summary>
    public (int Parent, ulong Cells)[][] Conditions { get; }

    /// <summary>The coordinates of configurations, one column a feature; NaN where inactive.</summary>
    public double[][] Encode(IReadOnlyList<Assignment> assignments)
    {
        var columns = new double[Count][];
        for (int f = 0; f < Count; f++)
        {
            columns[f] = new double[assignments.Count];
            for (int i = 0; i < assignments.Count; i++)
                columns[f][i] = assignments[i][Parameters[f]] is { } v ? Features[f].Coordinate(v) : double.NaN;
        }

        return columns;
    }

    /// <summary>The share of the unit cube that a box covers.</summary>
    public double Share(Extent[] box)
    {
        double share = 1;
        for (int f = 0; f < box.Length; f++) share *= Features[f].Measure(box[f]);
        return share;
    }

    /// <summary>The features whose activity hangs on this one, directly or not.</summary>
    public int[] DescendantsOf(int feature) =>
        [.. Enumerable.Range(0, Count).Where(f => Conditions[f].Any(c => c.Parent == feature))];

    /// <summary>The box where both are active; null when there is none.</summary>
    public Extent[]? Both(int a, int b)
    {
        if (Regions[a] is not { } first || Regions[b] is not { } second) return null;
        Extent[] both = [.. first.Select((e, f) => e with { Cells = e.Cells & second[f].Cells })];
        return IsEmpty(both) ? null : both;
    }

    private bool IsEmpty(Extent[] box)
    {
        for (int f = 0; f < box.Length; f++)
            if (Features[f].Widths is not null && box[f].Cells == 0) return true;
        return false;
    }

    private Extent[]? RegionOf(int parameter, Extent[]?[] regions)
    {
        Extent[] region = [.. Whole];
        foreach ((int parent, ImmutableArray<ParameterValue> values) in Space.ClausesOf(parameter))
        {
            if (regions[parent] is not { } above) return null;
            for (int f = 0; f < region.Length; f++) region[f] = region[f] with { Cells = region[f].Cells & above[f].Cells };
            int feature = _featureOf[parent];
            if (feature >= 0) region[feature] = region[feature] with { Cells = region[feature].Cells & Features[feature].CellsOf(values) };
            else if (!values.Contains(Space.Parameters[parent].ValueAt(0))) return null;
        }

        return IsEmpty(region) ? null : region;
    }

    /// <summary>
    /// Cells of a parameter: one a value up to 64 values. Of a longer domain only a parent needs cells: they part the values that a condition
    /// names from the others, and the rest evenly. Where that takes more than 64, values that the same conditions name share a cell.
    /// </summary>
    private static Cells? CellsOf(Space space, int index)
    {
        Parameter parameter = space.Parameters[index];
        if (parameter.Cardinality is not { } n) return null;
        if (n <= MostCells) return new([.. Enumerable.Range(0, (int)n).Select(i => (long)i)], null);
        long[][] clauses = [.. Enumerable.Range(0, space.Count).SelectMany(space.ClausesOf).Where(c => c.Parent == index)
            .Select(c => c.Values.Where(parameter.Contains).Select(parameter.IndexOf).ToArray())];
        long[] named = [.. clauses.SelectMany(c => c).Distinct().Order()];
        if (named.Length == 0) return null;
        long[] needed = [.. named.SelectMany(i => new[] { i, i + 1 }).Append(0).Where(i => i < n).Distinct().Order()];
        if (needed.Length > MostCells)
        {
            var classes = new Dictionary<string, int>(StringComparer.Ordinal);
            Dictionary<long, int> cellOf = [];
            foreach (long value in named)
            {
                string conditions = string.Join(',', Enumerable.Range(0, clauses.Length).Where(c => clauses[c].Contains(value)));
                if (!classes.TryGetValue(conditions, out int cell)) classes[conditions] = cell = Math.Min(classes.Count + 1, MostCells - 1);
                cellOf[value] = cell;
            }

            int first = named.Length == n ? 0 : 1;
            // Without a value that nothing names there would be a cell of no width.
            if (first == 0)
                foreach (long value in named) cellOf[value]--;
            return new(new long[first + classes.Values.Distinct().Count()], cellOf);
        }

        int spare = MostCells - needed.Length;
        IEnumerable<long> even = Enumerable.Range(0, spare).Select(k => (long)((Int128)n * k / Math.Max(spare, 1)));
        return new([.. needed.Concat(even).Distinct().Order()], null);
    }
}
