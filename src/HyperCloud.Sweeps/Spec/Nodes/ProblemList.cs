using System.Collections.Immutable;
using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>Collects the problems of one spec.</summary>
internal sealed class ProblemList
{
    /// <summary>More than this many problems are counted, not listed: a file that is no spec at all would fill the screen.</summary>
    public const int Listed = 100;

    private readonly List<SpecProblem> _problems = [];

    public bool HasErrors { get; private set; }

    public void Error(string code, SpecPlace place, string pointer, string message) => Add(SpecSeverity.Error, code, place, pointer, message);

    public void Error(string code, SpecNode node, string message) => Error(code, node.Place, node.Pointer, message);

    public void Warn(string code, SpecPlace place, string pointer, string message) => Add(SpecSeverity.Warning, code, place, pointer, message);

    public void Warn(string code, SpecNode node, string message) => Warn(code, node.Place, node.Pointer, message);

    /// <summary>The problems by place; those without a line last. Errors come before warnings at one place.</summary>
    public ImmutableArray<SpecProblem> Sorted()
    {
        SpecProblem[] all = [.. _problems.Distinct().OrderBy(p => p.Line == 0).ThenBy(p => p.Line).ThenBy(p => p.Column).ThenBy(p => p.Severity)];
        if (all.Length <= Listed) return [.. all];
        // Errors must not be crowded out by warnings.
        SpecProblem[] kept = [.. all.OrderBy(p => p.Severity).Take(Listed).OrderBy(p => Array.IndexOf(all, p))];
        string rest = string.Create(CultureInfo.InvariantCulture, $"and {all.Length - Listed} more problems, which are not listed");
        return [.. kept, new SpecProblem(HasErrors ? SpecSeverity.Error : SpecSeverity.Warning, SpecCodes.TooLarge, "", 0, 0, rest)];
    }

    private void Add(SpecSeverity severity, string code, SpecPlace place, string pointer, string message)
    {
        HasErrors |= severity == SpecSeverity.Error;
        _problems.Add(new SpecProblem(severity, code, pointer, place.Source is null ? place.Line : 0, place.Source is null ? place.Column : 0, message, place.Source));
    }
}

/// <summary>A problem after which the text cannot be read on. Thrown and caught inside the spec layer only.</summary>
internal sealed class SpecSyntaxException(string code, SpecPlace place, string message) : Exception(message)
{
    public string Code { get; } = code;

    public SpecPlace Place { get; } = place;
}
