using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Where a sweep stands.</summary>
public enum SweepStatus
{
    /// <summary>Going on, or waiting for a host.</summary>
    Running,

    /// <summary>Paused by the user.</summary>
    Paused,

    /// <summary>Over, with an answer.</summary>
    Finished,

    /// <summary>Ended by the user.</summary>
    Cancelled,

    /// <summary>Over, without an answer.</summary>
    Failed,
}

/// <summary>A stage that has been opened.</summary>
/// <param name="Index">Number over the whole sweep.</param>
/// <param name="Kind">Which kind.</param>
/// <param name="Opened">The event that opened it.</param>
public sealed record StageRecord(int Index, StageKind Kind, SweepEvent.StageOpened Opened);

/// <summary>Something that was done otherwise than the plan declared when the sweep was created, or after results could be looked at.</summary>
/// <param name="At">When.</param>
/// <param name="What">In a sentence.</param>
public sealed record Deviation(DateTimeOffset At, string What);

/// <summary>
/// What a sweep's event log says, folded entry by entry. Everything a decision may read is here, and nothing else: two states folded from
/// the same prefix are equal, whoever folded them.
/// </summary>
public sealed partial class SweepState
{
    private DateTimeOffset _now;
    private readonly List<TrialRecord> _trials = [];
    private readonly LinkedList<RunRecord> _queue = [];
    private readonly Dictionary<(int Stage, int Round, int Lane, int Step), (RunRecord Run, int Attempt)> _claims = [];
    private readonly SortedSet<RunKey> _running = [];
    private readonly List<SweepEvent.Eliminated> _eliminated = [];
    private readonly Dictionary<string, JsonElement?> _changed = new(StringComparer.Ordinal);

    /// <summary>The first event; null before it.</summary>
    public SweepEvent.Created? Created { get; private set; }

    /// <summary>When the sweep was created.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>The spec as the sweep was created with: the declared plan.</summary>
    public SweepSpec Declared { get; private set; } = null!;

    /// <summary>What was done otherwise than declared, or after looking, in order.</summary>
    public List<Deviation> Deviations { get; } = [];

    /// <summary>The spec, with the limits as extended.</summary>
    public SweepSpec Spec { get; private set; } = null!;

    /// <summary>Runs in flight at once: the newest limit, or what was settled at creation. The lag of <c>order: lagged</c> is not moved by it.</summary>
    public int Lanes => Spec.Limits.Parallel ?? Created!.Parallel;

    /// <summary>The stopping rule and its rungs; null without early stopping.</summary>
    public StoppingPlan? Stopping { get; private set; }

    /// <summary>Which trial is for what in a tunability sweep; null in others.</summary>
    internal TunabilityPlan? Tunability { get; private set; }

    /// <summary>The seed plan.</summary>
    public SeedPlan Seeds { get; private set; } = null!;

    /// <summary>The last entry folded; −1 before the first.</summary>
    public long Seq { get; private set; } = -1;

    /// <summary>When that entry was written, by the clock of its writer.</summary>
    public DateTimeOffset LastAt { get; private set; }

    /// <summary>The event of that entry.</summary>
    public SweepEvent? LastEvent { get; private set; }

    /// <summary>Digest of that entry.</summary>
    public string HeadDigest { get; private set; } = EventLog.Genesis;

    /// <summary>Milliseconds the sweep has been running, as of that entry.</summary>
    public long ActiveMs { get; private set; }

    /// <summary>The trials, by number.</summary>
    public IReadOnlyList<TrialRecord> Trials => _trials;

    /// <summary>Runs waiting to be handed out, first one first.</summary>
    public IReadOnlyCollection<RunRecord> Queue => _queue;

    /// <summary>The run that will be handed out next.</summary>
    public RunRecord? FirstQueued => _queue.First?.Value;

    /// <summary>Runs under way.</summary>
    public IReadOnlyCollection<RunKey> Running => _running;

    /// <summary>
    /// Runs under way that no lane of this round waits for: handed to workers outside, or left to themselves by a host that is gone. They end
    /// by their worker's report, or when their lease does.
    /// </summary>
    public IEnumerable<RunRecord> Detached() => _running.Count == 0 ? [] : _running.Select(k => Run(k)!).Where(r => r.Claim.Lane < 0 || r.Claim.Round != Round?.Round);

    /// <summary>Claims that workers outside have made so far.</summary>
    public int OutsideClaims { get; private set; }

    /// <summary>The stages opened so far.</summary>
    public List<StageRecord> Stages { get; } = [];

    /// <summary>The newest stage; null before the first.</summary>
    public StageRecord? Stage => Stages.Count > 0 ? Stages[^1] : null;

    /// <summary>Why search ended in the newest search stage; null while it goes on.</summary>
    public SweepEvent.SearchEnded? SearchEnded { get; private set; }

    /// <summary>
    /// Search ended for a reason that makes its queued and lost runs unwanted (target, time, failures, cancelled), not because all trials
    /// were suggested.
    /// </summary>
    public bool SearchAbandoned => SearchEnded is { Code: not ("trials" or "exhausted") };

    /// <summary>The newest round; null before the first.</summary>
    public SweepEvent.RoundOpened? Round { get; private set; }

    /// <summary>When the round was opened, and the active milliseconds then.</summary>
    public (DateTimeOffset At, long ActiveMs) RoundOpenedAt { get; private set; }

