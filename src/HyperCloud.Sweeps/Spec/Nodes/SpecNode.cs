using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>A node of a spec, from YAML or JSON alike: <see cref="ScalarNode"/>, <see cref="ListNode"/> or <see cref="MapNode"/>.</summary>
internal abstract class SpecNode(SpecPlace place)
{
    public SpecPlace Place { get; } = place;

    /// <summary>JSON pointer; right once <see cref="Locate"/> has gone over the finished tree.</summary>
    public string Pointer { get; private set; } = "";

    /// <summary>True for YAML and JSON null, which stands for "not given" wherever null is no value.</summary>
    public bool IsNull => this is ScalarNode { Refused: false, Value.Kind: ValueKind.Null };

    /// <summary>The value as messages show it: <c>the text 'x'</c>, <c>0.5</c>, <c>a list</c>.</summary>
    public abstract string Describe();

    /// <summary>A copy: an alias stands for its own node, since a node has one pointer.</summary>
    public abstract SpecNode Clone();

    /// <summary>The node and all below it.</summary>
    public abstract int Count { get; }

    /// <summary>Sets the pointers of a finished tree and reports what was wrong with its scalars and keys.</summary>
    public static void Locate(SpecNode node, ProblemList problems, string pointer = "")
    {
        node.Pointer = pointer;
        switch (node)
        {
            case ScalarNode { Flaw: { } flaw }:
                if (flaw.Severity == SpecSeverity.Error) problems.Error(flaw.Code, node, flaw.Message);
                else problems.Warn(flaw.Code, node, flaw.Message);
                break;
            case ListNode list:
                for (int i = 0; i < list.Items.Count; i++) Locate(list.Items[i], problems, string.Create(CultureInfo.InvariantCulture, $"{pointer}/{i}"));
                break;
            case MapNode map:
                foreach ((string key, SpecPlace at, SpecPlace first) in map.Repeated)
                    problems.Error(SpecCodes.DuplicateKey, at, Child(pointer, key), $"the key `{ScalarNode.Shorten(key)}` stands twice in one mapping, first at {first}");
                foreach (MapEntry entry in map.Entries) Locate(entry.Value, problems, Child(pointer, entry.Key));
                break;
        }
    }

    /// <summary>The pointer of a key below another (RFC 6901).</summary>
    public static string Child(string pointer, string key) =>
        pointer + "/" + key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>The keys of a pointer.</summary>
    public static string[] Keys(string pointer) =>
        [.. pointer.Split('/').Skip(1).Select(k => k.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    /// <summary>A pointer as people write it: <c>limits.trials</c>.</summary>
    public static string PathOf(string pointer) => string.Join('.', Keys(pointer));

    /// <summary>The deepest node on the way of a pointer: the node itself when it exists.</summary>
    public static SpecNode Nearest(SpecNode root, string pointer)
    {
        SpecNode at = root;
        foreach (string key in Keys(pointer))
        {
            SpecNode? next = at switch
            {
                MapNode map => map.Find(key)?.Value,
                ListNode list when int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < list.Items.Count => list.Items[i],
                _ => null,
            };
            if (next is null) break;
            at = next;
        }

        return at;
    }
}

/// <summary>What is wrong with a scalar whatever key it stands under.</summary>
internal sealed record Flaw(SpecSeverity Severity, string Code, string Message);

/// <summary>A scalar with its type resolved.</summary>
/// <param name="place">Where.</param>
/// <param name="value">The value; null when refused.</param>
/// <param name="written">The text as it stands in the spec, without quotes.</param>
/// <param name="flaw">What is wrong with it, reported by <see cref="SpecNode.Locate"/>.</param>
internal sealed class ScalarNode(SpecPlace place, ParameterValue value, string written, Flaw? flaw = null) : SpecNode(place)
{
    public Flaw? Flaw { get; } = flaw;

    public ParameterValue Value { get; } = value;

    public string Written { get; } = written;

    /// <summary>True: the value cannot be used, and that is reported already, so whoever reads it keeps silent.</summary>
    public bool Refused => Flaw?.Severity == SpecSeverity.Error;

    /// <summary>A scalar that cannot be used.</summary>
    public static ScalarNode Refuse(SpecPlace place, string written, string code, string message) =>
        new(place, default, written, new Flaw(SpecSeverity.Error, code, message));

    public override int Count => 1;

    public override SpecNode Clone() => new ScalarNode(Place, Value, Written, Flaw);

    public override string Describe() => Value.Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Text => $"the text '{Shorten(Value.AsText())}'",
        ValueKind.Boolean => Value.ToString(),
        _ => Shorten(Written),
    };

    /// <summary>Text as messages show it: at most 60 characters, on one line.</summary>
    public static string Shorten(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : line[..57] + "...";
    }
}

/// <summary>A sequence.</summary>
internal sealed class ListNode(SpecPlace place, List<SpecNode> items) : SpecNode(place)
{
    public List<SpecNode> Items { get; } = items;

    public override int Count => 1 + Items.Sum(i => i.Count);

    public override SpecNode Clone() => new ListNode(Place, [.. Items.Select(i => i.Clone())]);

    public override string Describe() => Items.Count == 0 ? "an empty list" : "a list";
}

/// <summary>A key with its value.</summary>
internal sealed record MapEntry(string Key, SpecPlace KeyPlace, SpecNode Value);

/// <summary>A mapping, in the order written; no key twice.</summary>
internal sealed class MapNode(SpecPlace place, List<MapEntry> entries) : SpecNode(place)
{
    private Dictionary<string, int>? _index;

    public IReadOnlyList<MapEntry> Entries => entries;

    /// <summary>Keys that came again, with the places of the second and the first.</summary>
    public List<(string Key, SpecPlace At, SpecPlace First)> Repeated { get; init; } = [];

    public override int Count => 1 + entries.Sum(e => 1 + e.Value.Count);

    public MapEntry? Find(string key)
    {
        if (_index is null)
        {
            _index = new(StringComparer.Ordinal);
            for (int i = 0; i < entries.Count; i++) _index[entries[i].Key] = i;
        }

        return _index.TryGetValue(key, out int at) ? entries[at] : null;
    }

    /// <summary>Adds a key or replaces its value, keeping its place in the order.</summary>
    public void Put(MapEntry entry)
    {
        int at = entries.FindIndex(e => e.Key == entry.Key);
        if (at < 0) entries.Add(entry);
        else entries[at] = entry;
        _index = null;
    }

    public override SpecNode Clone() => new MapNode(Place, [.. entries.Select(e => e with { Value = e.Value.Clone() })]) { Repeated = Repeated };

    public override string Describe() => entries.Count == 0 ? "an empty mapping" : "a mapping";
}
