namespace HyperCloud.Runners;

/// <summary>Finds the word a user probably meant, for "did you mean".</summary>
internal static class Nearest
{
    /// <summary>
    /// The candidate with the smallest edit distance, if it is near: at most about a third of its letters, at least one, differ, and not
    /// all. Case does not count. Null when none is near.
    /// </summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = Math.Min(Math.Max(1, (word.Length + 1) / 3) + 1, word.Length);
        foreach (string candidate in candidates)
        {
            int distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < bestDistance) (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>" (did you mean 'x'?)" when a candidate is near, else the list of candidates.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> candidates) =>
        To(word, candidates) is { } near ? $"; did you mean '{near}'?"
        : candidates.Count == 0 ? ""
        : $"; known: {string.Join(", ", candidates)}";

    // Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost one each.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }

        return d[a.Length, b.Length];
    }
}
