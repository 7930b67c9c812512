using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Everything a runner is told about one attempt of one run (SEMANTICS §7).</summary>
public sealed record RunRequest
{
    /// <summary>Sweep id.</summary>
    public required string Sweep { get; init; }

    /// <summary>Which run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>Fencing number of this attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The configuration.</summary>
    public required Assignment Assignment { get; init; }

    /// <summary>The run's seed, in [0, 2³¹).</summary>
    public required int Seed { get; init; }

    /// <summary>The task to run on; null in a sweep without tasks.</summary>
    public TaskSpec? Task { get; init; }

    /// <summary>The sweep's seed, from which a runner that cuts data derives the fixed outer holdout (<see cref="StreamPurpose.Holdout"/>).</summary>
    public required ulong SweepSeed { get; init; }

    /// <summary>The metric that will be taken as the result in this pool.</summary>
    public required string Metric { get; init; }

    /// <summary>Its direction.</summary>
    public required Goal Goal { get; init; }

    /// <summary>The resource to run to (epochs, rounds), when the sweep has rungs.</summary>
    public double? Resource { get; init; }

    /// <summary>How long the attempt may take; the runner ends it after that and answers <see cref="RunOutcome.Failed"/> with code <c>timeout</c>.</summary>
    public TimeSpan? RunTime { get; init; }

    /// <summary>Where the run may report over HTTP; null when no server takes reports.</summary>
    public string? ReportUrl { get; init; }

    /// <summary>The token to report with, as a bearer token.</summary>
    public string? ReportToken { get; init; }

    /// <summary>Slot 0 … parallel − 1, unique among the runs in flight on this host.</summary>
    public int Slot { get; init; }

    /// <summary>Absolute path of the spec's folder: what relative paths refer to.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>Absolute path of a folder for this trial's checkpoints; not created yet.</summary>
    public required string CheckpointDirectory { get; init; }

    /// <summary>Absolute path of a folder for this run's output files; not created yet.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>How the sweep runs a trial.</summary>
    public required TrialSpec Trial { get; init; }
}

/// <summary>One report of a run: metrics at a step.</summary>
/// <param name="Step">The resource reached, or null when the report has none (a final value).</param>
/// <param name="Metrics">Values by name; NaN and infinities are allowed here and judged later.</param>
public sealed record RunReport(double? Step, IReadOnlyDictionary<string, double> Metrics);

/// <summary>What a run should do after a report.</summary>
/// <param name="Stop">End now.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record ReportDecision(bool Stop, string Reason)
{
    /// <summary>Go on.</summary>
    public static ReportDecision Continue { get; } = new(false, "");
}

/// <summary>Takes the reports of one run while it goes on. Safe to call from any thread, one call at a time.</summary>
public interface IRunReporter
{
    /// <summary>Hands over a report; the answer says whether to go on.</summary>
    ValueTask<ReportDecision> Report(RunReport report, CancellationToken cancellation);

    /// <summary>Keeps a line of the run's log (standard output or error, without the protocol lines).</summary>
    void Log(string line);

    /// <summary>
    /// Notes what must be ended if this host dies and another takes over: the process id, its start time, and the token in its environment.
    /// </summary>
    ValueTask Started(string handle, CancellationToken cancellation);
}

/// <summary>How one attempt ended, as the runner saw it (a closed union). The engine's gate decides what it means.</summary>
public abstract record RunOutcome
{
    private RunOutcome()
    {
    }

    /// <summary>Ran to its end; the reports hold the metric or not.</summary>
    public sealed record Finished : RunOutcome;

    /// <summary>The objective failed: exception, non-zero exit, timeout.</summary>
    /// <param name="Code">Stable code: <c>exit</c>, <c>exception</c>, <c>timeout</c>, <c>start</c>, …</param>
    /// <param name="Message">A sentence with the values; several lines allowed (the tail of standard error).</param>
    public sealed record Failed(string Code, string Message) : RunOutcome;

    /// <summary>The worker died: killed by 137 or 143 not from us, …</summary>
    /// <param name="Code">Stable code.</param>
    /// <param name="Message">A sentence.</param>
    public sealed record Lost(string Code, string Message) : RunOutcome;

    /// <summary>Ended because a report was answered with stop.</summary>
    public sealed record Stopped : RunOutcome;

    /// <summary>
    /// It goes on by itself elsewhere, and will report to <see cref="RunRequest.ReportUrl"/>. Only from runners that <see cref="IRunner.MayDetach"/>.
    /// </summary>
    /// <param name="Lease">How long it may be silent before it counts as lost.</param>
    /// <param name="Handle">What <see cref="IRunner.End"/> ends it by; null: it can only be told to end when it reports.</param>
    public sealed record Detached(TimeSpan Lease, string? Handle = null) : RunOutcome;

