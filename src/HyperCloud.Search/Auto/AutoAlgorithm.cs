using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// Chooses an algorithm by the space and the budget: the exhaustive grid where the space has no more configurations than there are trials,
/// else <see cref="PortfolioAlgorithm"/>, or <see cref="FrontPortfolioAlgorithm"/> for several objectives. Says why with each suggestion.
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class AutoAlgorithm(PortfolioOptions? options = null) : ISearchAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "auto";

    private readonly GridAlgorithm _grid = new(exhaustive: true);
    private readonly PortfolioAlgorithm _portfolio = new(options);
    private readonly FrontPortfolioAlgorithm _front = new(options);

    /// <inheritdoc/>
    public string Name => AlgorithmName;

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public SuggestResult Suggest(SearchContext context, int count)
    {
        (ISearchAlgorithm algorithm, string why) = Decide(context);
        SuggestResult result = algorithm.Suggest(context, count);
        return result with { Suggestions = [.. result.Suggestions.Select(s => s with { Reason = $"auto ({why}): {s.Reason}" })] };
    }

    /// <inheritdoc/>
    public Recommendation Recommend(SearchContext context) => Decide(context).Algorithm.Recommend(context);

    private (ISearchAlgorithm Algorithm, string Why) Decide(SearchContext context)
    {
        if (context.Budget is { } budget && context.Space.CountAssignments(budget) is { } count)
            return (_grid, string.Create(CultureInfo.InvariantCulture, $"{count} configurations, {budget} trials"));
        return (context.Objectives > 1 ? _front : _portfolio, context.Budget is { } b ? string.Create(CultureInfo.InvariantCulture, $"more configurations than {b} trials") : "no limit of trials");
    }
}
