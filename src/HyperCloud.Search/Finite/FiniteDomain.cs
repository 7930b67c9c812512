using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>The values of one parameter that an enumeration visits: all of a finite domain, or some points of a range.</summary>
internal sealed class FiniteDomain
{
    private readonly Parameter _parameter;
    private readonly ParameterValue[]? _points;

    private FiniteDomain(Parameter parameter, long count, ParameterValue[]? points)
    {
        _parameter = parameter;
        Count = count;
        _points = points;
    }

    /// <summary>How many values; at least 1.</summary>
    public long Count { get; }

    /// <summary>All values of the parameter; null when it is continuous.</summary>
    public static FiniteDomain? All(Parameter parameter) =>
        parameter.Cardinality is { } n ? new FiniteDomain(parameter, n, null) : null;

    /// <summary>
    /// What a grid visits: <see cref="FloatParameter.Points"/> or <see cref="IntParameter.Points"/> values from end to end, evenly spread on
    /// the parameter's scale (one point: the middle), else all values; null when the parameter is continuous and has no points.
    /// </summary>
    public static FiniteDomain? Grid(Parameter parameter)
    {
        int? points = parameter switch { FloatParameter f => f.Points, IntParameter i => i.Points, _ => null };
        if (points is not { } n || parameter.Cardinality <= n) return All(parameter);
        var values = new List<ParameterValue>(n);
        for (int k = 0; k < n; k++)
        {
            ParameterValue value = parameter.FromUnit(n == 1 ? 0.5 : (double)k / (n - 1));
            if (values.Count == 0 || values[^1] != value) values.Add(value);
        }

        return new FiniteDomain(parameter, values.Count, [.. values]);
    }

    /// <summary>The value at an index below <see cref="Count"/>.</summary>
    public ParameterValue ValueAt(long index) => _points is null ? _parameter.ValueAt(index) : _points[index];

    /// <summary>The index of a value, or −1 when the enumeration does not visit it.</summary>
    public long IndexOf(ParameterValue value) =>
        _points is not null ? Array.IndexOf(_points, value) : _parameter.Contains(value) ? _parameter.IndexOf(value) : -1;
}
