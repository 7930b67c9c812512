using System.Collections.Immutable;
using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>What a key takes.</summary>
internal enum KeyType
{
    Text,
    Integer,
    Number,
    Boolean,

    /// <summary>One of <see cref="SpecKey.Choices"/>.</summary>
    Choice,

    /// <summary>A text with a unit: see <see cref="Durations"/>.</summary>
    Duration,

    /// <summary>A text with a currency: see <see cref="Money"/>.</summary>
    Money,

    /// <summary>Any scalar, null included: the value of a parameter.</summary>
    Scalar,

    /// <summary>At least one scalar.</summary>
    Scalars,

    /// <summary>Two numbers, the lower first.</summary>
    Interval,

    /// <summary>Names with texts.</summary>
    TextMap,

    /// <summary>A list of <see cref="TextMap"/>.</summary>
    TextMaps,

    /// <summary>Parents with a value or a list of values.</summary>
    Condition,

    /// <summary>A list of mappings from parameters to a value, a list of values, or a range.</summary>
    Combinations,

    /// <summary>A list of mappings from parameters to values.</summary>
    Configurations,

    /// <summary>A list of names, or a mapping from names to mappings with the keys of <see cref="SpecKey.Section"/>.</summary>
    Tasks,

    /// <summary>A mapping with the keys of <see cref="SpecKey.Section"/>.</summary>
    Section,

    /// <summary>A mapping with the keys of <see cref="SpecKey.Section"/>, or a list of 2 to <see cref="SpecKey.Max"/> of them.</summary>
    SectionOrList,

    /// <summary>A list of mappings with the keys of <see cref="SpecKey.Section"/>.</summary>
    SectionList,

    /// <summary>A mapping from names to mappings with the keys of <see cref="SpecKey.Section"/>.</summary>
    Sections,
}

/// <summary>
/// One key of the spec. The table of keys (<see cref="SpecKeys"/>) is what the reader, the JSON Schema and the tests of the documentation
/// share, so that they cannot disagree.
/// </summary>
/// <param name="Name">The key.</param>
/// <param name="Type">What it takes.</param>
/// <param name="Meaning">One sentence.</param>
internal sealed record SpecKey(string Name, KeyType Type, string Meaning)
{
    /// <summary>The default as a spec would write it; null: none, or it depends.</summary>
    public string? Default { get; init; }

    public bool Required { get; init; }

    /// <summary>Lower bound of numbers, inclusive unless <see cref="Open"/>.</summary>
    public double? Min { get; init; }

    /// <summary>Upper bound of numbers, inclusive unless <see cref="Open"/>.</summary>
    public double? Max { get; init; }

    /// <summary>The bounds themselves are not allowed.</summary>
    public bool Open { get; init; }

    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>The form of a text, as a regular expression that .NET and JSON Schema (ECMA-262) read alike.</summary>
    public string? Pattern { get; init; }

    /// <summary>The form of a text in words.</summary>
    public string? Form { get; init; }

    /// <summary>Words of other tools that mean this key.</summary>
    public ImmutableArray<string> Synonyms { get; init; } = [];

    public SpecSection? Section { get; init; }

    /// <summary>What a number may be, in words: <c>from 1 to 10</c>.</summary>
    public string Range => (Min, Max, Open) switch
    {
        ({ } low, { } high, false) => $"from {Show(low)} to {Show(high)}",
        ({ } low, { } high, true) => $"between {Show(low)} and {Show(high)}, both excluded",
        ({ } low, null, false) => $"of at least {Show(low)}",
        ({ } low, null, true) => $"above {Show(low)}",
        _ => "",
    };

    /// <summary>Whether a number lies in the range.</summary>
    public bool Holds(double value) => Open ? !(value <= Min) && !(value >= Max) : !(value < Min) && !(value > Max);

    private static string Show(double bound) => bound == (double)long.MaxValue ? "2^63-1" : bound.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A mapping with known keys.</summary>
/// <param name="Path">Its place in a spec: <c>seeds.selection</c>, <c>space.&lt;name&gt;</c>; empty for the whole.</param>
/// <param name="Keys">Its keys, in the order in which they are documented.</param>
internal sealed record SpecSection(string Path, ImmutableArray<SpecKey> Keys)
{
    /// <summary>Keys that are refused because what they mean is written otherwise, with how.</summary>
    public ImmutableArray<(string Name, string Advice)> Otherwise { get; init; } = [];

    /// <summary>True when keys outside the table belong to someone else (the runners in <c>trial</c>).</summary>
    public bool Open { get; init; }

    public SpecKey Key(string name) => Keys.FirstOrDefault(k => k.Name == name) ?? throw new KeyNotFoundException($"no key {Path}.{name}");
}
