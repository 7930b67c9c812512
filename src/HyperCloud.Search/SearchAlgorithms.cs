using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>The search algorithms by name. A new one is added here and nowhere else.</summary>
public static class SearchAlgorithms
{
    private static readonly ImmutableArray<(string Name, Func<ISearchAlgorithm> Create)> All =
    [
        (AutoAlgorithm.AlgorithmName, () => new AutoAlgorithm()),
        (RandomAlgorithm.AlgorithmName, () => new RandomAlgorithm()),
        (GridAlgorithm.AlgorithmName, () => new GridAlgorithm()),
        (SobolAlgorithm.AlgorithmName, () => new SobolAlgorithm()),
        (TpeAlgorithm.AlgorithmName, () => new TpeAlgorithm()),
    ];

    /// <summary>All names, <c>auto</c> first.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(a => a.Name)];

    /// <summary>A fresh instance, to serve one sweep.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="SearchException">No algorithm has this name; the message names the nearest and lists all.</exception>
    public static ISearchAlgorithm Create(string name)
    {
        foreach ((string known, Func<ISearchAlgorithm> create) in All)
            if (known == name) return create();
        string? near = Names.Where(n => Distance(n, name) <= Math.Max(1, n.Length / 2)).MinBy(n => Distance(n, name));
        throw new SearchException(
            $"unknown search algorithm '{name}'{(near is null ? "" : $"; did you mean '{near}'?")} Known are: {string.Join(", ", Names)}");
    }

    /// <summary>Why an algorithm cannot search a space, in a sentence; null when it can. For checking a spec before anything runs.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="space">The space.</param>
    public static string? Problem(string name, Space space) => name == GridAlgorithm.AlgorithmName ? GridAlgorithm.Problem(space) : null;

    // Levenshtein distance, ignoring case.
    private static int Distance(string a, string b)
    {
        (a, b) = (a.ToLowerInvariant(), b.ToLowerInvariant());
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[b.Length];
    }
}
