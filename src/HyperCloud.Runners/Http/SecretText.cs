using System.Collections.Immutable;
using System.Text;

namespace HyperCloud.Runners;

/// <summary>
/// A text that may take parts from the environment of the host that sends it: <c>${env.NAME}</c>; <c>$$</c> is a dollar sign. What it says is
/// known at the moment of sending only. The spec, the store and previews hold the name alone.
/// </summary>
internal sealed class SecretText
{
    private const string Prefix = "env.";
    private readonly ImmutableArray<(string Text, bool IsVariable)> _parts;

    private SecretText(string source, ImmutableArray<(string, bool)> parts) => (Source, _parts) = (source, parts);

    /// <summary>As the spec writes it.</summary>
    public string Source { get; }

    /// <summary>The variables it names.</summary>
    public IEnumerable<string> Variables => _parts.Where(p => p.IsVariable).Select(p => p.Text);

    /// <summary>Reads a text; every problem is added and the part left out.</summary>
    public static SecretText Parse(string text, List<string> problems)
    {
        var parts = ImmutableArray.CreateBuilder<(string, bool)>();
        var literal = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length || text[i + 1] is not ('$' or '{'))
            {
                literal.Append(text[i]);
                continue;
            }

            if (text[++i] == '$')
            {
                literal.Append('$');
                continue;
            }

            int close = text.IndexOf('}', i);
            if (close < 0)
            {
                problems.Add("'${' without '}'; write '$${' for a dollar sign before a brace");
                break;
            }

            string name = text[(i + 1)..close];
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && IsVariable(name.AsSpan(Prefix.Length)))
            {
                if (literal.Length > 0) parts.Add((literal.ToString(), false));
                literal.Clear();
                parts.Add((name[Prefix.Length..], true));
            }
            else
            {
                problems.Add($"${{{name}}} cannot be used here, only ${{env.NAME}} for a variable of the host's environment; what belongs to the run (parameters, seed, pool) is in the request's body");
            }

            i = close;
        }

        if (literal.Length > 0) parts.Add((literal.ToString(), false));
        return new SecretText(text, parts.ToImmutable());
    }

    /// <summary>The text itself; null when a variable is not set.</summary>
    /// <param name="environment">Value of a variable; null when it is not set.</param>
    public string? Resolve(Func<string, string?> environment)
    {
        var text = new StringBuilder();
        foreach ((string part, bool isVariable) in _parts)
        {
            if (!isVariable) text.Append(part);
            else if (environment(part) is { } value) text.Append(value);
            else return null;
        }

        return text.ToString();
    }

    private static bool IsVariable(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0])) return false;
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        return true;
    }
}
