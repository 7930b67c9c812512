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
        (GpAlgorithm.AlgorithmName, () => new GpAlgorithm()),
        (CmaEsAlgorithm.AlgorithmName, () => new CmaEsAlgorithm()),
        (Nsga2Algorithm.AlgorithmName, () => new Nsga2Algorithm()),
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
        string? near = Likeness.Nearest(name, Names);
        throw new SearchException(
            $"unknown search algorithm '{name}'{(near is null ? "" : $"; did you mean '{near}'?")} Known are: {string.Join(", ", Names)}");
    }

    /// <summary>Why an algorithm cannot search a space, in a sentence; null when it can. For checking a spec before anything runs.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="space">The space.</param>
    public static string? Problem(string name, Space space) =>
        (name == GridAlgorithm.AlgorithmName ? GridAlgorithm.Problem(space) : null) ?? AllowedDraw.Problem(space);

    /// <summary>Most objectives: beyond it nearly every trial is on the front, and a front says nothing.</summary>
    public const int MostObjectives = 4;

    /// <summary>Whether an algorithm can search for a front; one that cannot refuses a context with several objectives.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static bool TakesSeveralObjectives(string name) => name != CmaEsAlgorithm.AlgorithmName;
}