    /// <summary>The champion of the newest selection; null before it, and again after an extension until the next.</summary>
    public SweepEvent.ChampionChosen? Champion { get; private set; }

    /// <summary>The front of the newest selection, with several objectives; null before it, and again after an extension until the next.</summary>
    public SweepEvent.FrontChosen? Front { get; private set; }

    /// <summary>The trials that were chosen to be measured: the champion, or the front; empty before the choice.</summary>
    public ImmutableArray<int> Chosen => Champion is { } champion ? [champion.Trial] : Front?.Trials ?? [];

    /// <summary>Trials eliminated from the newest race, in order.</summary>
    public IReadOnlyList<SweepEvent.Eliminated> Eliminated => _eliminated;

    /// <summary>Whether the race has no more use for selection runs of a trial: it was eliminated, or is the only one left.</summary>
    public bool HasRaced(int trial) => _eliminated.Count > 0 && (_eliminated[^1].Left == 1 || _eliminated.Exists(e => e.Trial == trial));

    /// <summary>How the sweep ended; null while it has not, and again after an extension.</summary>
    public SweepEvent.SweepEnded? End { get; private set; }

    /// <summary>When the sweep first finished; null before.</summary>
    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>When the schedule was last changed; null: it is that of the spec.</summary>
    public DateTimeOffset? ScheduledAt { get; private set; }

    /// <summary>The last due time of the schedule; null before the first.</summary>
    public SweepEvent.Due? LastDue { get; private set; }

    /// <summary>A due time has come, and its stage has not been opened yet.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Robustness sweeps so far: when they were due, and their stages.</summary>
    public List<(SweepEvent.Due Due, StageRecord Stage)> Nights { get; } = [];

    /// <summary>What was said of them, by stage; nothing of those from before nights were judged.</summary>
    public Dictionary<int, SweepEvent.Judged> Judgements { get; } = [];

    /// <summary>The sweep has its answer, and runs again by schedule.</summary>
    public bool InNight => End is null && Champion is not null && (IsDue || Stage?.Kind == StageKind.Robustness);

    /// <summary>The limits were extended after search had ended, and no new search stage has opened yet.</summary>
    public bool Extending { get; private set; }

    /// <summary>The user's pause.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The user's cancellation.</summary>
    public SweepEvent.CancelRequested? Cancel { get; private set; }

    /// <summary>First evaluation replicate that no stage has used yet.</summary>
    public int NextEvaluationReplicate { get; private set; }

    /// <summary>Trials of an earlier sweep that the search begins with, numbered below 0; by default none.</summary>
    public IReadOnlyList<Observation> Earlier { get; private set; } = [];

    /// <summary>The configuration that the earlier sweep would recommend; null without one.</summary>
    public Assignment? EarlierBest { get; private set; }

    /// <summary>Failed runs of all pools.</summary>
    public int FailedRuns { get; private set; }

    /// <summary>Completed runs of all pools.</summary>
    public int CompletedRuns { get; private set; }

    /// <summary>Search runs that a rule has stopped.</summary>
    public int StoppedRuns { get; private set; }

    /// <summary>
    /// Milliseconds that completed and failed runs took together, and how many they were. Runs that ended at a rung count with the time that
    /// full length would have taken them.
    /// </summary>
    public (long Ms, int Count) RunTime { get; private set; }

    /// <summary>What the attempts that have ended used; nothing where the record has no <see cref="SweepEvent.Created.Costs"/>.</summary>
    public CostUse Used { get; private set; }

    /// <summary>Whether a stage of this kind is the newest one.</summary>
    public bool InStage(StageKind kind) => Stage?.Kind == kind;

    /// <summary>Where the sweep stands.</summary>
    public SweepStatus Status => End is { } end
        ? end.Status switch { "finished" => SweepStatus.Finished, "cancelled" => SweepStatus.Cancelled, _ => SweepStatus.Failed }
        : IsPaused ? SweepStatus.Paused : SweepStatus.Running;

    /// <summary>Whether a host should be at work on it: it is not over, not paused, and hosts execute its runs; or a cancellation is to be written down.</summary>
    public bool NeedsHost => End is null && (Cancel is not null || (!IsPaused && Spec.Trial is not null));

    /// <summary>The run claimed by this step of a lane, if any: what makes handing out idempotent.</summary>
    public (RunRecord Run, int Attempt)? ClaimOf(int stage, int round, int lane, int step) =>
        _claims.TryGetValue((stage, round, lane, step), out (RunRecord Run, int Attempt) claim) ? claim : null;

    /// <summary>A run by its key; null when it was never planned.</summary>
    public RunRecord? Run(RunKey key) => key.Trial < _trials.Count ? _trials[key.Trial].Runs.GetValueOrDefault(key) : null;

    /// <summary>All runs of a stage, by key.</summary>
    public IEnumerable<RunRecord> RunsOf(int stage) => _trials.SelectMany(t => t.Runs.Values).Where(r => r.Stage == stage);

    /// <summary>The newest evaluation stage; null before it.</summary>
    public StageRecord? Evaluation => Stages.FindLast(s => s.Kind == StageKind.Evaluation);

    /// <summary>The trial with the default configuration, if the space has a complete one.</summary>
    public TrialRecord? DefaultTrial => _trials.Count > 0 && _trials[0].Algorithm == FirstTrials.Default ? _trials[0] : null;
}
