using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>An interval, or the reason why there is none.</summary>
public sealed record ReportInterval
{
    /// <summary>Lower end; null without an interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end; null without an interval.</summary>
    public double? High { get; init; }

    /// <summary>Nominal level, such as 0.95.</summary>
    public required double Level { get; init; }

    /// <summary>Method and its source.</summary>
    public required string Method { get; init; }

    /// <summary>What limits its validity here (skew, collapse).</summary>
    public string? Warning { get; init; }

    /// <summary>Why there is none.</summary>
    public string? WhyNone { get; init; }
}

/// <summary>What one seed pool says of one trial.</summary>
public sealed record ReportPool
{
    /// <summary>The objective's statistic over the completed runs; null without any.</summary>
    public double? Value { get; init; }

    /// <summary>Completed runs.</summary>
    public int Completed { get; init; }

    /// <summary>Failed runs.</summary>
    public int Failed { get; init; }

    /// <summary>Runs without a result.</summary>
    public int Incomplete { get; init; }

    /// <summary>Standard deviation over the completed runs, within tasks; null below two.</summary>
    public double? StandardDeviation { get; init; }

    /// <summary>Why the value is the mean and not the objective's statistic, or why there is none; null otherwise.</summary>
    public string? Note { get; init; }
}

/// <summary>What one task says of one trial in evaluation.</summary>
/// <param name="Name">The task.</param>
/// <param name="Value">The objective's statistic over its completed runs, on the task's scale; null without any.</param>
/// <param name="Raw">Mean of the metric as reported; null without any.</param>
/// <param name="Interval">Interval of the value.</param>
/// <param name="Completed">Completed runs.</param>
/// <param name="Failed">Failed runs.</param>
/// <param name="Incomplete">Runs without a result.</param>
public sealed record ReportTask(string Name, double? Value, double? Raw, ReportInterval Interval, int Completed, int Failed, int Incomplete);

/// <summary>A trial's performance on evaluation seeds.</summary>
public sealed record ReportPerformance
{
    /// <summary>The statistic over the evaluation runs.</summary>
    public required ReportPool Pool { get; init; }

    /// <summary>Its interval.</summary>
    public required ReportInterval Interval { get; init; }

    /// <summary>The worst completed run's seed and value.</summary>
    public int? WorstSeed { get; init; }

    /// <summary>The worst completed run's value.</summary>
    public double? WorstValue { get; init; }

    /// <summary>Share of the ended runs that completed.</summary>
    public required double SuccessShare { get; init; }

    /// <summary>Clopper–Pearson interval of that share.</summary>
    public required ReportInterval SuccessInterval { get; init; }

    /// <summary>Task by task; empty without tasks.</summary>
    public ImmutableArray<ReportTask> Tasks { get; init; } = [];

    /// <summary>Share of all runs on all tasks that reaches a value, from the easiest value to the hardest; empty without tasks.</summary>
    public ImmutableArray<ProfilePoint> Profile { get; init; } = [];
}

/// <summary>One trial in a report. Search, selection and evaluation are never mixed.</summary>
public sealed record ReportTrial
{
    /// <summary>Trial number.</summary>
    public required int Number { get; init; }

    /// <summary>Its configuration.</summary>
    public required JsonElement Params { get; init; }

    /// <summary>Who proposed it, and which branch.</summary>
    public required string Origin { get; init; }

    /// <summary>Search runs: what made the search go on. Not performance.</summary>
    public required ReportPool Search { get; init; }

    /// <summary>Selection runs: what the choice was made on. Not performance.</summary>
    public ReportPool? Selection { get; init; }

    /// <summary>How it left the race of selection; null when it stayed to the end, or there was no race.</summary>
    public ReportExit? LeftRace { get; init; }

    /// <summary>Evaluation runs: performance.</summary>
    public ReportPerformance? Evaluation { get; init; }

    /// <summary>With several objectives each of them; the members above are those of the first. Null with one.</summary>
    public ImmutableArray<ReportTrialObjective>? Objectives { get; init; }
}

