using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Where a run stands.</summary>
public enum RunPhase
{
    /// <summary>Planned, not handed out (or handed back after a lost attempt).</summary>
    Queued,

    /// <summary>An attempt is under way.</summary>
    Running,

    /// <summary>Over.</summary>
    Ended,
}

/// <summary>One run as the log tells it.</summary>
public sealed class RunRecord
{
    internal RunRecord(RunKey key, int seed, int stage)
    {
        Key = key;
        Seed = seed;
        Stage = stage;
    }

    /// <summary>Which run.</summary>
    public RunKey Key { get; }

    /// <summary>Its seed.</summary>
    public int Seed { get; }

    /// <summary>The stage that planned it.</summary>
    public int Stage { get; }

    /// <summary>Where it stands.</summary>
    public RunPhase Phase { get; internal set; }

    /// <summary>The newest attempt; 0 before the first.</summary>
    public int Attempt { get; internal set; }

    /// <summary>Attempts lost so far (pre-empted ones do not count).</summary>
    public int Lost { get; internal set; }

    /// <summary>Attempts pre-empted so far.</summary>
    public int Preempted { get; internal set; }

    /// <summary>Round, lane and step that hold the attempt under way.</summary>
    public (int Round, int Lane, int Step) Claim { get; internal set; }

    /// <summary>When the attempt under way, or the last one, started.</summary>
    public DateTimeOffset? StartedAt { get; internal set; }

    /// <summary>How the run ended; null while it has not. An incomplete run keeps the state of its last attempt.</summary>
    public SweepEvent.Ended? Result { get; internal set; }

    /// <summary>Ended with a value at full length.</summary>
    public bool Completed => Phase == RunPhase.Ended && Result!.State == RunState.Completed;

    /// <summary>Ended as a failure, a worker lost too often included.</summary>
    public bool Failed => Phase == RunPhase.Ended && (Result!.State == RunState.Failed || Result.Then == Consequence.CountsAsFailed);

    /// <summary>Ended without a result.</summary>
    public bool Incomplete => Phase == RunPhase.Ended && Result!.Then == Consequence.Incomplete;
}

/// <summary>One trial as the log tells it.</summary>
public sealed class TrialRecord
{
    internal TrialRecord(int number, Assignment assignment, string algorithm, string reason)
    {
        Number = number;
        Assignment = assignment;
        Algorithm = algorithm;
        Reason = reason;
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>Its configuration.</summary>
    public Assignment Assignment { get; }

    /// <summary>Who proposed it: an algorithm, or <c>default</c>.</summary>
    public string Algorithm { get; }

    /// <summary>Which branch.</summary>
    public string Reason { get; }

    /// <summary>Its runs by key.</summary>
    public SortedDictionary<RunKey, RunRecord> Runs { get; } = [];

    /// <summary>Its runs in one pool, by replicate.</summary>
    public IEnumerable<RunRecord> In(SeedPool pool) => Runs.Values.Where(r => r.Key.Pool == pool);

    /// <summary>All search runs are over.</summary>
    public bool SearchOver => OpenSearchRuns == 0;

    /// <summary>Search runs planned and not over: kept by the fold, so that a suggestion need not look at every run of every trial.</summary>
    internal int OpenSearchRuns
    {
        get;
        set
        {
            field = value;
            Observed = null;
        }
    }

    /// <summary>What the search was last told of this trial; forgotten when its search runs change. See <see cref="Objective.Observe"/>.</summary>
    internal Observation? Observed { get; set; }
}
