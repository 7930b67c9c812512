using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>Which report of a run is its result.</summary>
public enum Take
{
    /// <summary>The value at the highest step (default).</summary>
    Last,

    /// <summary>The best value of any step.</summary>
    Best,
}

/// <summary>What is optimised.</summary>
public sealed record ObjectiveSpec
{
    /// <summary>The metric's name in reports of runs.</summary>
    public required string Metric { get; init; }

    /// <summary>Direction; default minimize.</summary>
    public Goal Goal { get; init; }

    /// <summary>The aggregate over runs; default mean.</summary>
    public StatisticSpec Statistic { get; init; } = new(StatisticKind.Mean);

    /// <summary>Search stops when this value is reached (by the aggregate of at least three runs, unless noise is none).</summary>
    public double? Target { get; init; }

    /// <summary>Which report counts; default last.</summary>
    public Take Take { get; init; }

    /// <summary>True when the user declared <c>noise: none</c>.</summary>
    public bool NoNoise { get; init; }

    /// <summary>Bounds that every value of the metric keeps, for the betting race; a run whose result is outside has failed.</summary>
    public (double Low, double High)? Bounds { get; init; }
}

/// <summary>A bound on another metric that a configuration has to keep. At least one of the bounds is given.</summary>
/// <param name="Metric">The metric's name in reports of runs.</param>
/// <param name="Min">Least value that is kept; null: none.</param>
/// <param name="Max">Largest value that is kept; null: none.</param>
public sealed record ConstraintSpec(string Metric, double? Min, double? Max)
{
    /// <summary>By how much a value breaks the constraint, 0 or below where it is met, in units of the bound (of 1 where that is 0).</summary>
    public double Excess(double value)
    {
        double above = Max is { } max ? (value - max) / Unit(max) : double.NegativeInfinity, below = Min is { } min ? (min - value) / Unit(min) : double.NegativeInfinity;
        return Math.Clamp(Math.Max(above, below), -double.MaxValue, double.MaxValue);
    }

    private static double Unit(double bound) => bound == 0 ? 1 : Math.Abs(bound);
}

/// <summary>One of several data sets or environments on which every configuration is run.</summary>
public sealed record TaskSpec
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The values of the metric that count as 0 and as 1 on this task, the lower first; null: values count as they are.</summary>
    public (double Zero, double One)? Reference { get; init; }

    /// <summary>Environment variables of its runs.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>A reported value on the common scale of the tasks.</summary>
    public double OnScale(double value) => Reference is { } r ? (value - r.Zero) / (r.One - r.Zero) : value;
}

/// <summary>When suggestions are made.</summary>
public enum SearchOrder
{
    /// <summary>From all that has finished (default).</summary>
    Async,

    /// <summary>Trial t from trials 0 … t − parallel only, so that a second sweep is the same at any parallelism.</summary>
    Lagged,
}

/// <summary>How the space is searched.</summary>
public sealed record SearchSpec
{
    /// <summary>Algorithm name; default auto.</summary>
    public string Algorithm { get; init; } = "auto";

    /// <summary>The sweep seed; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Default async.</summary>
    public SearchOrder Order { get; init; }

    /// <summary>Whether expected gain is weighed against expected run time (<c>gp</c> and <c>auto</c>); default false.</summary>
    public bool CostAware { get; init; }
}

/// <summary>Limits, all for the whole sweep. Not part of its identity: they may be changed to extend it.</summary>
public sealed record LimitsSpec
{
    /// <summary>Most trials suggested, failed and stopped ones included; default 100.</summary>
    public int Trials { get; init; } = 100;

    /// <summary>Runs in flight at once; default: the processors of the machine at creation, at most 8.</summary>
    public int? Parallel { get; init; }

    /// <summary>Failed runs after which search ends; null: no limit.</summary>
    public int? Failures { get; init; }

    /// <summary>Time the sweep may be running in all; null: no limit.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Time one run may take before it counts as failed; null: no limit.</summary>
    public TimeSpan? RunTime { get; init; }

    /// <summary>Money the runs of the sweep may cost in all, by the prices of its record; null: no limit.</summary>
    public Money? Cost { get; init; }
}

/// <summary>How the champion is chosen.</summary>
public sealed record SelectionSpec
{
    /// <summary>How many trials enter; default 8.</summary>
    public int Top { get; init; } = 8;

    /// <summary>Runs of the whole stage; default 80.</summary>
    public int Runs { get; init; } = 80;

    /// <summary>Most seeds a trial may get; default 50.</summary>
    public int MaxSeeds { get; init; } = 50;

    /// <summary>Eliminate early by an anytime-valid test; default true.</summary>
    public bool Race { get; init; } = true;

    /// <summary>What the race tests; null (default): betting with declared bounds, else signs.</summary>
    public RaceTest? Test { get; init; }

    /// <summary>Probability that the race ever eliminates the best; default 0.05.</summary>
    public double Alpha { get; init; } = 0.05;
}

/// <summary>How the champion is measured.</summary>
public sealed record EvaluationSpec
{
    /// <summary>Runs of champion and default; default 20, at least 2.</summary>
    public int Seeds { get; init; } = 20;

    /// <summary>How many further candidates of selection, the next best first, are measured beside champion and default; default 0.</summary>
    public int Also { get; init; }

    /// <summary>Level of the interval; default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>The metric measured on data that search has not read; null: the objective's.</summary>
    public string? Metric { get; init; }

    /// <summary>The user declared <c>holdout: none</c>: the interval is over seeds only, on data that the search has seen.</summary>
    public bool NoHoldout { get; init; }
}

/// <summary>Seeds of the three pools.</summary>
public sealed record SeedsSpec
{
    /// <summary>Runs per trial while searching; default 1.</summary>
    public int Search { get; init; } = 1;

