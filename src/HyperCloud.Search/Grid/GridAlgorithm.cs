using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Grid search: every combination of the values of all active parameters once, in an order shuffled by the sweep seed, so that a grid cut
/// short has still seen all regions. Ranges need a step or a number of points. The points are numbered, not listed: the grid may have up
/// to 2⁶³ − 1 of them.
/// </summary>
/// <param name="exhaustive">True: ignore <c>points</c> and visit every value; continuous parameters have no grid then.</param>
internal sealed class GridAlgorithm(bool exhaustive = false) : ISearchAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "grid";

    private (Space Space, AssignmentIndex Grid)? _grid;

    /// <inheritdoc/>
    public string Name => AlgorithmName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <summary>Why a space has no grid, in a sentence; null when it has one.</summary>
    public static string? Problem(Space space) => TryNumber(space, false, out string? problem) is null ? problem : null;

    /// <inheritdoc/>
    public SuggestResult Suggest(SearchContext context, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        AssignmentIndex grid = GridOf(context.Space);
        HashSet<long> done = [];
        foreach (Observation o in context.Observations)
            if (o.Number >= 0) done.Add(grid.IndexOf(o.Assignment));
        foreach (PendingTrial p in context.Pending) done.Add(grid.IndexOf(p.Assignment));
        done.Remove(-1); // configurations from elsewhere that are not on the grid

        var order = new IndexPermutation(context.Seed, StreamPurpose.Grid, grid.Count);
        List<Suggestion> suggestions = new(count);
        for (long place = 0; suggestions.Count < count && done.Count < grid.Count; place++)
        {
            long index = order.At(place);
            if (!done.Add(index)) continue;
            Assignment point = grid.At(index);
            if (!context.Space.Allows(point)) continue;
            suggestions.Add(new Suggestion(point, string.Create(CultureInfo.InvariantCulture, $"grid: point {place + 1} of {grid.Count}")));
        }

        return suggestions.Count == count
            ? new SuggestResult(suggestions)
            : new SuggestResult(suggestions, string.Create(CultureInfo.InvariantCulture, $"all {grid.Count} points of the grid have been suggested{(context.Space.Forbidden.IsEmpty ? "" : " or are forbidden")}"));
    }

    /// <inheritdoc/>
    public Recommendation Recommend(SearchContext context) => NoiseAwareRanking.Rank(context);

    private AssignmentIndex GridOf(Space space)
    {
        if (_grid is not { } known || !ReferenceEquals(known.Space, space))
        {
            AssignmentIndex grid = TryNumber(space, exhaustive, out string? problem) ?? throw new SearchException(problem!);
            _grid = known = (space, grid);
        }

        return known.Grid;
    }

    private static AssignmentIndex? TryNumber(Space space, bool exhaustive, out string? problem)
    {
        AssignmentIndex? grid = AssignmentIndex.TryCreate(
            space, exhaustive ? FiniteDomain.All : FiniteDomain.Grid, "is continuous and has neither 'step' nor 'points'", out problem);
        if (grid is null) problem = $"the space has no grid: {problem}";
        return grid;
    }
}
