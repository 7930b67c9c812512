using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>A space that can be exhausted, and its allowed configurations that have not been suggested yet.</summary>
internal sealed class FiniteSpace
{
    /// <summary>Most configurations of a space with forbidden combinations that are looked at one by one to know how many are left.</summary>
    public const int MostListed = 200_000;

    private readonly Space _space;
    private readonly AssignmentIndex _index;
    private readonly int[]? _allowed; // numbers of the allowed configurations; null: all are, or there are too many to tell

    private FiniteSpace(Space space, AssignmentIndex index)
    {
        (_space, _index) = (space, index);
        if (space.Forbidden.IsEmpty || index.Count > MostListed) return;
        _allowed = [.. Enumerable.Range(0, (int)index.Count).Where(i => space.Allows(index.At(i)))];
    }

    /// <summary>
    /// The number of allowed configurations. Forbidden ones are counted in where there are more than <see cref="MostListed"/> in all, which hardly
    /// any sweep exhausts.
    /// </summary>
    public long Count => _allowed?.Length ?? _index.Count;

    /// <summary>Null when the space is infinite or too large to be exhausted by any sweep (see <see cref="AssignmentIndex"/>).</summary>
    public static FiniteSpace? TryCreate(Space space) =>
        AssignmentIndex.TryCreate(space, FiniteDomain.All, "is continuous", out _) is { } index ? new FiniteSpace(space, index) : null;

    /// <summary>Whether every configuration is among those seen.</summary>
    public bool AllSeen(HashSet<Assignment> seen) => seen.Count >= Count;

    /// <summary>
    /// The sentence that ends the search once all is seen; null when repeats still tell something, as the objective may be noisy.
    /// </summary>
    public string? EndsWhenAllSeen(SearchContext context) =>
        Count == 0 ? "every configuration of the space is forbidden"
        : Count == 1 ? $"the space has a single {Allowed}configuration, and it has been suggested"
        : context.Deterministic ? string.Create(CultureInfo.InvariantCulture, $"all {Count} {Allowed}configurations have been suggested, and the objective has no noise")
        : null;

    private string Allowed => _allowed is null ? "" : "allowed ";

    /// <summary>The configuration with this number.</summary>
    public Assignment At(long index) => _index.At(_allowed is null ? index : _allowed[index]);

    /// <summary>An unseen configuration, each about equally likely.</summary>
    /// <remarks>At a random number, or the next unseen one after it; so the work is bounded by what has been seen.</remarks>
    /// <exception cref="SearchException">Nothing allowed was found near in a space too large to look through.</exception>
    public Assignment PickUnseen(HashSet<Assignment> seen, RandomStream random)
    {
        if (AllSeen(seen)) throw new InvalidOperationException($"all {Count} configurations have been seen");
        const int Tries = 64;
        for (int i = 0; i < Tries; i++)
            if (At(RandomIndex(random)) is var a && IsNew(a)) return a;
        long index = RandomIndex(random);
        for (long steps = 0; steps <= MostListed + seen.Count; steps++, index = index + 1 == Count ? 0 : index + 1)
            if (At(index) is var a && IsNew(a)) return a;
        throw new SearchException($"among {MostListed} configurations none was found that is allowed; `forbid` leaves too little of the space");

        bool IsNew(Assignment a) => !seen.Contains(a) && (_allowed is not null || _space.Allows(a));
    }

    private long RandomIndex(RandomStream random) => (long)Math.BigMul(random.NextUInt64(), (ulong)Count, out _);
}
