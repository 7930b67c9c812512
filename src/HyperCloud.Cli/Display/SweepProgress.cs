using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Display;

/// <summary>What is worth showing of a sweep that goes on, folded from its entries.</summary>
internal sealed class SweepProgress
{
    private const string Bars = "▁▂▃▄▅▆▇█";
    private readonly List<double> _bestSoFar = [];
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

    public string? LastTrial { get; private set; }

    public double? RemainingSeconds { get; private set; }

    /// <summary>The best search score so far, over the trials, as bars; better is higher.</summary>
    public string Sparkline { get; private set; } = "";

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
        string? line = entry.Event switch
        {
            SweepEvent.Created e => $"sweep {e.Sweep}: {state.Spec.Limits.Trials} trials at most, {e.Parallel} at a time",
            SweepEvent.RoundOpened { Round: > 1 } e => $"round {e.Round}: going on, {state.Trials.Count} trials are known",
            SweepEvent.StageOpened e => Open(state, e),
            SweepEvent.SearchEnded e => $"search ended [{e.Code}]: {e.Reason}",
            SweepEvent.Replicated e => e.Reason,
            SweepEvent.Promoted { Rule: RungDecisions.ToTheEndRule } e => e.Reason,
            SweepEvent.ChampionChosen e => $"champion [{e.Code}]: {e.Reason}",
            SweepEvent.Ended e => End(state, e),
            SweepEvent.Paused { On: true } => "paused",
            SweepEvent.CancelRequested => "cancelled",
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
        string result = e.Value is { } v
            ? $"{Metric} {ReportText.Number(v)}{(e.State == RunState.Stopped || e.Code == "rung" ? string.Create(CultureInfo.InvariantCulture, $" ({(e.State == RunState.Stopped ? "stopped" : "paused")} at {state.Spec.EarlyStopping?.Resource} {e.Step})") : "")}"
            : $"{e.State.ToString().ToLowerInvariant()} [{e.Code}] {FirstLine(e.Reason)}";
        LastTrial = string.Create(CultureInfo.InvariantCulture, $"run {e.Run}: {result} in {e.DurationMs / 1000.0:0.0} s");
        if (key.Pool == SeedPool.Search) return Search(state, state.Trials[key.Trial], e, result);
        _stageDone++;
        int tenth = _stageTotal == 0 ? 10 : _stageDone * 10 / _stageTotal;
        bool say = tenth > _lastTenth || e.State != RunState.Completed;
        _lastTenth = tenth;
        return say ? $"{Stage} {_stageDone}/{_stageTotal} runs{(e.State == RunState.Completed ? "" : $"; run {e.Run} {result}")}" : null;
    }

    private string? Search(SweepState state, TrialRecord trial, SweepEvent.Ended e, string result)
    {
        if (e.Then == Consequence.Retry) return $"run {e.Run} {result}; it will be tried again";
        if (!trial.SearchOver) return null;
        Consider(state, trial);
        string top = Best is { } b ? $"; best in search {ReportText.Number(b)} (trial {BestTrial})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number}: {result} in {e.DurationMs / 1000.0:0.0} s{top}");
    }

    private void Consider(SweepState state, TrialRecord trial)
    {
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
