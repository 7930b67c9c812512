using System.Collections.Immutable;

namespace HyperCloud.Sweeps;

/// <summary>How bad a problem of a spec is.</summary>
public enum SpecSeverity
{
    /// <summary>The spec cannot be used.</summary>
    Error,

    /// <summary>The spec can be used, but probably does not mean what its author thinks.</summary>
    Warning,
}

/// <summary>One problem of a spec, with its place.</summary>
/// <param name="Severity">Error or warning.</param>
/// <param name="Code">Stable code, one of <see cref="SpecCodes"/>.</param>
/// <param name="Pointer">JSON pointer (RFC 6901) of the value the problem is about; empty for the whole spec.</param>
/// <param name="Line">Line from 1; 0 when the value did not come from the text.</param>
/// <param name="Column">Column from 1, in UTF-16 code units; 0 when the value did not come from the text.</param>
/// <param name="Message">A sentence with the offending value and what would be right; without the place.</param>
/// <param name="Source">Where the value came from when not from the text: <c>--set limits.trials</c>; otherwise null.</param>
public sealed record SpecProblem(
    SpecSeverity Severity, string Code, string Pointer, int Line, int Column, string Message, string? Source = null)
{
    /// <summary>The place in words: <c>line 4, column 9</c>, or the override it came from; empty when the problem has no place.</summary>
    public string Place => new SpecPlace(Line, Column, Source).ToString();

    /// <summary>The message with its place in brackets.</summary>
    public override string ToString() => Place.Length == 0 ? Message : $"{Message} ({Place})";
}

/// <summary>What reading a spec gave.</summary>
/// <param name="Spec">The sweep; null when any problem is an error.</param>
/// <param name="Problems">All problems in the order of their places, those without a place in the text last.</param>
public sealed record SpecResult(SweepSpec? Spec, ImmutableArray<SpecProblem> Problems)
{
    /// <summary>The errors among the problems.</summary>
    public IEnumerable<SpecProblem> Errors => Problems.Where(p => p.Severity == SpecSeverity.Error);

    /// <summary>The warnings among the problems.</summary>
    public IEnumerable<SpecProblem> Warnings => Problems.Where(p => p.Severity == SpecSeverity.Warning);
}

/// <summary>The stable codes of problems. docs/spec.md says what each means.</summary>
public static class SpecCodes
{
    /// <summary>The file cannot be read: missing, a folder, no permission, not UTF-8.</summary>
    public const string File = "file";

    /// <summary>Not well-formed YAML or JSON, or a form of YAML that a spec does not take (tags, merge keys, several documents).</summary>
    public const string Syntax = "syntax";

    /// <summary>Larger, deeper or with more aliases than a spec may be.</summary>
    public const string TooLarge = "too-large";

    /// <summary>A key stands twice in one mapping.</summary>
    public const string DuplicateKey = "duplicate-key";

    /// <summary>A plain YAML scalar that YAML versions read differently.</summary>
    public const string Ambiguous = "ambiguous";

    /// <summary>A key that the spec does not have.</summary>
    public const string UnknownKey = "unknown-key";

    /// <summary>A key that must be given is not.</summary>
    public const string MissingKey = "missing-key";

    /// <summary>A value of another type than the key takes.</summary>
    public const string WrongType = "wrong-type";

    /// <summary>A value outside the range or list the key takes, or two values that do not go together.</summary>
    public const string Invalid = "invalid";

    /// <summary>A key whose name is kept for a later version.</summary>
    public const string Reserved = "reserved";

    /// <summary>Something that is announced but not in this version.</summary>
    public const string NotYet = "not-yet";

    /// <summary>A name that is malformed, or would collide with another in the environment of a run.</summary>
    public const string Name = "name";

    /// <summary>A <c>when</c> condition that cannot be.</summary>
    public const string Condition = "condition";

    /// <summary>A finding of the runner about its options.</summary>
    public const string Runner = "runner";

    /// <summary>An override that cannot be applied.</summary>
    public const string Override = "override";

    /// <summary>Legal, but the answer will be weaker than its reader may think.</summary>
    public const string Weak = "weak";

    /// <summary>Legal, but without effect.</summary>
    public const string NoEffect = "no-effect";
}
