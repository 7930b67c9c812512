using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Reads the keys of one mapping by their entries in <see cref="SpecKeys"/>. Every getter reports what is wrong and answers null or the
/// default then, so that reading goes on and all problems come out at once.
/// </summary>
internal sealed class SectionReader
{
    private readonly SpecSection _section;
    private readonly MapNode? _map;
    private readonly bool _broken;

    /// <param name="problems">Takes the problems.</param>
    /// <param name="section">The known keys.</param>
    /// <param name="node">The mapping; null or YAML null when not given.</param>
    /// <param name="pointer">Its pointer, also when it is not given.</param>
    /// <param name="place">Where it would stand, when it is not given.</param>
    public SectionReader(ProblemList problems, SpecSection section, SpecNode? node, string pointer, SpecPlace place)
    {
        Problems = problems;
        _section = section;
        Pointer = pointer;
        Place = node?.Place ?? place;
        if (node is null || node.IsNull) return;
        _map = node as MapNode;
        _broken = _map is null;
        if (_map is not null) UnknownKeys.Report(problems, section, _map);
        else if (node is not ScalarNode { Refused: true })
            problems.Error(SpecCodes.WrongType, node, $"`{Shown("")}` must be a mapping with the keys {Known}, but got {node.Describe()}");
    }

    public ProblemList Problems { get; }

    public string Pointer { get; }

    public SpecPlace Place { get; }

    /// <summary>True when the mapping is there at all.</summary>
    public bool Given => _map is not null;

    /// <summary>The entries as written; empty when not given.</summary>
    public IReadOnlyList<MapEntry> Entries => _map?.Entries ?? [];

    private string Known => string.Join(", ", _section.Keys.Select(k => k.Name));

    /// <summary>The node of a key; null when not given. YAML null counts as not given unless null is a value of the key.</summary>
    public SpecNode? Node(string name)
    {
        SpecNode? node = _map?.Find(name)?.Value;
        return node is { IsNull: true } && _section.Key(name).Type != KeyType.Scalar ? null : node;
    }

    /// <summary>Where to point at for a key: its value, or the section when it is not given.</summary>
    public SpecPlace PlaceOf(string name) => Node(name)?.Place ?? Place;

    public string PointerOf(string name) => SpecNode.Child(Pointer, name);

    public void Error(string code, string key, string message) => Problems.Error(code, PlaceOf(key), PointerOf(key), message);

    public void Warn(string code, string key, string message) => Problems.Warn(code, PlaceOf(key), PointerOf(key), message);

    public SectionReader Section(string name) => new(Problems, _section.Key(name).Section!, Node(name), PointerOf(name), PlaceOf(name));

    /// <summary>A reader for each mapping of a list; reports what is none.</summary>
    public IEnumerable<SectionReader> Sections(string name)
    {
        if (Node(name) is not { } node || node is ScalarNode { Refused: true }) return [];
        SpecSection section = _section.Key(name).Section!;
        if (node is ListNode list) return [.. list.Items.Select(item => new SectionReader(Problems, section, item, item.Pointer, item.Place))];
        Error(SpecCodes.WrongType, name, $"`{Shown(name)}` must be a list of mappings with the keys {string.Join(", ", section.Keys.Select(k => k.Name))}, but got {node.Describe()}");
        return [];
    }

    /// <summary>A text of the key's form.</summary>
    public string? Text(string name)
    {
        SpecKey key = _section.Key(name);
        if (Scalar(key, k => k.Kind == ValueKind.Text, key.Form ?? "a text") is not { } value) return null;
        string text = value.AsText();
        if (key.Pattern is null || SpecKeys.Matches(text, key.Pattern)) return text;
        Wrong(SpecCodes.Invalid, key, key.Form!);
        return null;
    }

    /// <summary>A whole number in the key's range; <c>1e3</c> and <c>5.0</c> count as whole.</summary>
    public long? Integer(string name)
    {
        SpecKey key = _section.Key(name);
        string form = $"a whole number {key.Range}";
        if (Scalar(key, v => v.Kind == ValueKind.Integer || (v.Kind == ValueKind.Number && Math.Floor(v.AsNumber()) == v.AsNumber()),
            form) is not { } value) return null;
        if (value.Kind == ValueKind.Integer && key.Holds(value.AsInteger())) return value.AsInteger();
        if (value.Kind == ValueKind.Number && key.Holds(value.AsNumber()) && Math.Abs(value.AsNumber()) <= SpecKeys.LargestWhole) return (long)value.AsNumber();
        Wrong(SpecCodes.Invalid, key, form);
        return null;
    }

    /// <summary>A finite number in the key's range.</summary>
    public double? Number(string name)
    {
        SpecKey key = _section.Key(name);
        string form = $"a number {key.Range}".TrimEnd();
        if (Scalar(key, v => v.IsNumeric, form) is not { } value) return null;
        if (key.Holds(value.AsNumber())) return ParameterValue.Of(value.AsNumber()).AsNumber();
        Wrong(SpecCodes.Invalid, key, form);
        return null;
    }

    public bool? Boolean(string name) => Scalar(_section.Key(name), v => v.Kind == ValueKind.Boolean, "true or false") is { } value ? value.AsBoolean() : null;

    /// <summary>One of the key's choices.</summary>
    public string? Choice(string name)
    {
        SpecKey key = _section.Key(name);
        string form = key.Choices.Length == 1 ? $"`{key.Choices[0]}` or left out" : $"one of {string.Join(", ", key.Choices)}";
        // YAML reads a plain `none` as text, but `null` and `~` as not given; that is what they mean here too.
        if (Scalar(key, v => v.Kind == ValueKind.Text, form) is not { } value) return null;
        if (key.Choices.Contains(value.AsText())) return value.AsText();
        Wrong(SpecCodes.Invalid, key, form, Nearest.Hint(value.AsText(), key.Choices));
        return null;
    }