    /// <summary>Ended because the cancellation token asked for it.</summary>
    public sealed record Cancelled : RunOutcome;
}

/// <summary>Something the runner found before the first run.</summary>
/// <param name="Fatal">True: no run can work. False: a warning.</param>
/// <param name="Pointer">JSON pointer below the runner's options the finding is about; empty for the whole.</param>
/// <param name="Message">What is wrong and what would mend it.</param>
public sealed record RunnerFinding(bool Fatal, string Pointer, string Message);

/// <summary>What a runner says of a spec before anything runs.</summary>
/// <param name="Findings">Problems.</param>
/// <param name="Inputs">Files the runs depend on, with their SHA-256 (hex), so that a later change is noticed.</param>
public sealed record RunnerCheck(ImmutableArray<RunnerFinding> Findings, ImmutableArray<RunnerInput> Inputs);

/// <summary>A file the runs depend on.</summary>
/// <param name="Name">Its path as the spec writes it.</param>
/// <param name="Digest">SHA-256, hex, lower case.</param>
public sealed record RunnerInput(string Name, string Digest);

/// <summary>
/// Executes runs of one kind. One file or folder each; registered by its key in <c>trial</c>. Serves several runs at once.
/// </summary>
public interface IRunner
{
    /// <summary>The key in the spec's <c>trial</c> section.</summary>
    string Kind { get; }

    /// <summary>
    /// True when the runner itself keeps a part of the data from search and selection and measures evaluation on it (SEMANTICS §1).
    /// </summary>
    bool HasHoldout(TrialSpec trial);

    /// <summary>
    /// True when runs read no data at all: all that is random in them is drawn from their seeds, as in a simulation, so that fresh seeds are
    /// fresh data and there is nothing to keep from search (SEMANTICS §1). Default: not known to be so.
    /// </summary>
    bool ReadsNoData(TrialSpec trial) => false;

    /// <summary>
    /// True when a run that ended at a rung can go on from its checkpoint folder (<c>mode: pause</c>). Default: it cannot.
    /// </summary>
    bool KeepsCheckpoints(TrialSpec trial) => false;

    /// <summary>True when runs may go on after <see cref="Run"/> has returned (<see cref="RunOutcome.Detached"/>). Default: they do not.</summary>
    bool MayDetach => false;

    /// <summary>
    /// True when every run goes on after <see cref="Run"/> has returned, so that what it reports in the moment before is no word to the host, but a
    /// sign that it lives by itself already. Default: it is not so.
    /// </summary>
    bool AlwaysDetaches => false;

    /// <summary>How often it is worth asking <see cref="Look"/> after a run that goes on elsewhere; null: never, its lease says all. Default: never.</summary>
    TimeSpan? LookEvery => null;

    /// <summary>
    /// What has become of a run that went on elsewhere, by the handle of <see cref="RunOutcome.Detached"/>, where its platform knows: <see cref="RunOutcome.Finished"/>
    /// or <see cref="RunOutcome.Lost"/>. Null: it goes on, or nobody could say.
    /// </summary>
    ValueTask<RunOutcome?> Look(string handle, CancellationToken cancellation) => ValueTask.FromResult<RunOutcome?>(null);

    /// <summary>Checks the form of the options: unknown keys, wrong types, templates that name no parameter. Pure: no I/O.</summary>
    IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space);

    /// <summary>Checks what the first run would trip over: missing files, columns, programs, native libraries.</summary>
    ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation);

    /// <summary>
    /// Runs one attempt to its end and never throws for what the objective did. Cancelled: ends everything it started, with a grace period,
    /// and answers <see cref="RunOutcome.Cancelled"/>.
    /// </summary>
    Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation);

    /// <summary>What a run would execute, for <c>run --once</c> and <c>show</c>: the command line, the environment.</summary>
    RunPreview Preview(RunRequest request);

    /// <summary>
    /// Ends what an earlier, dead host has left running, by the handle it noted with <see cref="IRunReporter.Started"/>. Does nothing when
    /// it is gone or is not the same process any more.
    /// </summary>
    ValueTask End(string handle, CancellationToken cancellation);
}

/// <summary>What a run would execute.</summary>
/// <param name="Command">The command line, one element an argument; for in-process runners what stands in its place.</param>
/// <param name="WorkDirectory">Where.</param>
/// <param name="Environment">The variables set for it, in addition to the inherited ones.</param>
public sealed record RunPreview(IReadOnlyList<string> Command, string WorkDirectory, IReadOnlyDictionary<string, string> Environment);