/// <summary>How a trial left the race of selection.</summary>
/// <param name="Seeds">Common seeds it had run by then.</param>
/// <param name="Shown">True: shown to be worse, with the race's error. False: set aside, without a claim.</param>
/// <param name="Evidence">The e-value that showed it; null when it was set aside.</param>
/// <param name="Reason">Reason sentence.</param>
public sealed record ReportExit(int Seeds, bool Shown, double? Evidence, string Reason);

/// <summary>How likely one run of the champion is better than one run of another trial.</summary>
public sealed record ReportProbability
{
    /// <summary>P(better) + ½ P(equal) for runs on different seeds, failed runs being worst, averaged over tasks; null with too few.</summary>
    public double? Value { get; init; }

    /// <summary>Its interval.</summary>
    public required ReportInterval Interval { get; init; }

    /// <summary>Share of the common seeds on which the champion is better.</summary>
    public double? PairedShare { get; init; }

    /// <summary>Clopper–Pearson interval of that share.</summary>
    public required ReportInterval PairedInterval { get; init; }
}

/// <summary>The champion against another evaluated trial, seed by seed.</summary>
/// <param name="Trial">The other trial.</param>
/// <param name="Gain">What the champion gains over it.</param>
public sealed record ReportComparison(int Trial, ReportGain Gain);

/// <summary>One source of the spread of runs.</summary>
/// <param name="Source">configuration, task, configuration × task, seed, configuration × seed.</param>
/// <param name="Deviation">Its standard deviation in the metric's unit; 0 where the estimate of its variance is not above 0.</param>
/// <param name="Share">Share of the variance within tasks; null for the tasks, and where nothing varies.</param>
/// <param name="Low">Lower end of the interval of the deviation; null: there is none.</param>
/// <param name="High">Upper end.</param>
public sealed record ReportPart(string Source, double Deviation, double? Share, double? Low, double? High);

/// <summary>Where the spread of runs comes from, what to replicate next, and what the seeds can tell apart.</summary>
public sealed record ReportAnatomy
{
    /// <summary>Why there is none; null when there is one.</summary>
    public string? WhyNone { get; init; }

    /// <summary>The pool whose runs were taken apart.</summary>
    public string? Pool { get; init; }

    /// <summary>The trials, which were chosen for being good: other configurations may differ more.</summary>
    public ImmutableArray<int> Trials { get; init; } = [];

    /// <summary>Common seeds (of each task).</summary>
    public int Seeds { get; init; }

    /// <summary>The sources, which add up.</summary>
    public ImmutableArray<ReportPart> Parts { get; init; } = [];

    /// <summary>Share of the noise that trials have in common on a seed.</summary>
    public double? Shared { get; init; }

    /// <summary>Lower end of its interval.</summary>
    public double? SharedLow { get; init; }

    /// <summary>Upper end.</summary>
    public double? SharedHigh { get; init; }

    /// <summary>All this in a sentence.</summary>
    public string? Says { get; init; }

    /// <summary>What to replicate next, in a sentence.</summary>
    public string? Advice { get; init; }

    /// <summary>What the seeds can tell apart, in a sentence.</summary>
    public string? Power { get; init; }
}

/// <summary>What was declared when the sweep was created, and what was done otherwise.</summary>
/// <param name="At">When it was created.</param>
/// <param name="Declared">The plan in a sentence: metric, statistic, seeds, margin.</param>
/// <param name="Deviations">What was done otherwise, or after results could be looked at, in order; empty: nothing.</param>
public sealed record ReportPlan(DateTimeOffset At, string Declared, ImmutableArray<Deviation> Deviations);

/// <summary>The champion against the default configuration, seed by seed.</summary>
public sealed record ReportGain
{
    /// <summary>Improvement over the default in the metric's unit, positive when the champion is better; null when it cannot be computed.</summary>
    public double? Value { get; init; }

    /// <summary>Seeds on which both completed.</summary>
    public required int Pairs { get; init; }