    public TimeSpan? Duration(string name)
    {
        if (Node(name) is not { } node || node is ScalarNode { Refused: true }) return null;
        string written = node is ScalarNode scalar ? scalar.Written : "";
        if (node is ScalarNode { Value.Kind: ValueKind.Text } && Durations.TryParse(written, out TimeSpan duration)) return duration;
        Error(SpecCodes.WrongType, name, $"`{Shown(name)}` must be a duration, but got {node.Describe()}; {Durations.Advice(written)}");
        return null;
    }

    /// <summary>Two numbers, the lower first.</summary>
    public (double Low, double High)? Interval(string name)
    {
        if (Node(name) is not { } node || node is ScalarNode { Refused: true }) return null;
        if (node is ListNode { Items: [ScalarNode low, ScalarNode high] })
        {
            if (low.Refused || high.Refused) return null;
            if (low.Value.IsNumeric && high.Value.IsNumeric)
            {
                if (low.Value.AsNumber() < high.Value.AsNumber()) return (low.Value.AsNumber(), high.Value.AsNumber());
                Error(SpecCodes.Invalid, name, $"`{Shown(name)}` must be [low, high] with low < high, but got [{low.Written}, {high.Written}]");
                return null;
            }
        }

        Error(SpecCodes.WrongType, name, $"`{Shown(name)}` must be a list of two numbers, such as [0, 1], but got {node.Describe()}");
        return null;
    }

    /// <summary>Names with texts; numbers and booleans are taken as the text they are handed on as.</summary>
    public ImmutableSortedDictionary<string, string> TextMap(string name) =>
        Node(name) is { } node ? TextMap(node, Shown(name)) : ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>A list of <see cref="TextMap(string)"/>.</summary>
    public ImmutableArray<ImmutableSortedDictionary<string, string>> TextMaps(string name)
    {
        if (Node(name) is not { } node || node is ScalarNode { Refused: true }) return [];
        if (node is ListNode { Items.Count: > 0 } list) return [.. list.Items.Select(item => TextMap(item, SpecNode.PathOf(item.Pointer)))];
        Error(SpecCodes.WrongType, name,
            $"`{Shown(name)}` must be a list with one mapping of variables a slot, such as [{{CUDA_VISIBLE_DEVICES: 0}}], but got {node.Describe()}");
        return [];
    }

    /// <summary>Reports a key that must be given and is not.</summary>
    public void Require(string name, string example)
    {
        if (_broken || Node(name) is not null) return;
        Problems.Error(SpecCodes.MissingKey, Place, PointerOf(name), $"`{Shown(name)}` is missing; {example}");
    }

    /// <summary>A key's path as messages show it.</summary>
    public string Shown(string name) => SpecNode.PathOf(name.Length == 0 ? Pointer : PointerOf(name)) is { Length: > 0 } path ? path : "the spec";

    private ParameterValue? Scalar(SpecKey key, Func<ParameterValue, bool> fits, string form)
    {
        if (Node(key.Name) is not { } node || node is ScalarNode { Refused: true }) return null;
        if (node is ScalarNode scalar && fits(scalar.Value)) return scalar.Value;
        string hint = "";
        if (node is ScalarNode { Value.Kind: ValueKind.Text } text && YamlScalars.Resolve(text.Written) is { Error: null } plain && fits(plain.Value))
            hint = "; write it without quotes";
        else if (node is ScalarNode { Value.Kind: not ValueKind.Text } other && fits(ParameterValue.Of(other.Written)))
            hint = $"; write '{other.Written}' in quotes for a text";
        Wrong(SpecCodes.WrongType, key, form, hint);
        return null;
    }

    private void Wrong(string code, SpecKey key, string form, string hint = "") =>
        Error(code, key.Name, $"`{Shown(key.Name)}` must be {form}, but got {Node(key.Name)!.Describe()}{hint}");

    private ImmutableSortedDictionary<string, string> TextMap(SpecNode node, string shown)
    {
        var result = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (node is not MapNode map)
        {
            if (node is not ScalarNode { Refused: true })
                Problems.Error(SpecCodes.WrongType, node, $"`{shown}` must be a mapping from variable names to texts, but got {node.Describe()}");
            return result.ToImmutable();
        }

        foreach (MapEntry entry in map.Entries)
        {
            string pointer = SpecNode.Child(node.Pointer, entry.Key);
            if (!SpecKeys.Matches(entry.Key, SpecKeys.VariablePattern))
                Problems.Error(SpecCodes.Name, entry.KeyPlace, pointer,
                    $"`{ScalarNode.Shorten(entry.Key)}` is no name of an environment variable; it takes letters, digits and '_'");
            else if (entry.Key.StartsWith("HYPERCLOUD_", StringComparison.OrdinalIgnoreCase))
                Problems.Error(SpecCodes.Reserved, entry.KeyPlace, pointer,
                    $"`{entry.Key}` cannot be set: variables that begin with HYPERCLOUD_ are set for every run");
            else if (entry.Value is ScalarNode { Refused: true }) continue;
            else if (entry.Value is ScalarNode { Value.Kind: not ValueKind.Null } scalar) result[entry.Key] = scalar.Value.ToString();
            else
                Problems.Error(SpecCodes.WrongType, entry.Value, string.Create(CultureInfo.InvariantCulture,
                    $"the variable `{entry.Key}` must be a text, but got {entry.Value.Describe()}; write '' for an empty one"));
        }

        return result.ToImmutable();
    }
}