    /// <summary>Fresh seeds for each trial (default) or common ones.</summary>
    public SearchSeedMode SearchMode { get; init; }

    /// <summary>Selection stage.</summary>
    public SelectionSpec Selection { get; init; } = new();

    /// <summary>Evaluation stage.</summary>
    public EvaluationSpec Evaluation { get; init; } = new();
}

/// <summary>How one run is executed.</summary>
public sealed record TrialSpec
{
    /// <summary>The runner's key in the spec: <c>command</c>, <c>objective</c>, <c>mlnet</c>, …</summary>
    public required string Runner { get; init; }

    /// <summary>What stands under that key; the runner reads it.</summary>
    public required JsonElement Options { get; init; }

    /// <summary>Attempts after a lost worker before the run counts as failed; default 2.</summary>
    public int Retries { get; init; } = DefaultRetries;

    /// <summary>Retries where the spec gives none, also without a <c>trial</c> section.</summary>
    public const int DefaultRetries = 2;

    /// <summary>Working directory, relative to the spec's folder; null: that folder.</summary>
    public string? WorkDir { get; init; }

    /// <summary>Further environment variables; values may hold templates.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Per slot (0 … parallel − 1), variables such as CUDA_VISIBLE_DEVICES; empty: none.</summary>
    public ImmutableArray<ImmutableSortedDictionary<string, string>> Slots { get; init; } = [];
}

/// <summary>When runs of the search pool are ended early.</summary>
public sealed record EarlyStoppingSpec
{
    /// <summary>The rule: <c>asha</c>, <c>hyperband</c>, <c>median</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>What the steps of reports count; default <c>step</c>.</summary>
    public string Resource { get; init; } = "step";

    /// <summary>The first rung; above 0, default 1.</summary>
    public double Min { get; init; } = 1;

    /// <summary>Full length; above <see cref="Min"/>.</summary>
    public required double Max { get; init; }

    /// <summary>Ratio of neighbouring rungs; above 1, default 3.</summary>
    public double Reduction { get; init; } = 3;

    /// <summary>True: a trial is paused with a checkpoint instead of stopped (<c>mode: pause</c>).</summary>
    public bool Pause { get; init; }

    /// <summary>True: trials are compared by their loss and what of its newest gain is likely to go on (<c>compare: trend</c>); else by their loss at the rung.</summary>
    public bool ByTrend { get; init; }

    /// <summary>The rungs.</summary>
    public RungLadder Ladder => new(Min, Max, Reduction);
}

/// <summary>What a schedule runs.</summary>
public enum ScheduleKind
{
    /// <summary>The champion and its neighbours on fresh evaluation seeds (default).</summary>
    Robustness,

    /// <summary>One at a time, pairs, winner re-run: what tuning each parameter is worth.</summary>
    Tunability,
}

/// <summary>When the champion is run again. Not part of the sweep's identity.</summary>
public sealed record ScheduleSpec
{
    /// <summary>Cron of 5 or 6 fields, UTC; <see cref="CronExpression"/> reads it.</summary>
    public required string Cron { get; init; }

    /// <summary>Default robustness.</summary>
    public ScheduleKind Kind { get; init; }

    /// <summary>Fresh evaluation seeds each time; at least 2, default 20.</summary>
    public int Seeds { get; init; } = 20;

    /// <summary>Neighbours of the champion run beside it; default 8.</summary>
    public int Neighbours { get; init; } = 8;

    /// <summary>What counts as the same, in standard deviations of the baseline; above 0, default 0.25.</summary>
    public double Margin { get; init; } = 0.25;

    /// <summary>https address that is told of changes; null: none.</summary>
    public string? Webhook { get; init; }
}

/// <summary>A sweep as the user asked for it, all defaults filled in.</summary>
public sealed record SweepSpec
{
    /// <summary>Name: letters, digits, '-', '_', '.'.</summary>
    public required string Name { get; init; }

    /// <summary>What is optimised.</summary>
    public required ObjectiveSpec Objective { get; init; }

    /// <summary>Tasks that every configuration is run on; by default none, which is as one without a name.</summary>
    public ImmutableArray<TaskSpec> Tasks { get; init; } = [];

    /// <summary>How many runs one replicate of a trial is: the tasks, at least 1.</summary>
    public int TaskCount => Math.Max(1, Tasks.Length);

    /// <summary>The task of an index; null without tasks.</summary>
    public TaskSpec? TaskOf(int index) => Tasks.IsEmpty ? null : Tasks[index];

    /// <summary>Bounds on other metrics; by default none.</summary>
    public ImmutableArray<ConstraintSpec> Constraints { get; init; } = [];

    /// <summary>Where, forbidden combinations included.</summary>
    public required Space Space { get; init; }

    /// <summary>Configurations that are tried first, after the default; by default none.</summary>
    public ImmutableArray<PartialConfiguration> Enqueue { get; init; } = [];

    /// <summary>Id or name of a sweep whose trials the search begins with; null: none.</summary>
    public string? WarmStart { get; init; }

    /// <summary>How.</summary>
    public SearchSpec Search { get; init; } = new();

    /// <summary>Within which limits.</summary>
    public LimitsSpec Limits { get; init; } = new();

    /// <summary>On which seeds.</summary>
    public SeedsSpec Seeds { get; init; } = new();

    /// <summary>When runs are ended early; null: never.</summary>
    public EarlyStoppingSpec? EarlyStopping { get; init; }

    /// <summary>How a run is executed; null in a spec for ask-tell only.</summary>
    public TrialSpec? Trial { get; init; }

    /// <summary>When the champion is run again; null: never.</summary>
    public ScheduleSpec? Schedule { get; init; }
}