    /// <summary>Seeds on which the champion was better.</summary>
    public required int Wins { get; init; }

    /// <summary>Interval of the improvement.</summary>
    public required ReportInterval Interval { get; init; }

    /// <summary>Whether the whole interval lies above 0.</summary>
    public required bool Shown { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public required string Verdict { get; init; }

    /// <summary>About single runs; null where the two are one.</summary>
    public ReportProbability? Probability { get; init; }
}

/// <summary>How much too good the search score looked.</summary>
public sealed record ReportOptimism
{
    /// <summary>The champion's score in search.</summary>
    public required double Search { get; init; }

    /// <summary>Its value on evaluation seeds.</summary>
    public required double Evaluation { get; init; }

    /// <summary>How much better the search score looked, in the metric's unit; negative when it looked worse.</summary>
    public required double Difference { get; init; }

    /// <summary>The same in standard deviations of the evaluation runs; null when they do not vary.</summary>
    public double? InDeviations { get; init; }
}

/// <summary>A robustness sweep: the champion on fresh evaluation seeds.</summary>
/// <param name="Due">When it was due, UTC.</param>
/// <param name="Missed">Due times before it at which nobody was there.</param>
/// <param name="Trial">The champion then.</param>
/// <param name="From">First evaluation replicate.</param>
/// <param name="Seeds">How many.</param>
/// <param name="Performance">What was measured so far; null before the first run has ended.</param>
public sealed record ReportNight(DateTimeOffset Due, int Missed, int Trial, int From, int Seeds, ReportPerformance? Performance)
{
    /// <summary>What it says of the champion, with all nights before it; null before its end.</summary>
    public NightVerdict? Verdict { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public string? Reason { get; init; }

    /// <summary>What is not as it was at the baseline: <c>code: FILE</c>, <c>data: FILE</c>, <c>environment</c>, <c>nondeterminism</c>.</summary>
    public ImmutableArray<string> Changed { get; init; } = [];

    /// <summary>The trials near the champion on the same seeds.</summary>
    public ImmutableArray<ReportNeighbour> Neighbours { get; init; } = [];
}

/// <summary>A trial near the champion, beside it in one night.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="Value">The objective's statistic over its completed runs; null without any.</param>
/// <param name="Completed">Completed runs.</param>
/// <param name="Failed">Failed runs.</param>
/// <param name="Loss">Mean by which it is worse than the champion on the seeds on which both completed; negative when better. Null: none.</param>
public sealed record ReportNeighbour(int Trial, double? Value, int Completed, int Failed, double? Loss);

/// <summary>A stage or decision with its reason.</summary>
/// <param name="What">Which.</param>
/// <param name="Code">Reason code.</param>
/// <param name="Reason">Reason sentence.</param>
public sealed record ReportReason(string What, string Code, string Reason);

/// <summary>What the ended attempts of runs cost, by the prices in the record. Not the bill: free grants, discounts and what stands by between sweeps are not in it.</summary>
public sealed record ReportCost
{
    /// <summary>All together.</summary>
    public required decimal Total { get; init; }

    /// <summary>Currency of all amounts.</summary>
    public required string Currency { get; init; }

    /// <summary>Time of functions.</summary>
    public required decimal Compute { get; init; }

    /// <summary>Executions of functions.</summary>
    public required decimal Executions { get; init; }

    /// <summary>Time of containers.</summary>
    public required decimal Containers { get; init; }

    /// <summary>Storage transactions.</summary>
    public required decimal Storage { get; init; }

    /// <summary>Telemetry.</summary>
    public required decimal Logs { get; init; }

    /// <summary>The limit; null without one.</summary>
    public decimal? Limit { get; init; }

