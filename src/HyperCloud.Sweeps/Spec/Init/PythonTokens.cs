using System.Globalization;
using System.Text;

namespace HyperCloud.Sweeps;

/// <summary>Kinds of Python tokens, as far as calls with literal arguments need them.</summary>
internal enum PythonKind
{
    Name,
    Number,

    /// <summary>A string literal; the token's text is its content.</summary>
    Text,

    /// <summary>A string whose content is only known at run time (f-string), that does not end, or that a spec cannot hold.</summary>
    OpaqueText,
    Sign,
}

/// <summary>A token: names, numbers and signs as written, strings by their content.</summary>
internal readonly record struct PythonToken(PythonKind Kind, string Text)
{
    public bool Is(string sign) => Kind == PythonKind.Sign && Text == sign;
}

/// <summary>Cuts Python source into tokens. Comments, line breaks and indentation are skipped; any text is taken, Python or not.</summary>
internal static class PythonTokens
{
    public static List<PythonToken> Read(string source)
    {
        List<PythonToken> tokens = [];
        int at = 0;
        while (at < source.Length)
        {
            char c = source[at];
            if (c == '#')
            {
                while (at < source.Length && source[at] != '\n') at++;
            }
            else if (IsNameStart(c))
            {
                int start = at;
                while (at < source.Length && (IsNameStart(source[at]) || char.IsAsciiDigit(source[at]))) at++;
                string name = source[start..at];
                if (at < source.Length && source[at] is '"' or '\'' && name.Length <= 2 && name.All(p => "rRbBfFuUtT".Contains(p, StringComparison.Ordinal)))
                    tokens.Add(ReadText(source, ref at, raw: name.Contains('r', StringComparison.OrdinalIgnoreCase), opaque: name.AsSpan().IndexOfAny("fFbBtT") >= 0));
                else
                    tokens.Add(new(PythonKind.Name, name));
            }
            else if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < source.Length && char.IsAsciiDigit(source[at + 1])))
            {
                int start = at;
                while (at < source.Length && (char.IsAsciiLetterOrDigit(source[at]) || source[at] is '.' or '_'
                    || (source[at] is '+' or '-' && source[at - 1] is 'e' or 'E' && !source[start..at].StartsWith("0x", StringComparison.OrdinalIgnoreCase)))) at++;
                tokens.Add(new(PythonKind.Number, source[start..at]));
            }
            else if (c is '"' or '\'')
            {
                tokens.Add(ReadText(source, ref at, raw: false, opaque: false));
            }
            else
            {
                at++;
                if (c is not ('\\' or '\uFEFF') && !char.IsWhiteSpace(c)) tokens.Add(new(PythonKind.Sign, c.ToString()));
            }
        }

        return tokens;
    }

    private static bool IsNameStart(char c) => c == '_' || char.IsLetter(c);

    private static PythonToken ReadText(string source, ref int at, bool raw, bool opaque)
    {
        char quote = source[at];
        bool triple = at + 2 < source.Length && source[at + 1] == quote && source[at + 2] == quote;
        at += triple ? 3 : 1;
        var text = new StringBuilder();
        while (at < source.Length)
        {
            char c = source[at];
            if (c == quote && (!triple || (at + 2 < source.Length && source[at + 1] == quote && source[at + 2] == quote)))
            {
                at += triple ? 3 : 1;
                return new(opaque || SpecText.Unusable(text.ToString()) is not null ? PythonKind.OpaqueText : PythonKind.Text, text.ToString());
            }

            if (c == '\n' && !triple) break;
            if (c == '\\' && at + 1 < source.Length)
            {
                if (raw) text.Append(c).Append(source[at + 1]);
                else Escape(source, ref at, text);
                at += 2;
                continue;
            }

            text.Append(c);
            at++;
        }

        return new(PythonKind.OpaqueText, text.ToString());
    }

    // Leaves `at` so that two further characters are consumed by the caller.
    private static void Escape(string source, ref int at, StringBuilder text)
    {
        char c = source[at + 1];
        int digits = c switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits > 0 && at + 2 + digits <= source.Length
            && ushort.TryParse(source.AsSpan(at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
        {
            text.Append((char)code);
            at += digits;
            return;
        }

        _ = c switch
        {
            'n' => text.Append('\n'),
            't' => text.Append('\t'),
            'r' => text.Append('\r'),
            '\n' => text,
            '\\' or '\'' or '"' => text.Append(c),
            _ => text.Append('\\').Append(c),
        };
    }
}
