using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>A space that can be exhausted, and its configurations that have not been suggested yet.</summary>
internal sealed class FiniteSpace
{
    private readonly AssignmentIndex _index;

    private FiniteSpace(AssignmentIndex index) => _index = index;

    /// <summary>The number of configurations.</summary>
    public long Count => _index.Count;

    /// <summary>Null when the space is infinite or too large to be exhausted by any sweep (see <see cref="AssignmentIndex"/>).</summary>
    public static FiniteSpace? TryCreate(Space space) =>
        AssignmentIndex.TryCreate(space, FiniteDomain.All, "is continuous", out _) is { } index ? new FiniteSpace(index) : null;

    /// <summary>Whether every configuration is among those seen.</summary>
    public bool AllSeen(HashSet<Assignment> seen) => seen.Count >= Count;

    /// <summary>
    /// The sentence that ends the search once all is seen; null when repeats still tell something, as the objective may be noisy.
    /// </summary>
    public string? EndsWhenAllSeen(SearchContext context) =>
        Count == 1 ? "the space has a single configuration, and it has been suggested"
        : context.Deterministic ? string.Create(CultureInfo.InvariantCulture, $"all {Count} configurations have been suggested, and the objective has no noise")
        : null;

    /// <summary>The configuration with this number.</summary>
    public Assignment At(long index) => _index.At(index);

    /// <summary>An unseen configuration, each about equally likely.</summary>
    /// <remarks>At a random number, or the next unseen one after it; so the work is bounded by what has been seen.</remarks>
    public Assignment PickUnseen(HashSet<Assignment> seen, RandomStream random)
    {
        if (AllSeen(seen)) throw new InvalidOperationException($"all {Count} configurations have been seen");
        const int Tries = 64;
        for (int i = 0; i < Tries; i++)
        {
            Assignment a = At(RandomIndex(random));
            if (!seen.Contains(a)) return a;
        }

        for (long index = RandomIndex(random); ; index = index + 1 == Count ? 0 : index + 1)
        {
            Assignment a = At(index);
            if (!seen.Contains(a)) return a;
        }
    }

    private long RandomIndex(RandomStream random) => (long)Math.BigMul(random.NextUInt64(), (ulong)Count, out _);
}
