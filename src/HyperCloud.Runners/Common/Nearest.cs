using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>"Did you mean", in the words of runner findings.</summary>
internal static class Nearest
{
    /// <summary><c>; did you mean 'x'?</c> when a candidate is near, else the list of candidates.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> candidates) =>
        Likeness.Nearest(word, candidates) is { } near ? $"; did you mean '{near}'?"
        : candidates.Count == 0 ? ""
        : $"; known: {string.Join(", ", candidates)}";
}
