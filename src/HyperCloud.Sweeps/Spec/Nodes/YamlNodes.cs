using System.Globalization;
using HyperCloud.Core;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HyperCloud.Sweeps;

/// <summary>
/// Builds the node tree of a YAML text from the parser's events; the parser's own object mapping is not used, since it guesses types and
/// loses places.
/// </summary>
internal sealed class YamlNodes
{
    private const string CoreTags = "tag:yaml.org,2002:";

    private readonly Parser _parser;
    private readonly string? _source;
    private readonly Dictionary<string, (SpecNode Node, int Aliases)> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private int _nodes;
    private int _aliases;

    private YamlNodes(string text, string? source)
    {
        _parser = new Parser(new StringReader(text));
        _source = source;
    }

    /// <summary>Reads one document; null when the text holds none.</summary>
    /// <param name="text">The text, prepared by <see cref="SpecText.Prepare"/>.</param>
    /// <param name="source">What the text is when it is not the file: the override.</param>
    /// <exception cref="SpecSyntaxException">The text cannot be read on.</exception>
    public static SpecNode? Read(string text, string? source = null)
    {
        var reader = new YamlNodes(text, source);
        try
        {
            return reader.Document();
        }
        catch (YamlException e)
        {
            // The parser takes a leading '*' for an alias; in a spec it is nearly always a cron expression without quotes.
            string hint = e.Message.Contains("anchor or alias", StringComparison.Ordinal) ? "; a text that begins with '*' or '&' must stand in quotes"
                : e.Message.Contains("cannot start any token", StringComparison.Ordinal) ? "; a text that begins with a special character must stand in quotes"
                : e.Message.Contains("invalid mapping", StringComparison.Ordinal) ? "; check the indentation, and put a text that holds ': ' in quotes"
                : e.Message.Contains("tab", StringComparison.Ordinal) ? "; indent with spaces"
                : "";
            throw new SpecSyntaxException(SpecCodes.Syntax, reader.PlaceOf(e.Start), $"not well-formed YAML: {e.Message.TrimEnd('.', ',', ' ')}{hint}");
        }
    }

    private SpecNode? Document()
    {
        while (Next() is StreamStart or Comment) continue;
        if (_parser.Current is StreamEnd or null) return null;
        Next();
        SpecNode root = Node(0);
        while (_parser.Current is DocumentEnd or Comment) Next();
        if (_parser.Current is DocumentStart second)
            throw Fatal(SpecCodes.Syntax, second, "a spec is one YAML document, but a second one starts here");
        return root;
    }

    // Reads the node at the current event and moves behind it.
    private SpecNode Node(int depth)
    {
        while (_parser.Current is Comment) Next();
        ParsingEvent at = _parser.Current!;
        if (depth > SpecText.MaxDepth)
            throw Fatal(SpecCodes.TooLarge, at, string.Create(CultureInfo.InvariantCulture, $"a spec may be nested {SpecText.MaxDepth} deep, but this one goes deeper"));
        if (at is AnchorAlias alias) return Expand(alias);
        string? anchor = at is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : null;
        if (anchor is not null) _open.Add(anchor);
        int aliases = _aliases;
        SpecNode node = at switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart start => ReadList(start, depth),
            MappingStart start => ReadMap(start, depth),
            _ => throw Fatal(SpecCodes.Syntax, at, "not well-formed YAML: a value was expected here"),
        };
        Grow(1, at);
        if (anchor is not null)
        {
            _open.Remove(anchor);
            _anchors[anchor] = (node, _aliases - aliases);
        }

