using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>The limits of a spec's text, and the checks that YAML and JSON have in common. They keep a mistaken or hostile file cheap.</summary>
internal static class SpecText
{
    /// <summary>Characters of the text: 1 MiB.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Nesting of lists and mappings.</summary>
    public const int MaxDepth = 64;

    /// <summary>Nodes after aliases are expanded.</summary>
    public const int MaxNodes = 100_000;

    /// <summary>Expansions of YAML aliases, nested ones counted each time.</summary>
    public const int MaxAliases = 100;

    /// <summary>Removes a byte order mark and refuses what neither format allows.</summary>
    /// <exception cref="SpecSyntaxException">Too long, or a character that cannot stand in a spec.</exception>
    public static string Prepare(string text, string? source)
    {
        if (text.StartsWith('\uFEFF')) text = text[1..];
        if (text.Length > MaxLength)
            throw new SpecSyntaxException(SpecCodes.TooLarge, default,
                string.Create(CultureInfo.InvariantCulture, $"a spec may have {MaxLength} characters (1 MiB), but this one has {text.Length}"));
        int line = 1, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n')
            {
                line++;
                start = i + 1;
            }
            else if (c is < ' ' and not ('\t' or '\r') or '\x7F')
            {
                throw new SpecSyntaxException(SpecCodes.Syntax, At(), string.Create(CultureInfo.InvariantCulture,
                    $"the control character U+{(int)c:X4} cannot stand in a spec; is this a text file?"));
            }
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(c))
            {
                throw new SpecSyntaxException(SpecCodes.Syntax, At(), string.Create(CultureInfo.InvariantCulture,
                    $"half of a surrogate pair, U+{(int)c:X4}, cannot stand in a spec"));
            }

            SpecPlace At() => source is null ? new(line, i - start + 1) : new(0, 0, source);
        }

        return text;
    }

    /// <summary>Why a text cannot be a value, or null: NUL cannot be handed to a process, half a surrogate pair cannot be stored.</summary>
    public static string? Unusable(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return "a text with the character NUL cannot be handed to a run";
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return "a text with half of a surrogate pair cannot be stored";
        }

        return null;
    }
}
