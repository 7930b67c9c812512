using System.Collections.Immutable;
using System.Globalization;

namespace HyperCloud.Core;

/// <summary>What a hyperparameter belongs to in analyses: the model (its capacity, its form) or the algorithm that fits it.</summary>
public enum ParameterRole
{
    /// <summary>Changes what the model can represent.</summary>
    Model,

    /// <summary>Changes how it is fitted.</summary>
    Algorithm,
}

/// <summary>One clause of a <c>when</c> condition: the parent is active and has one of these values.</summary>
/// <param name="Parent">The parent parameter's name.</param>
/// <param name="Values">At least one value of the parent's domain.</param>
public sealed record ConditionClause(string Parent, ImmutableArray<ParameterValue> Values)
{
    /// <inheritdoc/>
    public bool Equals(ConditionClause? other) => other is not null && Parent == other.Parent && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Parent, Values.Length);
}

/// <summary>
/// A hyperparameter: one of <see cref="FloatParameter"/>, <see cref="IntParameter"/>, <see cref="CategoricalParameter"/>,
/// <see cref="OrdinalParameter"/>, <see cref="ConstantParameter"/> (a closed union). Every kind maps the unit interval onto its domain, so
/// that the uniform measure on [0, 1) is the prior of random search and the measure of tunability.
/// </summary>
/// <param name="Name">The name, unique in its space.</param>
public abstract record Parameter(string Name)
{
    /// <summary>All clauses must hold for the parameter to be active; empty means always active.</summary>
    public ImmutableArray<ConditionClause> When { get; init; } = [];

    /// <summary>The package's default value, if the spec gives one.</summary>
    public ParameterValue? Default { get; init; }

    /// <summary>What the user believes of where its best value lies; null: nothing.</summary>
    public ParameterPrior? Prior { get; init; }

    /// <summary>Optional grouping for analyses (<c>kind: model | algorithm</c>).</summary>
    public ParameterRole? Role { get; init; }

    /// <summary>The number of distinct values; null when continuous.</summary>
    public abstract long? Cardinality { get; }

    /// <summary>True when the values have a meaningful order and distance in the unit interval (float, int, ordinal).</summary>
    public abstract bool IsOrdered { get; }

    /// <summary>Maps <paramref name="u"/> in [0, 1] to a value of the domain. Values of finite domains own equal shares of the interval.</summary>
    public abstract ParameterValue FromUnit(double u);

    /// <summary>
    /// Maps a value of the domain to [0, 1]: for finite domains the middle of the value's share, so that
    /// <c>FromUnit(ToUnit(v)) == v</c>; for continuous ones the position on the (log) scale.
    /// </summary>
    public abstract double ToUnit(ParameterValue value);

    /// <summary>
    /// The part of [0, 1] that <see cref="FromUnit"/> maps to a value of a finite domain; for a continuous domain the single point
    /// <see cref="ToUnit"/>. The parts of all values of a finite domain cover the interval without overlap.
    /// </summary>
    public abstract (double Low, double High) UnitShare(ParameterValue value);

    /// <summary>Whether the value is in the domain (bounds, step, listed values).</summary>
    public abstract bool Contains(ParameterValue value);

    /// <summary>The value at <paramref name="index"/> of a finite domain, in ascending or listed order.</summary>
    /// <param name="index">0 … <see cref="Cardinality"/> − 1.</param>
    /// <exception cref="InvalidOperationException">The domain is continuous.</exception>
    public abstract ParameterValue ValueAt(long index);

    /// <summary>The index of a value in a finite domain; the inverse of <see cref="ValueAt"/>.</summary>
    /// <exception cref="InvalidOperationException">The domain is continuous.</exception>
    public abstract long IndexOf(ParameterValue value);

    private protected static long Share(double u, long count) => Math.Clamp((long)(u * count), 0, count - 1);
}

/// <summary>A real hyperparameter on [Min, Max], linear or logarithmic, continuous or on a decimal grid anchored at Min.</summary>
/// <param name="Name">The name.</param>
/// <param name="Min">Lower bound, inclusive.</param>
/// <param name="Max">Upper bound, inclusive.</param>
public sealed record FloatParameter(string Name, double Min, double Max) : Parameter(Name)
{
    /// <summary>Logarithmic scale: uniform in the logarithm; Min &gt; 0.</summary>
    public bool Log { get; init; }

    /// <summary>Step of the grid, or null when continuous. Values are the decimal numbers Min + k·Step; Max lies on the grid.</summary>
    public decimal? Step { get; init; }

    /// <summary>How many points a grid search takes from a continuous range, ends included.</summary>
    public int? Points { get; init; }

    /// <inheritdoc/>
    public override long? Cardinality => Step is { } s ? (long)decimal.Round((Exact(Max) - Exact(Min)) / s) + 1 : Min == Max ? 1 : null;

