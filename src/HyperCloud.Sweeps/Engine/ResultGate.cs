using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>How an attempt ended, after the gate.</summary>
/// <param name="State">State.</param>
/// <param name="Value">The result, when there is one.</param>
/// <param name="Step">Its step.</param>
/// <param name="Metrics">Finite metrics of the report that counted.</param>
/// <param name="Code">Reason code.</param>
/// <param name="Reason">Reason, possibly many lines.</param>
public sealed record RunResult(
    RunState State, double? Value, double? Step, ImmutableSortedDictionary<string, double> Metrics, string Code, string Reason);

/// <summary>A metric that a run must report beside its result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Why">Why, in words that follow its name in a sentence.</param>
/// <param name="Bounds">Bounds that it must keep; null: none.</param>
public sealed record NeededMetric(string Name, string Why, (double Low, double High)? Bounds = null);

/// <summary>
/// The one gate through which every attempt's end passes (law 7): takes the reports of one attempt, keeps what will count, and decides what
/// missing, repeated and non-finite values mean.
/// </summary>
/// <param name="metric">The metric that is the result.</param>
/// <param name="goal">Its direction.</param>
/// <param name="take">Which report counts.</param>
/// <param name="bounds">Bounds that the result must keep; null: none.</param>
/// <param name="needed">Other metrics without which there is no result. The newest value of any report counts.</param>
/// <param name="task">The task to whose scale the result is brought; null: it is taken as reported.</param>
public sealed class ResultGate(string metric, Goal goal, Take take, (double Low, double High)? bounds = null, IReadOnlyList<NeededMetric>? needed = null, TaskSpec? task = null)
{
    // By so small a share of their width a result may pass the bounds: an average of ones may be a little above 1.
    private const double Rounding = 1e-9;

    /// <summary>Reports kept for curves. A run that reports more is still judged by all of them; its curve is cut, and that is said.</summary>
    public const int KeptReports = 2_000;

    private readonly SortedSet<double> _steps = [];
    private readonly Dictionary<string, (double Step, double Value)> _needed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _otherNames = new(StringComparer.Ordinal);
    private readonly List<RunReport> _kept = [];
    private RunReport? _counting;
    private double _countingStep = double.NegativeInfinity;
    private string? _nonFinite;

    /// <summary>The gate for a run. Declared bounds are those of the objective's metric; another metric of evaluation has none.</summary>
    public static ResultGate For(SweepSpec spec, RunKey run)
    {
        SeedPool pool = run.Pool;
        string metric = RunActivity.MetricOf(spec, pool);
        return new(metric, spec.Objective.Goal, spec.Objective.Take, metric == spec.Objective.Metric ? spec.Objective.Bounds : null,
            [
                .. spec.MoreObjectives.Select(o => new NeededMetric(o.Metric, "which is an objective", o.Bounds)),
                // Constraints are kept in search and selection; evaluation measures what was chosen.
                .. pool == SeedPool.Evaluation ? [] : spec.Constraints.Select(c => new NeededMetric(c.Metric, "which a constraint needs")),
            ], spec.TaskOf(run.Task));
    }

    /// <summary>The first reports, for curves.</summary>
    public IReadOnlyList<RunReport> Reports => _kept;

    /// <summary>All reports accepted.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Takes one report. A report without a step stands after all that came before it. The same step twice: the first one counts.
    /// </summary>
    /// <returns>The report's step; null when it was not the first at its step and changed nothing.</returns>
    public double? Report(RunReport report)
    {
        double step = report.Step ?? (_steps.Count == 0 ? 0 : _steps.Max + 1);
        if (double.IsFinite(step) && !_steps.Add(step)) return null;
        if (_steps.Count > 100_000) _steps.Remove(_steps.Min);
        Count++;
        if (_kept.Count < KeptReports) _kept.Add(report with { Step = step });
        NoteNeeded(report, step);
        if (!report.Metrics.TryGetValue(metric, out double value))
        {
            if (_otherNames.Count < 20) _otherNames.UnionWith(report.Metrics.Keys);
            return step;
        }

        if (take == Take.Last)
        {
            if (step < _countingStep) return step;
            _nonFinite = double.IsFinite(value) ? null : Say($"the metric '{metric}' is {value} at step {step}");
            (_counting, _countingStep) = (report, step);
        }
        else if (!double.IsFinite(value))
        {
            _nonFinite ??= Say($"the metric '{metric}' is {value} at step {step}");
        }
        else if (_counting is null || (goal == Goal.Minimize ? value < _counting.Metrics[metric] : value > _counting.Metrics[metric]))
        {
            (_counting, _countingStep) = (report, step);
        }

        return step;
    }