    /// <summary>When the prices were looked up, and where they hold.</summary>
    public required string Prices { get; init; }
}

/// <summary>Runs counted over the whole sweep.</summary>
/// <param name="Completed">With a value.</param>
/// <param name="Failed">Failures of the objective.</param>
/// <param name="Stopped">Ended early by a rule.</param>
/// <param name="LostAttempts">Attempts whose worker died.</param>
/// <param name="PreemptedAttempts">Attempts taken away, or whose host ended.</param>
/// <param name="Incomplete">Runs without a result.</param>
public sealed record ReportCounts(int Completed, int Failed, int Stopped, int LostAttempts, int PreemptedAttempts, int Incomplete);

/// <summary>The honest report of a sweep.</summary>
public sealed record SweepReport
{
    /// <summary>Version of this form.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Sweep id.</summary>
    public required string Sweep { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it stands.</summary>
    public required SweepStatus Status { get; init; }

    /// <summary>True before the end: everything may still change.</summary>
    public required bool Provisional { get; init; }

    /// <summary>The metric of search and selection.</summary>
    public required string Metric { get; init; }

    /// <summary>The metric of evaluation.</summary>
    public required string EvaluationMetric { get; init; }

    /// <summary>Direction.</summary>
    public required Goal Goal { get; init; }

    /// <summary>The objective's statistic, as written in specs.</summary>
    public required string Statistic { get; init; }

    /// <summary>With several objectives all of them, the first as above; null with one.</summary>
    public ImmutableArray<ReportObjective>? Objectives { get; init; }

    /// <summary>Trials suggested.</summary>
    public required int Trials { get; init; }

    /// <summary>Runs counted.</summary>
    public required ReportCounts Runs { get; init; }

    /// <summary>What they cost; null where nothing is billed, or the record has no prices.</summary>
    public ReportCost? Cost { get; init; }

    /// <summary>Seconds the sweep was running.</summary>
    public required double ActiveSeconds { get; init; }

    /// <summary>The sweep seed.</summary>
    public required ulong SweepSeed { get; init; }

    /// <summary>Seeds used, by pool, in words.</summary>
    public required ImmutableArray<string> SeedsUsed { get; init; }

    /// <summary>The champion; null before it is chosen.</summary>
    public ReportTrial? Champion { get; init; }

    /// <summary>With several objectives the front, which then stands in the place of a champion; null with one, and before the first trial.</summary>
    public ReportFront? Front { get; init; }

    /// <summary>The default configuration; null when the spec has none that is complete.</summary>
    public ReportTrial? Default { get; init; }

    /// <summary>Champion against default; null without a default or before evaluation.</summary>
    public ReportGain? Gain { get; init; }

    /// <summary>What tuning each parameter was worth, in a tunability sweep; null in others.</summary>
    public ImmutableArray<ReportTuned>? Tunability { get; init; }

    /// <summary>Champion against the other evaluated trials (<c>seeds.evaluation.also</c>).</summary>
    public ImmutableArray<ReportComparison> Comparisons { get; init; } = [];

    /// <summary>The tasks; empty without.</summary>
    public ImmutableArray<string> Tasks { get; init; } = [];

    /// <summary>Where the spread of runs comes from; null before selection.</summary>
    public ReportAnatomy? Anatomy { get; init; }

    /// <summary>What was declared at submission, and what was done otherwise.</summary>
    public required ReportPlan Plan { get; init; }

    /// <summary>How much too good the search score looked.</summary>
    public ReportOptimism? Optimism { get; init; }

    /// <summary>Robustness sweeps by schedule, oldest first.</summary>
    public ImmutableArray<ReportNight> Nights { get; init; } = [];

    /// <summary>The candidates of selection, best first, or the best of search before it.</summary>
    public required ImmutableArray<ReportTrial> Candidates { get; init; }

    /// <summary>What the interval covers, and what it does not.</summary>
    public required ImmutableArray<string> Coverage { get; init; }

    /// <summary>Everything a reader should be warned of.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>Stages and decisions with their reasons, in order.</summary>
    public required ImmutableArray<ReportReason> Reasons { get; init; }

    /// <summary>Digest of the last entry of the record.</summary>
    public required string HeadDigest { get; init; }
}

/// <summary>JSON of reports.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SweepReport))]
public sealed partial class ReportJson : JsonSerializerContext
{
}
