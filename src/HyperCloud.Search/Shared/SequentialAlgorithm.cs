using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// An algorithm that chooses one trial after the other, so that a batch of n is the same as n requests for one, each seeing the earlier
/// ones as pending. Takes care of finite spaces: no configuration twice while one is unseen, and an end where repeating tells nothing; and of
/// forbidden combinations, which are never suggested.
/// </summary>
internal abstract class SequentialAlgorithm : ISearchAlgorithm
{
    private (Space Space, FiniteSpace? Finite)? _finite;

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract int Version { get; }

    /// <inheritdoc/>
    public SuggestResult Suggest(SearchContext context, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(context.FirstTrial);
        var state = new SearchState(context);
        FiniteSpace? finite = FiniteOf(context.Space);
        List<Suggestion> suggestions = new(count);
        while (suggestions.Count < count)
        {
            bool allSeen = finite?.AllSeen(state.Seen) ?? false;
            if (allSeen && finite!.EndsWhenAllSeen(context) is { } end) return new SuggestResult(suggestions, end);
            Suggestion suggestion = Choose(state, allSeen ? null : finite);
            if (!context.Space.Allows(suggestion.Assignment)) suggestion = AllowedDraw.Instead(suggestion, state, allSeen ? null : finite);
            suggestions.Add(suggestion);
            state.Accept(suggestion.Assignment);
        }

        return new SuggestResult(suggestions);
    }

    /// <inheritdoc/>
    public virtual Recommendation Recommend(SearchContext context) => NoiseAwareRanking.Rank(context);

    /// <summary>Chooses the configuration of trial <see cref="SearchState.Trial"/>.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="unseen">Not null when the space is finite and holds unseen configurations: one of those must be chosen.</param>
    protected abstract Suggestion Choose(SearchState state, FiniteSpace? unseen);

    private FiniteSpace? FiniteOf(Space space)
    {
        if (_finite is not { } known || !ReferenceEquals(known.Space, space)) _finite = known = (space, FiniteSpace.TryCreate(space));
        return known.Finite;
    }
}