    /// <inheritdoc/>
    public override bool IsOrdered => true;

    /// <inheritdoc/>
    public override ParameterValue FromUnit(double u)
    {
        u = Math.Clamp(u, 0, 1);
        if (Min == Max) return ParameterValue.Of(Min);
        if (Cardinality is { } n) return ValueAt(Log ? NearestIndex(FromLogUnit(u, LogLow, LogHigh)) : Share(u, n));
        if (u <= 0) return ParameterValue.Of(Min);
        if (u >= 1) return ParameterValue.Of(Max);
        double value = Log ? FromLogUnit(u, Elementary.Log(Min), Elementary.Log(Max))
            : double.IsFinite(Max - Min) ? Min + (Max - Min) * u
            : Min * (1 - u) + Max * u;
        return ParameterValue.Of(Math.Clamp(value, Min, Max));
    }

    /// <inheritdoc/>
    public override double ToUnit(ParameterValue value)
    {
        if (Min == Max) return 0.5;
        double v = value.AsNumber();
        if (Cardinality is { } n)
            return Log ? (Elementary.Log(Math.Max(v, double.Epsilon)) - LogLow) / (LogHigh - LogLow) : (IndexOf(value) + 0.5) / n;
        return Log ? (Elementary.Log(v) - Elementary.Log(Min)) / (Elementary.Log(Max) - Elementary.Log(Min))
            : double.IsFinite(Max - Min) ? (v - Min) / (Max - Min)
            : (v / 2 - Min / 2) / (Max / 2 - Min / 2);
    }

    /// <inheritdoc/>
    public override (double Low, double High) UnitShare(ParameterValue value)
    {
        if (Min == Max) return (0, 1);
        if (Cardinality is not { } n) return Point(ToUnit(value));
        long i = IndexOf(value);
        if (!Log) return ((double)i / n, (i + 1.0) / n);
        double v = ValueAt(i).AsNumber(), half = (double)Step!.Value / 2, span = LogHigh - LogLow;
        return (i == 0 ? 0 : (Elementary.Log(v - half) - LogLow) / span, i == n - 1 ? 1 : (Elementary.Log(v + half) - LogLow) / span);
    }

    /// <inheritdoc/>
    public override bool Contains(ParameterValue value)
    {
        if (!value.IsNumeric) return false;
        double v = value.AsNumber();
        if (v < Min || v > Max) return false;
        return Cardinality is null || ValueAt(IndexOf(value)).AsNumber() == v;
    }

    /// <inheritdoc/>
    public override ParameterValue ValueAt(long index) =>
        Step is { } s ? ParameterValue.Of((double)(Exact(Min) + index * s))
        : Min == Max ? ParameterValue.Of(Min)
        : throw new InvalidOperationException($"'{Name}' is continuous");

    /// <inheritdoc/>
    public override long IndexOf(ParameterValue value) =>
        Cardinality is not null ? NearestIndex(value.AsNumber()) : throw new InvalidOperationException($"'{Name}' is continuous");

    private static (double Low, double High) Point(double u) => (u, u);

    // A grid on a log scale: the borders lie half a step outside, but never at or below zero.
    private double LogLow => Elementary.Log(Math.Max(Min - (double)Step!.Value / 2, Min / 2));

    private double LogHigh => Elementary.Log(Max + (double)Step!.Value / 2);

    private static double FromLogUnit(double u, double low, double high) => Elementary.Exp(low + (high - low) * u);

    // The cast keeps 15 digits only; a bound with 16 or 17 must be taken from its shortest text, or it would not lie on its own grid.
    private static decimal Exact(double value) => (decimal)value is var d && (double)d == value
        ? d
        : decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    private long NearestIndex(double value) =>
        Step is { } s ? Math.Clamp((long)Math.Round((value - Min) / (double)s, MidpointRounding.AwayFromZero), 0, Cardinality!.Value - 1) : 0;
}

/// <summary>A whole-number hyperparameter on [Min, Max], linear or logarithmic, every value or every Step-th from Min.</summary>
/// <param name="Name">The name.</param>
/// <param name="Min">Lower bound, inclusive.</param>
/// <param name="Max">Upper bound, inclusive; Min + k·Step for some k.</param>
public sealed record IntParameter(string Name, long Min, long Max) : Parameter(Name)
{
    /// <summary>Logarithmic scale: values near Min get larger shares; Min ≥ 1.</summary>
    public bool Log { get; init; }

    /// <summary>Distance between neighbouring values, at least 1.</summary>
    public long Step { get; init; } = 1;

    /// <summary>How many points a grid search takes from the range, ends included; null takes every value.</summary>
    public int? Points { get; init; }

    /// <inheritdoc/>
    public override long? Cardinality => (Max - Min) / Step + 1;

    /// <inheritdoc/>
    public override bool IsOrdered => true;