        return node;
    }

    private ScalarNode ReadScalar(Scalar scalar)
    {
        Next();
        SpecPlace place = PlaceOf(scalar.Start);
        string tag = Tag(scalar, "str", "int", "float", "bool", "null");
        if (scalar.Style != ScalarStyle.Plain || tag is "str" or "!") return Text(place, scalar.Value);
        YamlScalars.Resolution resolved = YamlScalars.Resolve(scalar.Value);
        if (resolved.Error is not null) return ScalarNode.Refuse(place, scalar.Value, resolved.Code, resolved.Error);
        ParameterValue value = tag == "float" && resolved.Value.Kind == ValueKind.Integer ? ParameterValue.Of(resolved.Value.AsNumber()) : resolved.Value;
        bool fits = tag switch
        {
            "int" => value.Kind == ValueKind.Integer,
            "float" => value.Kind == ValueKind.Number,
            "bool" => value.Kind == ValueKind.Boolean,
            "null" => value.Kind == ValueKind.Null,
            _ => true,
        };
        if (!fits) return ScalarNode.Refuse(place, scalar.Value, SpecCodes.WrongType, $"the tag !!{tag} does not fit `{ScalarNode.Shorten(scalar.Value)}`");
        Flaw? flaw = resolved.Warning is null ? null : new Flaw(SpecSeverity.Warning, SpecCodes.Ambiguous, resolved.Warning);
        return value.Kind == ValueKind.Text ? Text(place, scalar.Value, flaw) : new ScalarNode(place, value, scalar.Value);
    }

    private static ScalarNode Text(SpecPlace place, string text, Flaw? flaw = null) =>
        SpecText.Unusable(text) is { } why ? ScalarNode.Refuse(place, text, SpecCodes.Invalid, why) : new ScalarNode(place, ParameterValue.Of(text), text, flaw);

    private ListNode ReadList(SequenceStart start, int depth)
    {
        Tag(start, "seq");
        Next();
        List<SpecNode> items = [];
        while (_parser.Current is not SequenceEnd)
        {
            if (_parser.Current is Comment) Next();
            else items.Add(Node(depth + 1));
        }

        Next();
        return new ListNode(PlaceOf(start.Start), items);
    }

    private MapNode ReadMap(MappingStart start, int depth)
    {
        Tag(start, "map");
        Next();
        List<MapEntry> entries = [];
        List<(string, SpecPlace, SpecPlace)> repeated = [];
        Dictionary<string, SpecPlace> seen = new(StringComparer.Ordinal);
        while (_parser.Current is not MappingEnd)
        {
            if (_parser.Current is Comment)
            {
                Next();
                continue;
            }

            if (_parser.Current is not Scalar key)
                throw Fatal(SpecCodes.Syntax, _parser.Current!, "a key must be a plain or quoted text, but got a list, a mapping or an alias");
            SpecPlace place = PlaceOf(key.Start);
            Tag(key, "str");
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
                throw Fatal(SpecCodes.Syntax, key, "merge keys (`<<`) are not part of YAML 1.2; write the keys out");
            if (SpecText.Unusable(key.Value) is { } why) throw Fatal(SpecCodes.Syntax, key, why);
            Next();
            Grow(1, key);
            SpecNode value = Node(depth + 1);
            if (seen.TryAdd(key.Value, place)) entries.Add(new MapEntry(key.Value, place, value));
            else repeated.Add((key.Value, place, seen[key.Value]));
        }

        Next();
        return new MapNode(PlaceOf(start.Start), entries) { Repeated = repeated };
    }

    private SpecNode Expand(AnchorAlias alias)
    {
        string name = alias.Value.Value;
        if (_open.Contains(name)) throw Fatal(SpecCodes.Syntax, alias, $"the alias `*{name}` stands inside what it names");
        if (!_anchors.TryGetValue(name, out (SpecNode Node, int Aliases) anchor))
            throw Fatal(SpecCodes.Syntax, alias, $"the alias `*{name}` names no anchor; a text that begins with '*' must stand in quotes");
        _aliases += 1 + anchor.Aliases;
        if (_aliases > SpecText.MaxAliases)
            throw Fatal(SpecCodes.TooLarge, alias, string.Create(CultureInfo.InvariantCulture, $"a spec may expand {SpecText.MaxAliases} aliases, but this one expands more"));
        Grow(anchor.Node.Count, alias);
        Next();
        return anchor.Node.Clone();
    }

    private string Tag(NodeEvent node, params ReadOnlySpan<string> allowed)
    {
        if (node.Tag.IsEmpty) return "";
        string tag = node.Tag.Value;
        if (tag == "!") return tag;
        if (tag.StartsWith(CoreTags, StringComparison.Ordinal) && allowed.Contains(tag[CoreTags.Length..])) return tag[CoreTags.Length..];
        throw Fatal(SpecCodes.Syntax, node, $"the tag `{ScalarNode.Shorten(tag)}` is not taken; a spec needs no tags");
    }

    private void Grow(int count, ParsingEvent at)
    {
        _nodes += count;
        if (_nodes > SpecText.MaxNodes)
            throw Fatal(SpecCodes.TooLarge, at, string.Create(CultureInfo.InvariantCulture, $"a spec may have {SpecText.MaxNodes} values, but this one has more"));
    }

    private ParsingEvent? Next()
    {
        ParsingEvent? last = _parser.Current;
        try
        {
            return _parser.MoveNext() ? _parser.Current : null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // The scanner trips over some texts with an open bracket instead of saying so.
            throw new SpecSyntaxException(SpecCodes.Syntax, last is null ? default : PlaceOf(last.Start),
                "not well-formed YAML: the text after this place cannot be read; is a bracket, a brace or a quote before it not closed?");
        }
    }

    private SpecSyntaxException Fatal(string code, ParsingEvent at, string message) => new(code, PlaceOf(at.Start), message);

    private SpecPlace PlaceOf(Mark mark) => _source is null ? new((int)mark.Line, (int)mark.Column) : new(0, 0, _source);
}
