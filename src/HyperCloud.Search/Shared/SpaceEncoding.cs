using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>How a model sees a parameter.</summary>
internal enum DimensionKind
{
    /// <summary>A real coordinate in [0, 1].</summary>
    Continuous,

    /// <summary>A value of an ordered finite domain, at the middle of its share of [0, 1].</summary>
    Ordered,

    /// <summary>The index of a value without order.</summary>
    Categorical,
}

/// <summary>A parameter with more than one value.</summary>
/// <param name="Index">Its index in the space.</param>
/// <param name="Parameter">The parameter.</param>
/// <param name="Kind">How models see it.</param>
internal sealed record Dimension(int Index, Parameter Parameter, DimensionKind Kind)
{
    /// <summary>The number of values; 0 when continuous.</summary>
    public long Count { get; } = Parameter.Cardinality ?? 0;

    /// <summary>The width of the share of [0, 1] that the value at a coordinate owns; 0 unless the dimension is ordered and finite.</summary>
    public double ShareWidth(double x)
    {
        if (Kind != DimensionKind.Ordered || double.IsNaN(x)) return 0;
        (double low, double high) = Parameter.UnitShare(Parameter.FromUnit(x));
        return high - low;
    }
}

/// <summary>
/// The one encoding of configurations that all model-based algorithms share: a vector with an entry for each parameter that has a choice
/// (constants and single values are left out): the unit coordinate, or the index of a categorical value; NaN where inactive.
/// </summary>
internal sealed class SpaceEncoding
{
    private readonly int[] _dimensionOf;

    public SpaceEncoding(Space space)
    {
        Space = space;
        Dimensions = [.. Enumerable.Range(0, space.Count)
            .Where(i => space.Parameters[i].Cardinality != 1)
            .Select(i => new Dimension(i, space.Parameters[i], KindOf(space.Parameters[i])))];
        _dimensionOf = new int[space.Count];
        Array.Fill(_dimensionOf, -1);
        for (int d = 0; d < Dimensions.Length; d++) _dimensionOf[Dimensions[d].Index] = d;
    }

    /// <summary>The space.</summary>
    public Space Space { get; }

    /// <summary>The parameters with a choice, in the space's order.</summary>
    public Dimension[] Dimensions { get; }

    /// <summary>The place of a parameter in <see cref="Dimensions"/>; −1 when it has no choice.</summary>
    public int DimensionOf(int parameter) => _dimensionOf[parameter];

    /// <summary>Encodes a configuration.</summary>
    public double[] Encode(Assignment assignment)
    {
        var x = new double[Dimensions.Length];
        for (int d = 0; d < x.Length; d++)
            x[d] = assignment[Dimensions[d].Index] is not { } value ? double.NaN
                : Dimensions[d].Kind == DimensionKind.Categorical ? Dimensions[d].Parameter.IndexOf(value)
                : Dimensions[d].Parameter.ToUnit(value);
        return x;
    }

    private static DimensionKind KindOf(Parameter parameter) =>
        !parameter.IsOrdered ? DimensionKind.Categorical
        : parameter.Cardinality is null ? DimensionKind.Continuous
        : DimensionKind.Ordered;
}
