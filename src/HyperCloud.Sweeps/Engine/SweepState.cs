using System.Collections.Immutable;
using System.Globalization;
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

/// <summary>
/// What a sweep's event log says, folded entry by entry. Everything a decision may read is here, and nothing else: two states folded from
/// the same prefix are equal, whoever folded them.
/// </summary>
public sealed class SweepState
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

    /// <summary>The spec, with the limits as extended.</summary>
    public SweepSpec Spec { get; private set; } = null!;

    /// <summary>Runs in flight at once: the newest limit, or what was settled at creation. The lag of <c>order: lagged</c> is not moved by it.</summary>
    public int Lanes => Spec.Limits.Parallel ?? Created!.Parallel;

    /// <summary>The stopping rule and its rungs; null without early stopping.</summary>
    public StoppingPlan? Stopping { get; private set; }

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

    /// <summary>Folds one entry.</summary>
    /// <exception cref="LogBrokenException">The entry cannot follow what came before.</exception>
    public void Apply(LogEntry entry)
    {
        if (entry.Seq != Seq + 1) throw new LogBrokenException(entry.Seq, $"entry {Seq + 1} is missing: the next one is {entry.Seq}");
        if (entry.Seq == 0 != entry.Event is SweepEvent.Created) throw new LogBrokenException(entry.Seq, "a log begins with its only 'created' entry");
        if (entry.ActiveMs < ActiveMs) throw new LogBrokenException(entry.Seq, $"entry {entry.Seq} turns the sweep's clock back from {ActiveMs} to {entry.ActiveMs} ms");
        try
        {
            Fold(entry);
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or ArgumentException or InvalidOperationException)
        {
            throw new LogBrokenException(entry.Seq, $"entry {entry.Seq} cannot follow what came before: {e.Message}");
        }

        Seq = entry.Seq;
        LastEvent = entry.Event;
        LastAt = entry.At;
        HeadDigest = entry.Digest;
        ActiveMs = entry.ActiveMs;
    }

    private void Fold(LogEntry entry)
    {
        _now = entry.At;
        switch (entry.Event)
        {
            case SweepEvent.Created e:
                Created = e;
                CreatedAt = entry.At;
                Spec = StoredSpec.Read(e.Spec);
                Stopping = StoppingPlan.Of(Spec);
                Seeds = new SeedPlan(Spec.Search.Seed, Spec.Seeds.SearchMode);
                NextEvaluationReplicate = e.EvaluationFrom;
                if (e.Ancestry is { } ancestry)
                {
                    Earlier = WarmStart.Observations(ancestry, Spec.Space);
                    EarlierBest = Earlier.Where((_, i) => ancestry.Trials[i].Trial == ancestry.Best).FirstOrDefault()?.Assignment;
                }

                break;
            case SweepEvent.RoundOpened e:
                if (e.Round != (Round?.Round ?? 0) + 1) throw new FormatException($"round {e.Round} follows round {Round?.Round ?? 0}");
                Round = e;
                RoundOpenedAt = (entry.At, entry.ActiveMs);
                break;
            case SweepEvent.StageOpened e:
                OpenStage(e);
                break;
            case SweepEvent.Suggested e:
                AddTrials(e);
                break;
            case SweepEvent.Replicated e:
                // Further replicates are for trials that have run to full length, so they do too.
                Plan(e.Trial, SeedPool.Search, e.From, e.Count, Stage!.Index, atFront: true, rung: Stopping is { Pause: true } s ? s.Ladder.Top : 0);
                break;
            case SweepEvent.Started e:
                Start(e, entry.At);
                break;
            case SweepEvent.Reported e:
                ReachRung(e);
                break;
            case SweepEvent.Promoted e:
                Promote(e);
                break;
            case SweepEvent.Ended e:
                EndRun(e);
                break;
            case SweepEvent.ClockRead:
                break;
            case SweepEvent.SearchEnded e:
                SearchEnded = e;
                if (SearchAbandoned) DropQueue();
                break;
            case SweepEvent.Eliminated e:
                if (!InStage(StageKind.Selection) || _eliminated.Exists(x => x.Trial == e.Trial)) throw new FormatException($"trial {e.Trial} cannot leave a race now");
                _eliminated.Add(e);
                DropQueued(r => HasRaced(r.Key.Trial), "its trial needed no more runs before it could be tried again");
                break;
            case SweepEvent.ChampionChosen e:
                Champion = e;
                break;
            case SweepEvent.Paused e:
                IsPaused = e.On;
                break;
            case SweepEvent.CancelRequested e:
                Cancel = e;
                break;
            case SweepEvent.Extended e:
                Change("limits", e.Limits);
                End = null;
                Extending = Stage is not null && (Stage.Kind != StageKind.Search || SearchEnded is not null);
                if (Extending) Champion = null;
                break;
            case SweepEvent.Scheduled e:
                Change("schedule", e.Schedule);
                ScheduledAt = entry.At;
                break;
            case SweepEvent.Due e:
                if (End is null) throw new FormatException("a sweep that goes on cannot be due");
                LastDue = e;
                IsDue = true;
                End = null;
                break;
            case SweepEvent.Judged e:
                if (!InStage(StageKind.Robustness) || e.Stage != Stage!.Index || !Judgements.TryAdd(e.Stage, e)) throw new FormatException($"stage {e.Stage} cannot be judged now");
                break;
            case SweepEvent.Retried e:
                Retry(e);
                break;
            case SweepEvent.SweepEnded e:
                End = e;
                if (e.Status == "finished") FinishedAt ??= entry.At;
                IsPaused = false;
                DropQueue();
                break;
        }
    }

    private void Change(string section, JsonElement? value)
    {
        _changed[section] = value;
        Spec = StoredSpec.Read(Created!.Spec, _changed);
    }

    private void OpenStage(SweepEvent.StageOpened e)
    {
        if (e.Stage != Stages.Count) throw new FormatException($"stage {e.Stage} follows stage {Stages.Count - 1}");
        if (_running.Count > 0) throw new FormatException($"stage {e.Stage} opens while {_running.Count} runs are under way");
        Stages.Add(new(e.Stage, e.Kind, e));
        if (e.Kind == StageKind.Robustness)
        {
            Nights.Add((LastDue ?? throw new FormatException("nothing was due"), Stage!));
            IsDue = false;
        }

        if (e.Kind == StageKind.Search)
        {
            _eliminated.Clear();
            SearchEnded = null;
            Extending = false;
            return;
        }

        SeedPool pool = e.Kind == StageKind.Selection ? SeedPool.Selection : SeedPool.Evaluation;
        // Replicate by replicate, so that trials that are compared on a seed are run side by side.
        int last = e.Plan.Length == 0 ? 0 : e.Plan.Max(p => p.From + p.Count);
        for (int replicate = e.Plan.Length == 0 ? 0 : e.Plan.Min(p => p.From); replicate < last; replicate++)
            foreach (PlannedRuns p in e.Plan)
                if (replicate >= p.From && replicate < p.From + p.Count) Plan(p.Trial, pool, replicate, 1, e.Stage, atFront: false, repeat: p.Repeat);
        if (pool == SeedPool.Evaluation) NextEvaluationReplicate = Math.Max(NextEvaluationReplicate, last);
    }

    private void AddTrials(SweepEvent.Suggested e)
    {
        if (e.First != _trials.Count) throw new FormatException($"trial {e.First} follows trial {_trials.Count - 1}");
        foreach (SuggestedTrial t in e.Trials)
        {
            if (t.Number != _trials.Count) throw new FormatException($"trial {t.Number} follows trial {_trials.Count - 1}");
            _trials.Add(new TrialRecord(t.Number, Assignment.FromJson(Spec.Space, t.Params), e.Algorithm, t.Reason));
            Plan(t.Number, SeedPool.Search, 0, Spec.Seeds.Search, Stage!.Index, atFront: false, Stopping?.FirstSlice(t.Number) ?? 0);
        }
    }

    private void Plan(int trial, SeedPool pool, int from, int count, int stage, bool atFront, int rung = 0, int repeat = 0)
    {
        LinkedListNode<RunRecord>? after = null;
        for (int replicate = from; replicate < from + count; replicate++)
        {
            var key = new RunKey(trial, pool, replicate, Rung: rung, Repeat: repeat);
            var run = new RunRecord(key, Seeds.SeedOf(pool, trial, replicate), stage,
                pool == SeedPool.Search ? Stopping?.ResourceOf(rung) : Stopping?.Ladder.Max, pool == SeedPool.Search && Stopping?.IsSlice(rung) == true);
            if (!_trials[trial].Runs.TryAdd(key, run)) throw new FormatException($"run {key} is planned twice");
            if (pool == SeedPool.Search) _trials[trial].OpenSearchRuns++;
            run.QueuedAt = _now;
            after = !atFront ? _queue.AddLast(run) : after is null ? _queue.AddFirst(run) : _queue.AddAfter(after, run);
        }
    }

    private void Start(SweepEvent.Started e, DateTimeOffset at)
    {
        RunRecord run = Find(e.Run);
        if (run.Phase != RunPhase.Queued || e.Attempt != run.Attempt + 1) throw new FormatException($"run {e.Run} attempt {e.Attempt} starts in phase {run.Phase}, attempt {run.Attempt}");
        _queue.Remove(run);
        run.Phase = RunPhase.Running;
        run.Attempt = e.Attempt;
        run.Claim = (e.Round, e.Lane, e.Step);
        run.StartedAt = at;
        _running.Add(run.Key);
        _claims[(e.Stage, e.Round, e.Lane, e.Step)] = (run, e.Attempt);
        if (e.Lane < 0) OutsideClaims++;
    }

    private void ReachRung(SweepEvent.Reported e)
    {
        RunRecord run = Find(e.Run);
        if (run.Phase != RunPhase.Running || e.Attempt != run.Attempt) throw new FormatException($"run {e.Run} attempt {e.Attempt} reports in phase {run.Phase}, attempt {run.Attempt}");
        TrialRecord trial = _trials[run.Key.Trial];
        trial.NoteRung(run.Key.Replicate, e.Rung, e.Value);
        trial.RungReports[run.Key.Replicate] = e;
        if (e.Then != RungVerdict.Stop) return;
        trial.StopReason = e.Reason;
        DropQueued(r => r.Key.Trial == run.Key.Trial && r.Key.Pool == SeedPool.Search);
    }

    private void Promote(SweepEvent.Promoted e)
    {
        if (Stopping is null) throw new FormatException("there is no stopping rule");
        // What goes on comes before what is new.
        foreach (int number in e.Trials.Reverse())
        {
            TrialRecord trial = _trials[number];
            trial.StopReason = null;
            foreach (int replicate in trial.In(SeedPool.Search).Select(r => r.Key.Replicate).Distinct().Reverse().ToArray())
                Plan(number, SeedPool.Search, replicate, 1, Stage!.Index, atFront: true, e.Rung);
        }
    }

    private void EndRun(SweepEvent.Ended e)
    {
        RunRecord run = Find(e.Run);
        if (run.Phase != RunPhase.Running || e.Attempt != run.Attempt) throw new FormatException($"run {e.Run} attempt {e.Attempt} ends in phase {run.Phase}, attempt {run.Attempt}");
        _running.Remove(run.Key);
        if (Created!.Costs is { } costs) Used += costs.UseOf(e.DurationMs);
        if (e.State == RunState.Lost) run.Lost++;
        if (e.State == RunState.Preempted) run.Preempted++;
        if (e.Then == Consequence.Retry)
        {
            run.Phase = RunPhase.Queued;
            run.QueuedAt = _now;
            _queue.AddFirst(run);
            return;
        }

        run.Phase = RunPhase.Ended;
        run.Result = e;
        if (run.Key.Pool == SeedPool.Search) _trials[run.Key.Trial].OpenSearchRuns--;
        if (run.Failed) FailedRuns++;
        if (run.Completed) CompletedRuns++;
        if (e.State == RunState.Stopped) StoppedRuns++;
        if (run.IsSlice && run.Completed) _trials[run.Key.Trial].NoteRung(run.Key.Replicate, run.Key.Rung, e.Value!.Value);
        if (e.State is RunState.Completed or RunState.Failed or RunState.Stopped) RunTime = (RunTime.Ms + (long)(e.DurationMs / ShareOfFullLength(run)), RunTime.Count + 1);
    }

    /// <summary>Runs of the newest stage that broken infrastructure left without a result: what may be tried again once the sweep is over.</summary>
    public IEnumerable<RunRecord> Retryable() => Stage is not { } stage ? [] : RunsOf(stage.Index).Where(IsRetryable);

    private static bool IsRetryable(RunRecord run) => run is { Phase: RunPhase.Ended, Result.Then: Consequence.CountsAsFailed or Consequence.Incomplete };

    private void Retry(SweepEvent.Retried e)
    {
        if (End is null || Cancel is not null) throw new FormatException("runs are tried again of a sweep that is not over, or was cancelled");
        foreach (string text in e.Runs)
        {
            RunRecord run = Find(text);
            if (!IsRetryable(run) || run.Stage != Stage!.Index) throw new FormatException($"run {text} is tried again in phase {run.Phase} of stage {run.Stage}");
            if (run.Failed) FailedRuns--;
            run.Phase = RunPhase.Queued;
            run.Result = null;
            run.Forgiven = run.Lost;
            run.QueuedAt = _now;
            if (run.Key.Pool == SeedPool.Search) _trials[run.Key.Trial].OpenSearchRuns++;
            _queue.AddLast(run);
        }

        End = null;
        // What gave the search up was perhaps only this.
        if (SearchAbandoned && InStage(StageKind.Search)) SearchEnded = null;
    }

    /// <summary>The share of full length that a run has gone through; 1 where it cannot be told.</summary>
    private double ShareOfFullLength(RunRecord run)
    {
        if (Stopping is not { } plan || run.Key.Pool != SeedPool.Search || run.Result!.State == RunState.Failed) return 1;
        double from = 0, to = run.Completed ? run.Resource!.Value : run.Result.Step ?? 0;
        if (plan.Pause)
            foreach (RunRecord other in _trials[run.Key.Trial].In(SeedPool.Search))
                if (other.Key.Replicate == run.Key.Replicate && other.Key.Rung < run.Key.Rung && other.Completed) from = other.Resource!.Value;
        double share = (to - from) / plan.Ladder.Max;
        return share is > 0 and <= 1 ? share : 1;
    }

    /// <summary>Runs that will never be handed out any more are forgotten, as if they had not been planned.</summary>
    private void DropQueue() => DropQueued(static _ => true);

    private void DropQueued(Predicate<RunRecord> which, string reason = "its stage ended before it could be tried again")
    {
        for (LinkedListNode<RunRecord>? node = _queue.First; node is not null;)
        {
            LinkedListNode<RunRecord>? next = node.Next;
            RunRecord run = node.Value;
            if (which(run))
            {
                _queue.Remove(node);
                if (run.Key.Pool == SeedPool.Search) _trials[run.Key.Trial].OpenSearchRuns--;
                if (run.Attempt == 0) _trials[run.Key.Trial].Runs.Remove(run.Key);
                else EndDropped(run, reason);
            }

            node = next;
        }
    }

    private static void EndDropped(RunRecord run, string reason)
    {
        run.Phase = RunPhase.Ended;
        run.Result = new SweepEvent.Ended
        {
            Run = run.Key.ToString(),
            Attempt = run.Attempt,
            State = RunState.Cancelled,
            DurationMs = 0,
            Code = "dropped",
            Reason = reason,
            Then = Consequence.Incomplete,
        };
    }

    private RunRecord Find(string text) =>
        RunKey.TryParse(text, out RunKey key) && Run(key) is { } run ? run : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"run {text} was never planned"));
}
