using System.Numerics;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// A keyed permutation of 0 … count − 1 that is computed point by point: a four-round Feistel network over the next even number of bits,
/// with <see cref="Philox"/> as round function, walked along its cycle until it lands below the count (Black and Rogaway, "Ciphers with
/// arbitrary finite domains", 2002).
/// </summary>
/// <param name="key">The sweep seed.</param>
/// <param name="purpose">What the permutation is for.</param>
/// <param name="count">How many indices, 1 … 2⁶³ − 1.</param>
internal sealed class IndexPermutation(ulong key, StreamPurpose purpose, long count)
{
    private readonly int _half = Math.Max(1, (64 - BitOperations.LeadingZeroCount((ulong)(count - 1)) + 1) / 2);

    /// <summary>Where an index goes.</summary>
    public long At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        ulong x = (ulong)index, mask = (1UL << _half) - 1;
        do
        {
            ulong left = x >> _half, right = x & mask;
            for (uint round = 0; round < 4; round++)
            {
                uint f = Philox.Block((uint)right, round, (uint)_half, (uint)purpose, (uint)key, (uint)(key >> 32)).X0;
                (left, right) = (right, left ^ (f & mask));
            }

            x = left << _half | right;
        }
        while (x >= (ulong)count);
        return (long)x;
    }
}
