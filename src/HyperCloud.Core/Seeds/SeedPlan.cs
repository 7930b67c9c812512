namespace HyperCloud.Core;

/// <summary>The three disjoint sets of seeds. The names are part of every record.</summary>
public enum SeedPool
{
    /// <summary>What the search sees.</summary>
    Search,

    /// <summary>What the champion is chosen on.</summary>
    Selection,

    /// <summary>What its performance is measured on, and nothing else.</summary>
    Evaluation,
}

/// <summary>Whether trials share their search seeds.</summary>
public enum SearchSeedMode
{
    /// <summary>Each trial has its own (default): a surrogate cannot learn the quirks of one shared seed.</summary>
    Fresh,

    /// <summary>All trials share them.</summary>
    Common,
}

/// <summary>
/// Gives every run its seed: a keyed bijection of (pool, replicate) or (pool, trial, replicate) onto [0, 2³¹), so that no two pools, and
/// no two runs of one pool that should differ, can ever share a seed (SEMANTICS §1). Depends on the sweep seed only.
/// </summary>
/// <remarks>
/// The 2³¹ slots are laid out as: search 0 + 20 bit trial + 10 bit replicate; selection 10 + 29 bit replicate; evaluation 11 + 29 bit
/// replicate. With tasks, the replicate of search is replicate × tasks + task, and that of the other pools 10 bit task + 19 bit replicate, so that
/// no two tasks share a seed and their runs are independent. They are permuted by a four-round balanced Feistel network over 32 bits with <see cref="Philox"/> as round function, walked
/// along its cycle until it lands below 2³¹ (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
/// </remarks>
/// <param name="SweepSeed">The sweep's seed.</param>
/// <param name="Mode">Whether trials share search seeds.</param>
/// <param name="Tasks">How many tasks the sweep has; 1 without tasks.</param>
public sealed record SeedPlan(ulong SweepSeed, SearchSeedMode Mode = SearchSeedMode.Fresh, int Tasks = 1)
{
    /// <summary>The largest number of trials that fresh search seeds can tell apart.</summary>
    public const int MaxTrials = 1 << 20;

    /// <summary>The largest number of search replicates of one trial.</summary>
    public const int MaxSearchReplicates = 1 << 10;

    /// <summary>The largest replicate index of selection and evaluation, exclusive.</summary>
    public const int MaxReplicates = 1 << 29;

    /// <summary>The largest number of tasks.</summary>
    public const int MaxTasks = 256;

    /// <summary>The largest replicate index of selection and evaluation with tasks, exclusive.</summary>
    public const int MaxTaskReplicates = 1 << 19;

    /// <summary>The seed of one run.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="trial">Trial number; matters in <see cref="SeedPool.Search"/> with fresh seeds only.</param>
    /// <param name="replicate">Replicate index, from 0.</param>
    /// <param name="task">Task index, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Trial, task or replicate beyond what the plan can tell apart.</exception>
    public int SeedOf(SeedPool pool, int trial, int replicate, int task = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(task);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(task, Tasks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Tasks, MaxTasks);
        ArgumentOutOfRangeException.ThrowIfNegative(trial);
        ArgumentOutOfRangeException.ThrowIfNegative(replicate);
        uint slot;
        if (pool == SeedPool.Search)
        {
            if (Mode == SearchSeedMode.Common) trial = 0;
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(trial, MaxTrials);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(replicate, MaxSearchReplicates / Tasks);
            slot = (uint)trial << 10 | (uint)(replicate * Tasks + task);
        }
        else
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(replicate, Tasks == 1 ? MaxReplicates : MaxTaskReplicates);
            slot = (pool == SeedPool.Selection ? 2u : 3u) << 29 | (uint)task << 19 | (uint)replicate;
        }

        uint x = slot;
        do x = Permute(x);
        while (x >= 1u << 31);
        return (int)x;
    }

    private uint Permute(uint x)
    {
        uint left = x >> 16, right = x & 0xFFFF;
        for (uint round = 0; round < 4; round++)
        {
            uint f = Philox.Block(right, round, 0, (uint)StreamPurpose.Seeds, (uint)SweepSeed, (uint)(SweepSeed >> 32)).X0 & 0xFFFF;
            (left, right) = (right, left ^ f);
        }

        return left << 16 | right;
    }
}
