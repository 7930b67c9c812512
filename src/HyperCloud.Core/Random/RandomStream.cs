namespace HyperCloud.Core;

/// <summary>What a random stream is used for. The number is part of the record of every sweep: never reuse or renumber one.</summary>
public enum StreamPurpose
{
    /// <summary>Seeds of runs (<see cref="SeedPlan"/>).</summary>
    Seeds = 1,

    /// <summary>The fixed outer test part that search and selection never read.</summary>
    Holdout = 2,

    /// <summary>Suggestions; the index is the trial number.</summary>
    Suggestion = 3,

    /// <summary>Scrambling of low-discrepancy sequences; the index is the dimension.</summary>
    Scramble = 4,

    /// <summary>Order of a grid.</summary>
    Grid = 5,

    /// <summary>What a run itself draws (splits, noise of test functions); keyed by the run's seed, not the sweep's.</summary>
    Run = 6,

    /// <summary>Trees and permutations of importance analyses; the index says which.</summary>
    Importance = 16,

    /// <summary>Seeds of the searches of a tunability sweep; the index is the group of parameters that is tuned.</summary>
    Tunability = 17,
}

/// <summary>
/// A stream of random numbers that is a pure function of (key, purpose, index): <see cref="Philox"/> with the key as Philox key and
/// (block number, index, purpose) as counter. Streams with different purposes or indices never overlap.
/// </summary>
public sealed class RandomStream
{
    private readonly uint _k0, _k1, _c1, _c2, _c3;
    private uint _block;
    private (uint X0, uint X1, uint X2, uint X3) _words;
    private int _used = 4;

    /// <summary>Opens a stream at its beginning.</summary>
    /// <param name="key">The sweep seed (or, for <see cref="StreamPurpose.Run"/>, the run's seed).</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="index">Which stream of that purpose: a trial number, a dimension, …</param>
    public RandomStream(ulong key, StreamPurpose purpose, ulong index = 0)
    {
        (_k0, _k1) = ((uint)key, (uint)(key >> 32));
        (_c1, _c2, _c3) = ((uint)index, (uint)(index >> 32), (uint)purpose);
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_used == 4)
        {
            _words = Philox.Block(_block++, _c1, _c2, _c3, _k0, _k1);
            _used = 0;
        }

        return _used++ switch { 0 => _words.X0, 1 => _words.X1, 2 => _words.X2, _ => _words.X3 };
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64() => NextUInt32() | (ulong)NextUInt32() << 32;

    /// <summary>Uniform on [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal, by inversion of a uniform number that is a multiple of 2⁻⁵³ strictly between 0 and 1; within ±8.2.</summary>
    public double NextNormal() => NormalDistribution.Quantile(((NextUInt64() >> 12) + 0.5) * (1.0 / (1UL << 52)));

    /// <summary>Uniform on {0, …, count − 1}, without bias (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    /// <param name="count">At least 1.</param>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ulong product = (ulong)NextUInt32() * (uint)count;
        if ((uint)product < (uint)count)
        {
            uint threshold = (uint)-count % (uint)count;
            while ((uint)product < threshold) product = (ulong)NextUInt32() * (uint)count;
        }

        return (int)(product >> 32);
    }

    /// <summary>Shuffles in place, every permutation equally likely (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
