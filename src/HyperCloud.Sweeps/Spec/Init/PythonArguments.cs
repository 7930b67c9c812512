using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>One <c>add_argument(...)</c> call as far as literals say what it declares.</summary>
internal sealed record PythonArgument
{
    /// <summary>The option strings (<c>-l</c>, <c>--lr</c>), or the one name of a positional argument.</summary>
    public required ImmutableArray<string> Flags { get; init; }

    /// <summary>The name after <c>type=</c>; null when not given, empty when it is no plain name.</summary>
    public string? Type { get; init; }

    /// <summary>The name or text after <c>action=</c>; null when not given.</summary>
    public string? Action { get; init; }

    /// <summary>True when <c>nargs=</c> is given.</summary>
    public bool Several { get; init; }

    public bool Required { get; init; }

    /// <summary>The default, when it is a literal; JSON null for None and for none.</summary>
    public ParameterValue Default { get; init; }

    /// <summary>True when a default is given that is no literal.</summary>
    public bool OpaqueDefault { get; init; }

    /// <summary>The literal choices; empty when there are none, or not literal.</summary>
    public ImmutableArray<ParameterValue> Choices { get; init; } = [];

    public string Help { get; init; } = "";

    public bool Positional => !Flags[0].StartsWith('-');
}

/// <summary>Finds the <c>add_argument</c> calls in tokens and reads their literal arguments.</summary>
internal static class PythonArguments
{
    /// <summary>Most values taken from range(...): a list of a spec holds no more.</summary>
    private const int MaxRange = ParameterReader.MaxValues;

    public static List<PythonArgument> Find(IReadOnlyList<PythonToken> tokens)
    {
        List<PythonArgument> found = [];
        for (int i = 0; i + 1 < tokens.Count; i++)
            if (tokens[i] is { Kind: PythonKind.Name, Text: "add_argument" } && tokens[i + 1].Is("(") && (i == 0 || tokens[i - 1].Is(".")))
                if (Read(Split(tokens, i + 2)) is { } argument)
                    found.Add(argument);
        return found;
    }

    // The arguments of a call, each as its tokens; the call begins behind its bracket.
    private static List<List<PythonToken>> Split(IReadOnlyList<PythonToken> tokens, int from)
    {
        List<List<PythonToken>> parts = [[]];
        int depth = 0;
        for (int i = from; i < tokens.Count; i++)
        {
            PythonToken token = tokens[i];
            if (token.Kind == PythonKind.Sign && token.Text is "(" or "[" or "{") depth++;
            if (token.Kind == PythonKind.Sign && token.Text is ")" or "]" or "}" && depth-- == 0) break;
            if (depth == 0 && token.Is(",")) parts.Add([]);
            else parts[^1].Add(token);
        }

        parts.RemoveAll(p => p.Count == 0);
        return parts;
    }

    private static PythonArgument? Read(List<List<PythonToken>> parts)
    {
        List<string> flags = [];
        Dictionary<string, List<PythonToken>> named = new(StringComparer.Ordinal);
        foreach (List<PythonToken> part in parts)
        {
            if (part.Count > 2 && part[0].Kind == PythonKind.Name && part[1].Is("=") && !part[2].Is("=")) named.TryAdd(part[0].Text, part[2..]);
            else if (Literal(part) is { Kind: ValueKind.Text } flag && flag.AsText().Length > 0) flags.Add(flag.AsText());
        }

        if (flags.Count == 0) return null;
        ParameterValue? value = named.TryGetValue("default", out List<PythonToken>? d) ? Literal(d) : ParameterValue.Null;
        return new PythonArgument
        {
            Flags = [.. flags],
            Type = named.TryGetValue("type", out List<PythonToken>? type) ? type is [{ Kind: PythonKind.Name }] ? type[0].Text : "" : null,
            Action = named.TryGetValue("action", out List<PythonToken>? action) ? action[^1].Text : null,
            Several = named.ContainsKey("nargs"),
            Required = named.TryGetValue("required", out List<PythonToken>? required) && required is [{ Text: "True" }],
            Default = value ?? ParameterValue.Null,
            OpaqueDefault = value is null,
            Choices = named.TryGetValue("choices", out List<PythonToken>? choices) ? Literals(choices) : [],
            Help = named.TryGetValue("help", out List<PythonToken>? help) && Literal(help) is { Kind: ValueKind.Text } text ? text.AsText() : "",
        };
    }

    /// <summary>The value of a literal expression; null when it is none.</summary>
    private static ParameterValue? Literal(List<PythonToken> tokens)
    {
        if (tokens.Count > 0 && tokens.TrueForAll(t => t.Kind == PythonKind.Text)) return ParameterValue.Of(string.Concat(tokens.Select(t => t.Text)));
        if (tokens is [{ Kind: PythonKind.Name } name])
            return name.Text switch { "None" => ParameterValue.Null, "True" => ParameterValue.Of(true), "False" => ParameterValue.Of(false), _ => null };
        if (tokens is [{ Kind: PythonKind.Number } plain]) return Number(plain.Text, negative: false);
        if (tokens is [{ Kind: PythonKind.Sign, Text: "-" or "+" } sign, { Kind: PythonKind.Number } signed]) return Number(signed.Text, sign.Text == "-");
        return null;
    }

    private static ParameterValue? Number(string text, bool negative)
    {
        text = (negative ? "-" : "") + text.Replace("_", "", StringComparison.Ordinal);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)) return ParameterValue.Of(whole);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real) ? ParameterValue.Of(real) : null;
    }

    // A list, tuple or set of literals, or range(...); empty when it is something else.
    private static ImmutableArray<ParameterValue> Literals(List<PythonToken> tokens)
    {
        if (tokens is [{ Kind: PythonKind.Name, Text: "list" or "sorted" or "tuple" or "set" }, { Text: "(" }, .., { Text: ")" }]) tokens = tokens[2..^1];
        if (tokens is [{ Kind: PythonKind.Name, Text: "range" }, { Text: "(" }, .., { Text: ")" }])
        {
            ParameterValue?[] bounds = [.. Split(tokens, 2).Select(Literal)];
            if (bounds.Length is 0 or > 3 || !bounds.All(b => b is { Kind: ValueKind.Integer })) return [];
            long first = bounds.Length == 1 ? 0 : bounds[0]!.Value.AsInteger();
            long end = bounds[bounds.Length == 1 ? 0 : 1]!.Value.AsInteger();
            long step = bounds.Length == 3 ? bounds[2]!.Value.AsInteger() : 1;
            List<ParameterValue> range = [];
            if (step > 0)
                for (decimal v = first; v < end && range.Count < MaxRange; v += step) range.Add(ParameterValue.Of((long)v));
            return [.. range];
        }

        if (tokens.Count < 2 || !(tokens[0].Is("[") || tokens[0].Is("(") || tokens[0].Is("{"))) return [];
        List<ParameterValue> values = [];
        foreach (List<PythonToken> item in Split(tokens, 1))
        {
            if (Literal(item) is not { } value) return [];
            if (!values.Contains(value)) values.Add(value);
        }

        return [.. values];
    }
}
