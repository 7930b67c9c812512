using System.Collections.Immutable;
using System.Globalization;

namespace HyperCloud.Core;

/// <summary>Values of one parameter in a <see cref="ForbiddenCombination"/>: some of a list, or a range.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="Values">The values; empty when a range is given.</param>
/// <param name="Min">Lower bound of the range, inclusive; null: none.</param>
/// <param name="Max">Upper bound of the range, inclusive; null: none.</param>
public sealed record ForbiddenClause(string Parameter, ImmutableArray<ParameterValue> Values, double? Min = null, double? Max = null)
{
    /// <summary>Whether a value is among them.</summary>
    public bool Matches(ParameterValue value)
    {
        if (!Values.IsEmpty) return Values.Contains(value);
        return value.IsNumeric && !(value.AsNumber() < Min) && !(value.AsNumber() > Max);
    }

    /// <inheritdoc/>
    public bool Equals(ForbiddenClause? other) =>
        other is not null && Parameter == other.Parameter && Values.SequenceEqual(other.Values) && Min == other.Min && Max == other.Max;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parameter, Values.Length, Min, Max);

    /// <inheritdoc/>
    public override string ToString() => !Values.IsEmpty
        ? $"{Parameter}={string.Join("|", Values)}"
        : string.Create(CultureInfo.InvariantCulture, $"{Parameter} in [{Min?.ToString("R", CultureInfo.InvariantCulture) ?? "…"}, {Max?.ToString("R", CultureInfo.InvariantCulture) ?? "…"}]");
}

/// <summary>
/// A combination no trial may have: a configuration is forbidden when every parameter named is active and has one of the values. One that is
/// inactive matches nothing.
/// </summary>
/// <param name="Clauses">At least one, each for another parameter.</param>
public sealed record ForbiddenCombination(ImmutableArray<ForbiddenClause> Clauses)
{
    /// <inheritdoc/>
    public bool Equals(ForbiddenCombination? other) => other is not null && Clauses.SequenceEqual(other.Clauses);

    /// <inheritdoc/>
    public override int GetHashCode() => Clauses.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => string.Join(" and ", Clauses);
}
