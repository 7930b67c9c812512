using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>How the entries of the log change the state, one by one.</summary>
public sealed partial class SweepState
{
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
                Declared = Spec;
                Stopping = StoppingPlan.Of(Spec);
                Tunability = Spec.Tunability is null ? null : TunabilityPlan.Of(Spec);
                Seeds = new SeedPlan(Spec.Search.Seed, Spec.Seeds.SearchMode, Spec.TaskCount);
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
            case SweepEvent.FrontChosen e:
                if (e.Trials.IsEmpty || e.Trials.Any(t => t < 0 || t >= _trials.Count)) throw new FormatException("a front has trials");
                Front = e;
                break;
            case SweepEvent.Paused e:
                IsPaused = e.On;
                break;
            case SweepEvent.CancelRequested e:
                Deviate($"cancelled by {e.By}");
                Cancel = e;
                break;
            case SweepEvent.Extended e:
                Deviate($"the limits were changed from {LimitsText()}", () => Change("limits", e.Limits), () => $" to {LimitsText()}");
                End = null;
                Extending = Stage is not null && (Stage.Kind != StageKind.Search || SearchEnded is not null);
                if (Extending) (Champion, Front) = (null, null);
                break;
            case SweepEvent.Scheduled e:
                Deviate(e.Schedule is null ? "the schedule was taken out" : $"the schedule was {(Spec.Schedule is null ? "added" : "changed")}", () => Change("schedule", e.Schedule), () => Spec.Schedule is { } s ? $": {s.Cron}, {s.Seeds.ToString(CultureInfo.InvariantCulture)} seeds, margin {s.Margin.ToString(CultureInfo.InvariantCulture)} sd" : "");
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

    private void Deviate(string what, Action? change = null, Func<string>? after = null)
    {
        change?.Invoke();
        Deviations.Add(new(_now, what + after?.Invoke()));
    }

    private string LimitsText() => StoredSpec.WriteLimits(Spec.Limits).GetRawText();

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

        if (e.Code is "time-cut" or "cost-cut") Deviate($"{e.Kind.ToString().ToLowerInvariant()} got fewer seeds than declared: {e.Reason}");
        if (e is { Kind: StageKind.Evaluation, LookedBefore: true }) Deviate("evaluation seeds were added after an earlier evaluation could be looked at");
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
        for (int i = from * Spec.TaskCount; i < (from + count) * Spec.TaskCount; i++)
        {
            (int replicate, int task) = Math.DivRem(i, Spec.TaskCount);
            var key = new RunKey(trial, pool, replicate, task, rung, repeat);
            // Of a trial that left a race some tasks of its last seed may have run.
            if (pool == SeedPool.Selection && !Spec.Tasks.IsEmpty && _trials[trial].Runs.ContainsKey(key)) continue;
            var run = new RunRecord(key, Seeds.SeedOf(pool, trial, replicate, task), stage,
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
        trial.NoteRung(run.Key.Series, e.Rung, e.Value);
        trial.RungReports[run.Key.Series] = e;
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
        if (run.IsSlice && run.Completed) _trials[run.Key.Trial].NoteRung(run.Key.Series, run.Key.Rung, e.Value!.Value);
        if (e.State is RunState.Completed or RunState.Failed or RunState.Stopped) RunTime = (RunTime.Ms + (long)(e.DurationMs / ShareOfFullLength(run)), RunTime.Count + 1);
    }

    /// <summary>Runs of the newest stage that broken infrastructure left without a result: what may be tried again once the sweep is over.</summary>
    public IEnumerable<RunRecord> Retryable() => Stage is not { } stage ? [] : RunsOf(stage.Index).Where(IsRetryable);

    private static bool IsRetryable(RunRecord run) => run is { Phase: RunPhase.Ended, Result.Then: Consequence.CountsAsFailed or Consequence.Incomplete };

    private void Retry(SweepEvent.Retried e)
    {
        if (End is null || Cancel is not null) throw new FormatException("runs are tried again of a sweep that is not over, or was cancelled");
        Deviate(string.Create(CultureInfo.InvariantCulture, $"{e.Runs.Length} runs that broken infrastructure had left without a result were tried again"));
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
                if (other.Key.Series == run.Key.Series && other.Key.Rung < run.Key.Rung && other.Completed) from = other.Resource!.Value;
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
