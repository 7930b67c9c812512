using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// A text with references (SEMANTICS §6): <c>${param.NAME} ${seed} ${resource} ${trial} ${pool} ${task} ${params_json}</c>; <c>$$</c> is a dollar
/// sign, and a dollar sign before anything else stands for itself. What comes out is one argument or one variable's value, whatever
/// characters it holds: no shell ever sees it.
/// </summary>
internal sealed class Template
{
    private const string ParameterPrefix = "param.";
    private static readonly string[] Fixed = ["seed", "resource", "trial", "pool", "task", "params_json"];
    private readonly ImmutableArray<(string Text, bool IsReference)> _parts;

    private Template(ImmutableArray<(string, bool)> parts) => _parts = parts;

    /// <summary>True for an element that is exactly <c>${args}</c>.</summary>
    public bool IsArgs => _parts is [("args", true)];

    /// <summary>The parameters it names.</summary>
    public IEnumerable<string> Parameters =>
        _parts.Where(p => p.IsReference && p.Text.StartsWith(ParameterPrefix, StringComparison.Ordinal)).Select(p => p.Text[ParameterPrefix.Length..]);

    /// <summary>True when the text holds no reference.</summary>
    public bool IsLiteral => _parts.All(p => !p.IsReference);

    /// <summary>Reads a template; every problem is added to <paramref name="problems"/> and the part left out.</summary>
    /// <param name="text">What the spec says.</param>
    /// <param name="space">The space whose parameters may be named.</param>
    /// <param name="argsAllowed">Whether the whole text may be <c>${args}</c>.</param>
    /// <param name="problems">Where problems go.</param>
    public static Template Parse(string text, Space space, bool argsAllowed, List<string> problems)
    {
        var parts = ImmutableArray.CreateBuilder<(string, bool)>();
        var literal = new StringBuilder();
        int i = 0;
        while (i < text.Length)
        {
            if (text[i] != '$' || i + 1 == text.Length || text[i + 1] is not ('$' or '{'))
            {
                literal.Append(text[i++]);
                continue;
            }

            if (text[i + 1] == '$')
            {
                literal.Append('$');
                i += 2;
                continue;
            }

            int close = text.IndexOf('}', i);
            if (close < 0)
            {
                problems.Add($"'{text}' has '${{' without '}}'; write '$${{' for a dollar sign before a brace");
                break;
            }

            string name = text[(i + 2)..close];
            if (Problem(name, text, space, argsAllowed) is { } problem) problems.Add(problem);
            else
            {
                if (literal.Length > 0) parts.Add((literal.ToString(), false));
                literal.Clear();
                parts.Add((name, true));
            }

            i = close + 1;
        }

        if (literal.Length > 0 || parts.Count == 0) parts.Add((literal.ToString(), false));
        return new Template(parts.ToImmutable());
    }

    /// <summary>The text for one run; null when it names an inactive parameter, or the resource or task where the run has none.</summary>
    public string? Render(RunRequest request)
    {
        var text = new StringBuilder();
        foreach ((string part, bool isReference) in _parts)
        {
            if (!isReference) text.Append(part);
            else if (Value(part, request) is { } value) text.Append(value);
            else return null;
        }

        return text.ToString();
    }

    /// <summary>A resource as training code reads it: whole numbers without point.</summary>
    public static string Resource(double resource) => resource.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static string? Value(string name, RunRequest request) => name switch
    {
        "seed" => request.Seed.ToString(CultureInfo.InvariantCulture),
        "trial" => request.Run.Trial.ToString(CultureInfo.InvariantCulture),
        "pool" => RunKey.PoolName(request.Run.Pool),
        "task" => request.Task?.Name,
        "resource" => request.Resource is { } r ? Resource(r) : null,
        "params_json" => request.Assignment.ToJson(),
        _ => request.Assignment[name[ParameterPrefix.Length..]]?.ToString(),
    };

    private static string? Problem(string name, string text, Space space, bool argsAllowed)
    {
        if (Fixed.Contains(name)) return null;
        if (name == "args")
            return !argsAllowed ? $"'{text}': ${{args}} may only stand in the list of arguments"
                : text == "${args}" ? null
                : $"'{text}': ${{args}} stands for several arguments and must be an element of its own";
        if (name.StartsWith(ParameterPrefix, StringComparison.Ordinal))
        {
            string parameter = name[ParameterPrefix.Length..];
            if (space.IndexOf(parameter) >= 0) return null;
            string[] known = [.. space.Parameters.Select(p => p.Name)];
            return $"'{text}' names '{parameter}', which is not a parameter of the space{Nearest.Hint(parameter, known)}";
        }

        if (space.IndexOf(name) >= 0) return $"'{text}': write ${{param.{name}}} for the parameter '{name}'";
        return $"'{text}': there is no ${{{name}}}{Nearest.Hint(name, [.. Fixed, "args", "param.NAME"])}";
    }
}
