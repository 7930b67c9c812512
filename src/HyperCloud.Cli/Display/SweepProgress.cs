using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Display;

/// <summary>What is worth showing of a sweep that goes on, folded from its entries.</summary>
internal sealed class SweepProgress
{
    private const string Bars = "▁▂▃▄▅▆▇█";
    private const int RecentRuns = 5;

    private readonly List<double> _bestSoFar = [];
    private readonly List<double[]> _front = [];
    private readonly Queue<EndedRun> _recent = new();
    private readonly Dictionary<int, int> _rungOf = [];
    private readonly SortedDictionary<int, int> _reached = [];
    private int _stageTotal;
    private int _stageDone;
    private int _lastTenth;

    public string Stage { get; private set; } = "starting";

    public string Unit { get; private set; } = "trials";

    public string Metric { get; private set; } = "";

    public int Done { get; private set; }

    public int Planned { get; private set; }

    public int Running { get; private set; }

    public int Completed { get; private set; }

    public int Failed { get; private set; }

    public int Lost { get; private set; }

    public double? Best { get; private set; }

    public int BestTrial { get; private set; }

    /// <summary>Search runs that a rule has stopped.</summary>
    public int Stopped { get; private set; }

    /// <summary>How many trials have come to each rung, by its resource; empty without rungs.</summary>
    public string Rungs { get; private set; } = "";

    /// <summary>The runs that ended last, newest first.</summary>
    public IEnumerable<EndedRun> Recent => _recent.Reverse();

    public double? RemainingSeconds { get; private set; }

    /// <summary>The best search score so far, over the trials, as bars; better is higher.</summary>
    public string Sparkline { get; private set; } = "";

    /// <summary>With several objectives, how many search scores no other one dominates.</summary>
    public int FrontSize => _front.Count;

    /// <summary>Catches up with what happened before anybody looked.</summary>
    public void CatchUp(SweepState state)
    {
        foreach (TrialRecord trial in state.Trials) Consider(state, trial);
    }

    /// <summary>Folds one entry; answers a line when there is something a log should say.</summary>
    public string? Fold(SweepState state, LogEntry entry)
    {
        Metric = state.Spec.Objective.Metric;
        Running = state.Running.Count;
        Completed = state.CompletedRuns;
        Failed = state.FailedRuns;
        Stopped = state.StoppedRuns;
        string? line = entry.Event switch
        {
            SweepEvent.Created e => $"sweep {e.Sweep}: {state.Spec.Limits.Trials} trials at most, {e.Parallel} at a time",
            SweepEvent.RoundOpened { Round: > 1 } e => $"round {e.Round}: going on, {state.Trials.Count} trials are known",
            SweepEvent.StageOpened e => Open(state, e),
            SweepEvent.SearchEnded e => $"search ended [{e.Code}]: {e.Reason}",
            SweepEvent.Replicated e => e.Reason,
            SweepEvent.Promoted { Rule: RungDecisions.ToTheEndRule } e => e.Reason,
            SweepEvent.Eliminated e => $"eliminated [{e.Code}]: {e.Reason}",
            SweepEvent.ChampionChosen e => $"champion [{e.Code}]: {e.Reason}",
            SweepEvent.FrontChosen e => $"front [{e.Code}]: {e.Reason}",
            SweepEvent.Ended e => End(state, e),
            SweepEvent.Reported e => RunKey.TryParse(e.Run, out RunKey key) ? Reach(state, key.Trial, e.Rung) : null,
            SweepEvent.Paused e => e.On ? "paused" : "resumed",
            SweepEvent.CancelRequested => "cancelled",
            SweepEvent.Retried e => $"{e.Runs.Length} runs are tried again",
            SweepEvent.SweepEnded e => $"{e.Status} [{e.Code}]: {e.Reason}",
            _ => null,
        };
        Count(state);
        return line;
    }

    private void Count(SweepState state)
    {
        bool search = state.InStage(StageKind.Search);
        Done = search ? state.Trials.Count(t => t.SearchOver) : _stageDone;
        Planned = search ? state.Spec.Limits.Trials : _stageTotal;
        Unit = search ? "trials" : "runs";
        int left = (Planned - Done) * (search ? state.Spec.Seeds.Search : 1);
        RemainingSeconds = Budget.MeanRunMs(state) is { } ms && left > 0 ? ms * left / state.Lanes / 1000 : null;
    }

    private string Open(SweepState state, SweepEvent.StageOpened e)
    {
        Stage = e.Kind.ToString().ToLowerInvariant();
        _stageDone = _lastTenth = 0;
        _stageTotal = state.Queue.Count;
        return $"{Stage} [{e.Code}]: {e.Reason}";
    }