    /// <summary>The report that would be the result if the attempt ended now; null before the metric was reported.</summary>
    public RunReport? Counting => _counting is null ? null : _counting with { Step = _countingStep };

    /// <summary>Takes up where another gate was, whose first reports have been given to this one: its report that counted, and how many there were.</summary>
    internal void Restore(RunReport counting, int count)
    {
        if (_counting is null || _countingStep != counting.Step) (_counting, _countingStep) = (counting, counting.Step ?? 0);
        if (counting.Step is { } step) _steps.Add(step);
        NoteNeeded(counting, counting.Step ?? 0);
        double value = counting.Metrics[metric];
        if (take == Take.Last) _nonFinite = double.IsFinite(value) ? null : Say($"the metric '{metric}' is {value} at step {_countingStep}");
        Count = Math.Max(Count, count);
    }

    /// <summary>The value that would be the result if the attempt ended now; null before the metric was reported, may be non-finite.</summary>
    public double? Current => _counting is { } c ? OnScale(c.Metrics[metric]) : null;

    /// <summary>Judges the attempt's end.</summary>
    public RunResult Judge(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Finished => Finished(),
        RunOutcome.Failed f => Without(RunState.Failed, f.Code, f.Message),
        RunOutcome.Lost l => Without(RunState.Lost, l.Code, l.Message),
        RunOutcome.Stopped => Stopped(),
        RunOutcome.Cancelled => Without(RunState.Cancelled, "cancelled", "ended on request"),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    private double OnScale(double value) => task is null ? value : task.OnScale(value);

    private RunResult Finished()
    {
        // With take: best a NaN on the way is no failure as long as some value counted.
        if (_nonFinite is not null && (take == Take.Last || _counting is null)) return Without(RunState.Failed, "non-finite", _nonFinite);
        if (_counting is null)
            return Without(RunState.Failed, "no-metric", Count == 0
                ? $"the run ended well but reported nothing; it must print a line ::hypercloud:: {{\"{metric}\": <number>}}"
                : $"the run reported no metric '{metric}', only {string.Join(", ", _otherNames)}");
        double value = _counting.Metrics[metric];
        if (OutOfBounds(metric, value, bounds) is { } outside) return outside;
        foreach ((string name, string why, (double Low, double High)? kept) in needed ?? [])
        {
            if (!_needed.TryGetValue(name, out (double Step, double Value) last))
                return Without(RunState.Failed, "no-metric", $"the run reported no metric '{name}', {why}");
            if (!double.IsFinite(last.Value))
                return Without(RunState.Failed, "non-finite", Say($"the metric '{name}', {why}, is {last.Value} at step {last.Step}"));
            if (OutOfBounds(name, last.Value, kept) is { } beyond) return beyond;
        }

        if (!double.IsFinite(OnScale(value))) return Without(RunState.Failed, "non-finite", Say($"the metric '{metric}' is {value} at step {_countingStep}, which is not finite on the scale of the task '{task!.Name}'"));
        return new(RunState.Completed, OnScale(value), _countingStep, Finite(_counting), "completed", "");
    }

    private static RunResult? OutOfBounds(string name, double value, (double Low, double High)? bounds) =>
        bounds is { } b && (value < b.Low - Rounding * (b.High - b.Low) || value > b.High + Rounding * (b.High - b.Low))
            ? Without(RunState.Failed, "out-of-bounds", Say($"the metric '{name}' is {value}, outside of objective.bounds [{b.Low}, {b.High}], which the spec says it always keeps"))
            : null;

    private void NoteNeeded(RunReport report, double step)
    {
        foreach ((string name, _, _) in needed ?? [])
            if (report.Metrics.TryGetValue(name, out double value) && (!_needed.TryGetValue(name, out (double Step, double Value) before) || before.Step <= step))
                _needed[name] = (step, value);
    }

    private RunResult Stopped() => _counting is { } c && double.IsFinite(c.Metrics[metric])
        ? new(RunState.Stopped, OnScale(c.Metrics[metric]), _countingStep, Finite(c), "stopped", "ended by the stopping rule")
        : Without(RunState.Failed, "no-metric", $"the run was stopped before it reported a finite '{metric}'");

    private ImmutableSortedDictionary<string, double> Finite(RunReport report) =>
        report.Metrics.Where(m => double.IsFinite(m.Value)).Take(100).ToImmutableSortedDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal)
            .SetItems(_needed.Where(n => double.IsFinite(n.Value.Value)).Select(n => KeyValuePair.Create(n.Key, n.Value.Value)));

    private static RunResult Without(RunState state, string code, string reason) =>
        new(state, null, null, ImmutableSortedDictionary<string, double>.Empty, code, reason);

    private static string Say(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);
}
