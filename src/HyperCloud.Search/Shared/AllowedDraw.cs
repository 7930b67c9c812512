using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>Draws configurations that no combination forbids.</summary>
internal static class AllowedDraw
{
    /// <summary>Most draws before the space counts as forbidden.</summary>
    public const int MostDraws = 10_000;

    /// <summary>The choice that takes the place of a forbidden one: an unseen configuration of a finite space, else a random one.</summary>
    /// <exception cref="SearchException">None was found.</exception>
    public static Suggestion Instead(Suggestion forbidden, SearchState state, FiniteSpace? unseen)
    {
        RandomStream random = state.OpenStream();
        Assignment assignment = unseen?.PickUnseen(state.Seen, random) ?? Random(state.Space, random);
        return new Suggestion(assignment, $"{forbidden.Reason}; forbidden, random among the allowed configurations");
    }

    /// <summary>Why a space has no configuration to try, in a sentence; null when it has, or when none is forbidden.</summary>
    public static string? Problem(Space space)
    {
        if (space.Forbidden.IsEmpty) return null;
        if (FiniteSpace.TryCreate(space) is { Count: <= FiniteSpace.MostListed } finite) return finite.Count == 0 ? "every configuration of the space is forbidden" : null;
        return TryRandom(space, new RandomStream(0, StreamPurpose.Suggestion), null) is null ? NoneFound : null;
    }

    /// <summary>A random allowed configuration, uniform on the transformed space unless its points are moved.</summary>
    /// <param name="space">The space.</param>
    /// <param name="random">Random numbers.</param>
    /// <param name="warp">See <see cref="RandomAlgorithm.Draw"/>.</param>
    /// <exception cref="SearchException">None was found.</exception>
    public static Assignment Random(Space space, RandomStream random, Action<double[]>? warp = null) =>
        TryRandom(space, random, warp)
        // Hardly anything is allowed: where the space can be listed, one of what is.
        ?? (FiniteSpace.TryCreate(space) is { Count: > 0 } finite ? finite.PickUnseen([], random) : throw new SearchException(NoneFound));

    private static string NoneFound => $"of {MostDraws} random configurations all are forbidden; `forbid` leaves too little of the space";

    private static Assignment? TryRandom(Space space, RandomStream random, Action<double[]>? warp)
    {
        for (int i = 0; i < MostDraws; i++)
            if (RandomAlgorithm.Draw(space, random, warp) is var drawn && space.Allows(drawn)) return drawn;
        return null;
    }
}
