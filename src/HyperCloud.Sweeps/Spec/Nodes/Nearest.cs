using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>"Did you mean", in the words of spec problems.</summary>
internal static class Nearest
{
    /// <inheritdoc cref="Likeness.Nearest"/>
    public static string? To(string written, IEnumerable<string> candidates) => Likeness.Nearest(written, candidates);

    /// <summary><c>; did you mean `x`?</c>, or nothing.</summary>
    public static string Hint(string written, IEnumerable<string> candidates) => To(written, candidates) is { } near ? $"; did you mean `{near}`?" : "";
}
