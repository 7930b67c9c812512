using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The first trials of algorithms that learn: the scrambled Sobol sequence, which covers the space better than random points do, so that
/// trial t is the same whatever has been observed. A prior moves its points.
/// </summary>
internal static class StartupDesign
{
    /// <summary>Chooses the trial of a state.</summary>
    public static Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        (double[] u, _) = SobolAlgorithm.Coordinates(state.Space, state.Context.Seed, state.Trial);
        SpacePrior? prior = SpacePrior.Of(state.Space);
        prior?.Warp(u, state.Trial);
        Assignment point = state.Space.FromUnit(u);
        return unseen is null || !state.Seen.Contains(point)
            ? new Suggestion(point, string.Create(CultureInfo.InvariantCulture, $"startup: sobol point {state.Trial}{(prior is null ? "" : ", moved by the prior")}"))
            : new Suggestion(unseen.PickUnseen(state.Seen, state.OpenStream()), "startup: random among the unseen configurations");
    }
}
