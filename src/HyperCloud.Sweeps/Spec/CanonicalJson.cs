using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Writes JSON whose bytes are a function of the values alone, whatever the version of the platform: strings escape what RFC 8785
/// (JSON canonicalisation scheme) escapes, and the few characters that readers of YAML refuse or take for line breaks, so that the text is
/// safe YAML as well; numbers are written as <see cref="ParameterValue"/> writes them.
/// </summary>
/// <param name="indented">True: a line for each member, for people; false: no white space.</param>
internal sealed class CanonicalJson(bool indented = false)
{
    private readonly StringBuilder _text = new();
    private readonly Stack<char> _open = [];
    private bool _first = true;
    private bool _afterKey;

    public void BeginMap() => Begin('{', '}');

    public void BeginList() => Begin('[', ']');

    public void End()
    {
        char close = _open.Pop();
        if (!_first) NewLine();
        _text.Append(close);
        _first = false;
    }

    public void Key(string name)
    {
        Separate();
        Escape(name);
        _text.Append(indented ? ": " : ":");
        _afterKey = true;
    }

    public void Value(ParameterValue value)
    {
        Separate();
        if (value.Kind == ValueKind.Text) Escape(value.AsText());
        else _text.Append(value.ToString());
    }

    public void Value(string text) => Value(ParameterValue.Of(text));

    public void Member(string name, string value)
    {
        Key(name);
        Value(value);
    }

    public void Member(string name, long value)
    {
        Key(name);
        Value(ParameterValue.Of(value));
    }

    public void Member(string name, double value)
    {
        Key(name);
        Value(ParameterValue.Of(value));
    }

    public void Member(string name, bool value)
    {
        Key(name);
        Value(ParameterValue.Of(value));
    }

    /// <summary>An element as it is, its numbers canonical; the keys of its objects sorted by ordinal when asked for.</summary>
    public void Value(JsonElement element, bool sorted)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                BeginMap();
                IEnumerable<JsonProperty> members = element.EnumerateObject();
                foreach (JsonProperty member in sorted ? members.OrderBy(m => m.Name, StringComparer.Ordinal) : members)
                {
                    Key(member.Name);
                    Value(member.Value, sorted);
                }

                End();
                break;
            case JsonValueKind.Array:
                BeginList();
                foreach (JsonElement item in element.EnumerateArray()) Value(item, sorted);
                End();
                break;
            default:
                Value(ParameterValue.FromJson(element));
                break;
        }
    }

    public override string ToString() => _text.ToString();

    private void Begin(char open, char close)
    {
        Separate();
        _text.Append(open);
        _open.Push(close);
        _first = true;
    }

    // What stands between the last token and the next value or key.
    private void Separate()
    {
        if (_afterKey)
        {
            _afterKey = false;
            return;
        }

        if (_open.Count == 0) return;
        if (!_first) _text.Append(',');
        NewLine();
        _first = false;
    }

    private void NewLine()
    {
        if (indented) _text.Append('\n').Append(' ', 2 * _open.Count);
    }

    private void Escape(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                < ' ' or (>= '\x7F' and <= '\x9F') or '\u2028' or '\u2029' or '\uFEFF' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
