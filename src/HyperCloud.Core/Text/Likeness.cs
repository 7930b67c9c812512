namespace HyperCloud.Core;

/// <summary>Finds what was probably meant: the basis of every "did you mean".</summary>
public static class Likeness
{
    /// <summary>The candidate that the written word was probably meant to be; null when none is near.</summary>
    /// <remarks>
    /// Optimal string alignment distance (Levenshtein with transpositions of neighbours) without regard to case, '-' and '_'; near is at
    /// most a third of the longer word's length, and at least one edit.
    /// </remarks>
    public static string? Nearest(string written, IEnumerable<string> candidates)
    {
        string wanted = Fold(written);
        if (wanted.Length is 0 or > 64) return null;
        string? best = null;
        int least = int.MaxValue;
        foreach (string candidate in candidates)
        {
            string folded = Fold(candidate);
            int allowed = Math.Max(1, Math.Max(wanted.Length, folded.Length) / 3);
            if (folded.Length > 64 || Math.Abs(folded.Length - wanted.Length) > allowed) continue;
            int distance = Distance(wanted, folded);
            // One edit turns any one-letter name into any other: that is no likeness.
            if (distance > allowed || distance >= least || distance >= Math.Max(wanted.Length, folded.Length)) continue;
            least = distance;
            best = candidate;
        }

        // A longer or shorter form of the same word: integer for int, log for logarithmic.
        return best ?? candidates.FirstOrDefault(c => Math.Min(c.Length, wanted.Length) >= 3
            && (Fold(c).StartsWith(wanted, StringComparison.Ordinal) || wanted.StartsWith(Fold(c), StringComparison.Ordinal)));
    }

    private static int Distance(string a, string b)
    {
        var before = new int[b.Length + 1];
        var last = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1] + 1, last[j] + 1), last[j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, last, row) = (last, row, before);
        }

        return last[b.Length];
    }

    private static string Fold(string word) => string.Concat(word.Where(c => c is not ('-' or '_')).Select(char.ToLowerInvariant));
}