    private string? End(SweepState state, SweepEvent.Ended e)
    {
        if (!RunKey.TryParse(e.Run, out RunKey key)) return null;
        if (e.State is RunState.Lost) Lost++;
        string others = e.Value is null ? "" : string.Concat(state.Spec.MoreObjectives.Select(o => $", {o.Metric} {ReportText.Number(e.Metrics.TryGetValue(o.Metric, out double other) ? other : null)}"));
        string result = e.Value is { } v
            ? $"{Metric} {ReportText.Number(v)}{others}{(e.State == RunState.Stopped || e.Code == "rung" ? string.Create(CultureInfo.InvariantCulture, $" ({(e.State == RunState.Stopped ? "stopped" : "paused")} at {state.Spec.EarlyStopping?.Resource} {e.Step})") : "")}"
            : $"{e.State.ToString().ToLowerInvariant()} [{e.Code}] {FirstLine(e.Reason)}";
        _recent.Enqueue(new EndedRun(e.Run, e.Then == Consequence.Retry ? $"{e.State.ToString().ToLowerInvariant()}, again" : e.Code == "rung" ? "paused" : e.State.ToString().ToLowerInvariant(),
            e.Value is { } value ? ReportText.Number(value) : $"[{e.Code}]", e.DurationMs / 1000.0, e.Step));
        if (_recent.Count > RecentRuns) _recent.Dequeue();
        if (key.Pool == SeedPool.Search && state.Stopping is { } plan && state.Run(key) is { Completed: true } whole) Reach(state, key.Trial, whole.IsSlice ? key.Rung : plan.Ladder.Top);
        if (key.Pool == SeedPool.Search) return Search(state, state.Trials[key.Trial], e, result);
        _stageDone++;
        int tenth = _stageTotal == 0 ? 10 : _stageDone * 10 / _stageTotal;
        bool say = tenth > _lastTenth || e.State != RunState.Completed;
        _lastTenth = tenth;
        return say ? $"{Stage} {_stageDone}/{_stageTotal} runs{(e.State == RunState.Completed ? "" : $"; run {e.Run} {result}")}" : null;
    }

    /// <summary>Notes that a trial has come to a rung; full length is one above the last.</summary>
    private string? Reach(SweepState state, int trial, int rung)
    {
        RungLadder ladder = state.Stopping!.Ladder;
        for (int from = _rungOf.GetValueOrDefault(trial, -1) + 1; from <= rung; from++) _reached[from] = _reached.GetValueOrDefault(from) + 1;
        _rungOf[trial] = Math.Max(rung, _rungOf.GetValueOrDefault(trial, -1));
        Rungs = string.Join("   ", _reached.Select(r => string.Create(CultureInfo.InvariantCulture, $"{ladder[r.Key]:G6} ← {r.Value}")));
        return null;
    }

    private string? Search(SweepState state, TrialRecord trial, SweepEvent.Ended e, string result)
    {
        if (e.Then == Consequence.Retry) return $"run {e.Run} {result}; it will be tried again";
        if (!trial.SearchOver) return null;
        Consider(state, trial);
        string top = state.Spec.HasFront ? string.Create(CultureInfo.InvariantCulture, $"; front of {FrontSize} in search")
            : Best is { } b ? $"; best in search {ReportText.Number(b)} (trial {BestTrial})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number}: {result} in {e.DurationMs / 1000.0:0.0} s{top}");
    }

    private void Consider(SweepState state, TrialRecord trial)
    {
        if (state.Spec.HasFront)
        {
            // Whoever is dominated once never comes back.
            if (Objective.Observe(state.Spec, trial) is not { State: ObservationState.Completed, Violation: 0, Losses: { } losses }) return;
            double[] own = [.. losses];
            if (_front.Exists(f => ParetoFront.Dominates(f, own))) return;
            _front.RemoveAll(f => ParetoFront.Dominates(own, f));
            _front.Add(own);
            return;
        }

        if (Objective.Observe(state.Spec, trial) is { State: ObservationState.Completed, Loss: { } loss })
        {
            double value = state.Spec.Objective.Goal == Goal.Minimize ? loss : -loss;
            if (Best is null || state.Spec.Objective.IsBetter(value, Best.Value)) (Best, BestTrial) = (value, trial.Number);
        }

        if (Best is not { } best) return;
        _bestSoFar.Add(state.Spec.Objective.ToLoss(best));
        Sparkline = Draw();
    }

    private string Draw()
    {
        const int width = 40;
        double[] points = [.. Enumerable.Range(0, Math.Min(width, _bestSoFar.Count)).Select(i => _bestSoFar[i * _bestSoFar.Count / Math.Min(width, _bestSoFar.Count)])];
        double low = points.Min(), high = points.Max();
        return new string([.. points.Select(p => Bars[high > low ? (int)Math.Round((high - p) / (high - low) * (Bars.Length - 1)) : 0])]);
    }

    private static string FirstLine(string text)
    {
        int end = text.IndexOf('\n');
        return end < 0 ? text : text[..end] + " …";
    }
}

/// <summary>A run that has ended, for a table of the last ones.</summary>
/// <param name="Run">Which.</param>
/// <param name="State">How, in a word.</param>
/// <param name="Value">Its value, or the code of what went wrong.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Step">Where its value is from; null without steps.</param>
internal sealed record EndedRun(string Run, string State, string Value, double Seconds, double? Step);
