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
    internal RunRecord(RunKey key, int seed, int stage, double? resource = null, bool isSlice = false)
    {
        Key = key;
        Seed = seed;
        Stage = stage;
        Resource = resource;
        IsSlice = isSlice;
    }

    /// <summary>Which run.</summary>
    public RunKey Key { get; }

    /// <summary>Its seed.</summary>
    public int Seed { get; }

    /// <summary>The stage that planned it.</summary>
    public int Stage { get; }

    /// <summary>The resource it is to reach; null without a stopping rule.</summary>
    public double? Resource { get; }

    /// <summary>It ends at a rung below full length and may be continued from its checkpoint (<c>mode: pause</c>).</summary>
    public bool IsSlice { get; }

    /// <summary>Where it stands.</summary>
    public RunPhase Phase { get; internal set; }

    /// <summary>The newest attempt; 0 before the first.</summary>
    public int Attempt { get; internal set; }

    /// <summary>Attempts lost so far (pre-empted ones do not count).</summary>
    public int Lost { get; internal set; }

    /// <summary>Of those lost, how many do not count any more, because the user had the run tried again since.</summary>
    public int Forgiven { get; internal set; }

    /// <summary>Attempts pre-empted so far.</summary>
    public int Preempted { get; internal set; }

    /// <summary>Round, lane and step that hold the attempt under way.</summary>
    public (int Round, int Lane, int Step) Claim { get; internal set; }

    /// <summary>When it was put into the queue last.</summary>
    public DateTimeOffset QueuedAt { get; internal set; }

    /// <summary>When the attempt under way, or the last one, started.</summary>
    public DateTimeOffset? StartedAt { get; internal set; }

    /// <summary>How the run ended; null while it has not. An incomplete run keeps the state of its last attempt.</summary>
    public SweepEvent.Ended? Result { get; internal set; }

    /// <summary>Ended with a value at its <see cref="Resource"/>.</summary>
    public bool Completed => Phase == RunPhase.Ended && Result!.State == RunState.Completed;

    /// <summary>Ended with a value at full length.</summary>
    public bool CompletedInFull => Completed && !IsSlice;

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

    /// <summary>For each search replicate (of each task) its newest slice, or its only run: what the trial's search result is made of.</summary>
    public IEnumerable<RunRecord> SearchResults
    {
        get
        {
            // Slices of a replicate stand side by side, the newest last; looked at for every trial at every suggestion where there is a target.
            RunRecord? newest = null;
            foreach (RunRecord run in In(SeedPool.Search))
            {
                if (newest is not null && newest.Key.Series != run.Key.Series) yield return newest;
                newest = run;
            }

            if (newest is not null) yield return newest;
        }
    }

    /// <summary>All search runs planned so far are over. A paused trial's are, until it is promoted.</summary>
    public bool SearchOver => OpenSearchRuns == 0;

    /// <summary>The rule's sentence that ended the trial; null while none has.</summary>
    public string? StopReason { get; internal set; }

    /// <summary>Values (not negated) at rung 0, 1, …, for each search replicate (of each task) that has reached one.</summary>
    internal SortedDictionary<(int Replicate, int Task), List<double>> RungValues { get; } = [];

    /// <summary>The newest report at a rung, for each search replicate.</summary>
    internal Dictionary<(int Replicate, int Task), SweepEvent.Reported> RungReports { get; } = [];

    /// <summary>Notes a value at a rung, and at the rungs skipped on the way. What is known already stays: the first counts.</summary>
    internal void NoteRung((int Replicate, int Task) series, int rung, double value)
    {
        if (!RungValues.TryGetValue(series, out List<double>? values)) RungValues[series] = values = [];
        while (values.Count <= rung) values.Add(value);
        Observed = null;
        KnownCurve = null;
    }

    /// <summary>Search runs planned and not over: kept by the fold, so that a suggestion need not look at every run of every trial.</summary>
    internal int OpenSearchRuns
    {
        get;
        set
        {
            field = value;
            Observed = null;
            KnownCurve = null;
        }
    }

    /// <summary>What the search was last told of this trial; forgotten when its search runs change. See <see cref="Objective.Observe"/>.</summary>
    internal Observation? Observed { get; set; }

    /// <summary>The trial's losses at its rungs; forgotten when they change. See <see cref="Objective.Curve"/>.</summary>
    internal IReadOnlyList<double>? KnownCurve { get; set; }
}