    /// <inheritdoc/>
    public override ParameterValue FromUnit(double u)
    {
        u = Math.Clamp(u, 0, 1);
        if (!Log) return ValueAt(Share(u, Cardinality!.Value));
        double v = Elementary.Exp(LogLow + (LogHigh - LogLow) * u);
        return ValueAt(NearestIndex(v));
    }

    /// <inheritdoc/>
    public override double ToUnit(ParameterValue value)
    {
        double v = value.AsNumber();
        return Log ? Math.Clamp((Elementary.Log(v) - LogLow) / (LogHigh - LogLow), 0, 1) : ((v - Min) / Step + 0.5) / Cardinality!.Value;
    }

    /// <inheritdoc/>
    public override (double Low, double High) UnitShare(ParameterValue value)
    {
        long n = Cardinality!.Value, i = IndexOf(value);
        if (!Log) return ((double)i / n, (i + 1.0) / n);
        double v = Min + i * (double)Step, span = LogHigh - LogLow;
        return (i == 0 ? 0 : (Elementary.Log(v - Step / 2.0) - LogLow) / span, i == n - 1 ? 1 : (Elementary.Log(v + Step / 2.0) - LogLow) / span);
    }

    /// <inheritdoc/>
    public override bool Contains(ParameterValue value)
    {
        if (!value.IsNumeric) return false;
        double v = value.AsNumber();
        return v >= Min && v <= Max && Math.Floor(v) == v && ((long)v - Min) % Step == 0;
    }

    /// <inheritdoc/>
    public override ParameterValue ValueAt(long index) => ParameterValue.Of(Min + index * Step);

    /// <inheritdoc/>
    public override long IndexOf(ParameterValue value) => NearestIndex(value.AsNumber());

    // Half a step outside on both sides, so that the borders get a full share (as Optuna and SMAC do).
    private double LogLow => Elementary.Log(Math.Max(Min - Step / 2.0, Min / 2.0));

    private double LogHigh => Elementary.Log(Max + Step / 2.0);

    private long NearestIndex(double value) =>
        Math.Clamp((long)Math.Round((value - Min) / Step, MidpointRounding.AwayFromZero), 0, Cardinality!.Value - 1);
}

/// <summary>A hyperparameter that takes one of a list of values without order.</summary>
/// <param name="Name">The name.</param>
/// <param name="Values">At least one value, no two equal.</param>
public record CategoricalParameter(string Name, ImmutableArray<ParameterValue> Values) : Parameter(Name)
{
    /// <inheritdoc/>
    public override long? Cardinality => Values.Length;

    /// <inheritdoc/>
    public override bool IsOrdered => false;

    /// <inheritdoc/>
    public override ParameterValue FromUnit(double u) => Values[(int)Share(u, Values.Length)];

    /// <inheritdoc/>
    public override double ToUnit(ParameterValue value) => (IndexOf(value) + 0.5) / Values.Length;

    /// <inheritdoc/>
    public override (double Low, double High) UnitShare(ParameterValue value)
    {
        long i = IndexOf(value);
        return ((double)i / Values.Length, (i + 1.0) / Values.Length);
    }

    /// <inheritdoc/>
    public override bool Contains(ParameterValue value) => Values.Contains(value);

    /// <inheritdoc/>
    public override ParameterValue ValueAt(long index) => Values[(int)index];

    /// <inheritdoc/>
    public override long IndexOf(ParameterValue value) =>
        Values.IndexOf(value) is >= 0 and var i ? i : throw new ArgumentException($"'{value}' is not a value of '{Name}'", nameof(value));
}

/// <summary>A hyperparameter whose listed values are ordered (small, medium, large).</summary>
/// <param name="Name">The name.</param>
/// <param name="Values">At least one value in ascending order, no two equal.</param>
public sealed record OrdinalParameter(string Name, ImmutableArray<ParameterValue> Values) : CategoricalParameter(Name, Values)
{
    /// <inheritdoc/>
    public override bool IsOrdered => true;
}

/// <summary>A hyperparameter that is handed to the training code but not searched.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">Its only value.</param>
public sealed record ConstantParameter(string Name, ParameterValue Value) : Parameter(Name)
{
    /// <inheritdoc/>
    public override long? Cardinality => 1;

    /// <inheritdoc/>
    public override bool IsOrdered => false;

    /// <inheritdoc/>
    public override ParameterValue FromUnit(double u) => Value;

    /// <inheritdoc/>
    public override double ToUnit(ParameterValue value) => 0.5;

    /// <inheritdoc/>
    public override (double Low, double High) UnitShare(ParameterValue value) => (0, 1);

    /// <inheritdoc/>
    public override bool Contains(ParameterValue value) => Value == value;

    /// <inheritdoc/>
    public override ParameterValue ValueAt(long index) => Value;

    /// <inheritdoc/>
    public override long IndexOf(ParameterValue value) => 0;
}
