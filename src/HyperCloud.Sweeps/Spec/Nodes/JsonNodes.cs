using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Builds the node tree of a JSON text (RFC 8259: no comments, no trailing commas) with the line and column of every node.</summary>
internal ref struct JsonNodes
{
    private readonly ReadOnlySpan<byte> _utf8;
    private readonly string _text;
    private Utf8JsonReader _reader;
    private int _nodes;

    // The place of the byte last asked for: tokens come in order, so the text is walked once.
    private int _byte;
    private int _char;
    private int _line = 1;
    private int _lineStart;

    private JsonNodes(string text, ReadOnlySpan<byte> utf8)
    {
        _text = text;
        _utf8 = utf8;
        _reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = SpecText.MaxDepth + 1 });
    }

    /// <summary>Reads the text; null when it holds nothing but white space.</summary>
    /// <exception cref="SpecSyntaxException">The text cannot be read on.</exception>
    public static SpecNode? Read(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var nodes = new JsonNodes(text, utf8);
        try
        {
            nodes._reader.Read();
            SpecNode root = nodes.Node();
            nodes._reader.Read();
            return root;
        }
        catch (JsonException e)
        {
            if (e.Message.Contains("depth", StringComparison.Ordinal))
                throw new SpecSyntaxException(SpecCodes.TooLarge, nodes.PlaceOf((int)nodes._reader.BytesConsumed),
                    string.Create(CultureInfo.InvariantCulture, $"a spec may be nested {SpecText.MaxDepth} deep, but this one goes deeper"));
            throw new SpecSyntaxException(SpecCodes.Syntax, nodes.PlaceOf(e), $"not well-formed JSON: {Message(e)}");
        }
    }

    private SpecNode Node()
    {
        SpecPlace place = PlaceOf((int)_reader.TokenStartIndex);
        if (++_nodes > SpecText.MaxNodes)
            throw new SpecSyntaxException(SpecCodes.TooLarge, place,
                string.Create(CultureInfo.InvariantCulture, $"a spec may have {SpecText.MaxNodes} values, but this one has more"));
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartArray:
                List<SpecNode> items = [];
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) items.Add(Node());
                return new ListNode(place, items);
            case JsonTokenType.StartObject: return Map(place);
            case JsonTokenType.True: return new ScalarNode(place, ParameterValue.Of(true), "true");
            case JsonTokenType.False: return new ScalarNode(place, ParameterValue.Of(false), "false");
            case JsonTokenType.Null: return new ScalarNode(place, ParameterValue.Null, "null");
            case JsonTokenType.Number: return Number(place);
            default:
                string? text = Text();
                if (text is not null && SpecText.Unusable(text) is not { } why) return new ScalarNode(place, ParameterValue.Of(text), text);
                why = text is null ? "a text with half of a surrogate pair cannot be stored" : SpecText.Unusable(text)!;
                return ScalarNode.Refuse(place, "", SpecCodes.Invalid, why);
        }
    }

    private MapNode Map(SpecPlace start)
    {
        List<MapEntry> entries = [];
        List<(string, SpecPlace, SpecPlace)> repeated = [];
        Dictionary<string, SpecPlace> seen = new(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            SpecPlace place = PlaceOf((int)_reader.TokenStartIndex);
            string? key = Text();
            if (key is null || SpecText.Unusable(key) is not null)
                throw new SpecSyntaxException(SpecCodes.Syntax, place, "a key cannot hold NUL or half of a surrogate pair");
            _nodes++;
            _reader.Read();
            SpecNode value = Node();
            if (seen.TryAdd(key, place)) entries.Add(new MapEntry(key, place, value));
            else repeated.Add((key, place, seen[key]));
        }

        return new MapNode(start, entries) { Repeated = repeated };
    }

    private ScalarNode Number(SpecPlace place)
    {
        string text = Encoding.UTF8.GetString(_reader.ValueSpan);
        YamlScalars.Resolution resolved = text.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? YamlScalars.FromInteger(text) : YamlScalars.FromFloat(text);
        return resolved.Error is null ? new ScalarNode(place, resolved.Value, text) : ScalarNode.Refuse(place, text, resolved.Code, resolved.Error);
    }

    // Null when an escape spells half of a surrogate pair.
    private string? Text()
    {
        try
        {
            return _reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Message(JsonException e)
    {
        int cut = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string text = (cut < 0 ? e.Message : e.Message[..cut]).TrimEnd('.', ' ');
        return text.Contains("'/' is", StringComparison.Ordinal) ? "comments are not part of JSON; name the file .yaml to write comments"
            : text.Contains("trailing comma", StringComparison.Ordinal) ? "a comma must be followed by another element"
            : text;
    }

    private SpecPlace PlaceOf(JsonException e)
    {
        int line = (int)(e.LineNumber ?? 0), at = 0;
        for (int i = 0; i < line; i++)
        {
            int next = _utf8[at..].IndexOf((byte)'\n');
            if (next < 0) break;
            at += next + 1;
        }

        _byte = _char = _lineStart = 0;
        _line = 1;
        return PlaceOf(Math.Min(_utf8.Length, at + (int)(e.BytePositionInLine ?? 0)));
    }

    private SpecPlace PlaceOf(int target)
    {
        while (_byte < target && _char < _text.Length)
        {
            char c = _text[_char++];
            if (c == '\n')
            {
                _line++;
                _lineStart = _char;
            }

            if (char.IsHighSurrogate(c))
            {
                _char++;
                _byte += 4;
            }
            else
            {
                _byte += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }

        return new SpecPlace(_line, _char - _lineStart + 1);
    }
}
