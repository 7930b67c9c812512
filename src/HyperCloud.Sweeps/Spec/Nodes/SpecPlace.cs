using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>Where a node stands: line and column from 1, or the override it came from.</summary>
internal readonly record struct SpecPlace(int Line, int Column, string? Source = null)
{
    public override string ToString() =>
        Source ?? (Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"line {Line}, column {Column}") : "");
}
