using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>The stages of a sweep: one for each seed pool, and the robustness sweeps that follow by schedule.</summary>
public enum StageKind
{
    /// <summary>Suggests trials and runs them on search seeds.</summary>
    Search,

    /// <summary>Runs the best again on common selection seeds and chooses the champion.</summary>
    Selection,

    /// <summary>Measures champion and default configuration on evaluation seeds.</summary>
    Evaluation,

    /// <summary>Runs the champion again on fresh evaluation seeds, because its schedule is due.</summary>
    Robustness,
}

/// <summary>How one attempt of a run ended (SEMANTICS §3).</summary>
public enum RunState
{
    /// <summary>Metric present and finite.</summary>
    Completed,

    /// <summary>A rule ended it at a rung.</summary>
    Stopped,

    /// <summary>The objective failed.</summary>
    Failed,

    /// <summary>The worker died.</summary>
    Lost,

    /// <summary>The platform took the worker away, or the host that ran it ended.</summary>
    Preempted,

    /// <summary>The user, or the end of the sweep, ended it.</summary>
    Cancelled,
}

/// <summary>What follows from an attempt that has ended.</summary>
public enum Consequence
{
    /// <summary>The run is over, with the state of the attempt.</summary>
    Final,

    /// <summary>The run goes back into the queue, with the same seed.</summary>
    Retry,

    /// <summary>Lost too often: in search the run counts as failed (<c>killed</c>).</summary>
    CountsAsFailed,

    /// <summary>The run stays without a result: <c>incomplete</c>, shown and never dropped.</summary>
    Incomplete,
}

/// <summary>What follows for a trial when one of its runs has reached a rung.</summary>
public enum RungVerdict
{
    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>It ends here.</summary>
    Stop,

    /// <summary>It goes on for now: the rung is compared once all replicates have reached it.</summary>
    Wait,
}

/// <summary>A configuration in a <see cref="SweepEvent.Suggested"/> event.</summary>
/// <param name="Number">Trial number.</param>
/// <param name="Params">Its active parameters.</param>
/// <param name="Reason">The branch of the algorithm that proposed it.</param>
public sealed record SuggestedTrial(int Number, JsonElement Params, string Reason);

/// <summary>Runs that a stage plans for one trial: replicates From … From + Count − 1.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="From">First replicate index.</param>
/// <param name="Count">How many.</param>
public sealed record PlannedRuns(int Trial, int From, int Count)
{
    /// <summary>The robustness sweep, from 1, in which these runs are done again with their very seeds; 0: they are new.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Repeat { get; init; }
}

/// <summary>A trial's standing when the champion is chosen.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="Value">The objective's statistic over its selection runs; null without any.</param>
/// <param name="Runs">Completed runs.</param>
/// <param name="Failed">Failed runs, counted with the worst value of the stage.</param>
/// <param name="Incomplete">Runs without a result.</param>
/// <param name="Violation">What it breaks constraints by, in sum, in units of their bounds; 0: it keeps them all. Null without constraints or values.</param>
public sealed record Standing(int Trial, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Value, int Runs, int Failed, int Incomplete, double? Violation = null);

/// <summary>A trial's standing when a front is chosen.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="Values">The mean of each objective over its runs; null without any.</param>
/// <param name="Runs">Completed runs.</param>
/// <param name="Failed">Failed runs, counted with the worst values of the stage.</param>
/// <param name="Incomplete">Runs without a result.</param>
/// <param name="Violation">What it breaks constraints by, in sum, in units of their bounds; 0: it keeps them all. Null without constraints or values.</param>
public sealed record FrontStanding(int Trial, ImmutableArray<double>? Values, int Runs, int Failed, int Incomplete, double? Violation = null);

/// <summary>
/// One entry of a sweep's event log: either a fact (created, started, ended, user actions, clock readings) or a decision, which is a pure
/// function of the entries before it (SEMANTICS §2). A closed union; the discriminator is part of every record and never changes meaning.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(RoundOpened), "round-opened")]
[JsonDerivedType(typeof(StageOpened), "stage-opened")]
[JsonDerivedType(typeof(Suggested), "suggested")]
[JsonDerivedType(typeof(Replicated), "replicated")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(Reported), "reported")]
[JsonDerivedType(typeof(Promoted), "promoted")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(ClockRead), "clock-read")]
[JsonDerivedType(typeof(SearchEnded), "search-ended")]
[JsonDerivedType(typeof(Eliminated), "eliminated")]
[JsonDerivedType(typeof(ChampionChosen), "champion-chosen")]
[JsonDerivedType(typeof(FrontChosen), "front-chosen")]
[JsonDerivedType(typeof(Paused), "paused")]
[JsonDerivedType(typeof(CancelRequested), "cancel-requested")]
[JsonDerivedType(typeof(Extended), "extended")]
[JsonDerivedType(typeof(Scheduled), "scheduled")]
[JsonDerivedType(typeof(Due), "due")]
[JsonDerivedType(typeof(Judged), "judged")]
[JsonDerivedType(typeof(SweepEnded), "sweep-ended")]
[JsonDerivedType(typeof(Retried), "retried")]
public abstract record SweepEvent
{
    private SweepEvent()
    {
    }

    /// <summary>Fact: the sweep was created. Always entry 0.</summary>
    public sealed record Created : SweepEvent
    {
        /// <summary>Sweep id.</summary>
        public required string Sweep { get; init; }

        /// <summary>Digest of what makes the sweep this sweep (SEMANTICS §4).</summary>
        public required string Identity { get; init; }

        /// <summary>The whole spec, resolved.</summary>
        public required JsonElement Spec { get; init; }

        /// <summary>Runs in flight at once; also the lag of <c>order: lagged</c>, which later changes of the limit leave alone.</summary>
        public required int Parallel { get; init; }

        /// <summary>What an earlier sweep has learnt (<c>warmStart</c>); null: nothing.</summary>
        public Ancestry? Ancestry { get; init; }

        /// <summary>First evaluation replicate this sweep may use: beyond all its ancestors' (the seed ledger).</summary>
        public required int EvaluationFrom { get; init; }

        /// <summary>Where evaluation gets data that search has not read: <c>runner</c>, <c>metric</c>, <c>no-data</c> (nothing is read, all is drawn from seeds), <c>none</c> (declared) or <c>unknown</c>.</summary>
        public required string Holdout { get; init; }

        /// <summary>Version of the engine's decisions.</summary>
        public required int EngineVersion { get; init; }

        /// <summary>Version of the product.</summary>
        public required string Product { get; init; }

        /// <summary>Files the runs depend on, with digests.</summary>
        public required ImmutableArray<RunnerInput> Inputs { get; init; }

        /// <summary>Program, runtime and system of the host that created it; null in records from before this was noted.</summary>
        public string? Environment { get; init; }

        /// <summary>What runs cost; null: nothing of them is billed, or it is not known.</summary>
        public CostBasis? Costs { get; init; }
    }

    /// <summary>Fact: a host took the sweep over. Claims of earlier rounds are void; what it found running was ended or adopted first.</summary>
    /// <param name="Round">1, 2, …</param>
    /// <param name="Token">Makes opening idempotent for one host execution.</param>
    /// <param name="Host">Machine and process, for people.</param>
    public sealed record RoundOpened(int Round, string Token, string Host) : SweepEvent;

    /// <summary>Decision: a stage begins.</summary>
    /// <param name="Stage">0, 1, 2, … over the whole sweep.</param>
    /// <param name="Kind">Which kind.</param>
    /// <param name="Plan">Runs of selection (of one round, where it is a race) and evaluation; empty for search, which suggests as it goes.</param>
    /// <param name="LookedBefore">An evaluation after an earlier one was looked at: extension of a finished sweep.</param>
    /// <param name="Code">Reason code.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record StageOpened(
        int Stage, StageKind Kind, ImmutableArray<PlannedRuns> Plan, bool LookedBefore, string Code, string Reason) : SweepEvent;

    /// <summary>Decision: the algorithm (or the default configuration) gave the next trials.</summary>
    /// <param name="First">Number of the first.</param>
    /// <param name="Count">How many were asked for.</param>
    /// <param name="Algorithm">Algorithm name; <c>default</c> for the default configuration.</param>
    /// <param name="Version">Version of its decisions.</param>
    /// <param name="Trials">The configurations; fewer than asked when the space is exhausted.</param>
    public sealed record Suggested(int First, int Count, string Algorithm, int Version, ImmutableArray<SuggestedTrial> Trials) : SweepEvent;

    /// <summary>Decision: a trial gets further search runs.</summary>
    /// <param name="Trial">Trial number.</param>
    /// <param name="From">First additional replicate.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Code">Reason code.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record Replicated(int Trial, int From, int Count, string Code, string Reason) : SweepEvent;

    /// <summary>Decision: a lane, or a worker outside, took the first run of the queue.</summary>
    /// <param name="Run">Which run, as <see cref="RunKey"/> text.</param>
    /// <param name="Attempt">Fencing number, from 1.</param>
    /// <param name="Seed">The run's seed.</param>
    /// <param name="Stage">Stage number.</param>
    /// <param name="Round">Round.</param>
    /// <param name="Lane">Lane; −1: handed to a worker outside, under a lease.</param>
    /// <param name="Step">The lane's step; for workers outside, a number that no other claim of the sweep has.</param>
    public sealed record Started(string Run, int Attempt, int Seed, int Stage, int Round, int Lane, int Step) : SweepEvent
    {
        /// <summary>What the worker outside calls itself; null for lanes.</summary>
        public string? Worker { get; init; }
    }

    /// <summary>Fact with a decision: a search run has reached a rung, and whether its trial goes on (SEMANTICS §4).</summary>
    public sealed record Reported : SweepEvent
    {
        /// <summary>Which run.</summary>
        public required string Run { get; init; }

        /// <summary>Which attempt.</summary>
        public required int Attempt { get; init; }

        /// <summary>The rung reached, from 0; rungs skipped on the way count as reached with the same value.</summary>
        public required int Rung { get; init; }

        /// <summary>The step of the report; at or above the rung's resource.</summary>
        public required double Step { get; init; }

        /// <summary>The metric's value as reported (not negated); finite.</summary>
        public required double Value { get; init; }

        /// <summary>What follows for the trial (a decision).</summary>
        public required RungVerdict Then { get; init; }

        /// <summary>The stopping rule.</summary>
        public required string Rule { get; init; }

        /// <summary>Version of its decisions.</summary>
        public required int Version { get; init; }

        /// <summary>Reason sentence.</summary>
        public required string Reason { get; init; }
    }

    /// <summary>Decision: trials go on to a higher rung, with all their search replicates.</summary>
    /// <param name="Trials">Trial numbers.</param>
    /// <param name="Rung">The rung they go on to; the number of rungs stands for full length.</param>
    /// <param name="Rule">The stopping rule, or <c>to-the-end</c>: only trials at full length enter selection.</param>
    /// <param name="Version">Version of its decisions.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record Promoted(ImmutableArray<int> Trials, int Rung, string Rule, int Version, string Reason) : SweepEvent;

    /// <summary>Fact with a decision: an attempt ended, and what follows.</summary>
    public sealed record Ended : SweepEvent
    {
        /// <summary>Which run.</summary>
        public required string Run { get; init; }

        /// <summary>Which attempt.</summary>
        public required int Attempt { get; init; }

        /// <summary>How the attempt ended.</summary>
        public required RunState State { get; init; }

        /// <summary>The metric's value as reported (not negated); only when completed or stopped.</summary>
        public double? Value { get; init; }

        /// <summary>Step at which the value was reported.</summary>
        public double? Step { get; init; }

        /// <summary>Other finite metrics of the run's last report.</summary>
        public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

        /// <summary>How long the attempt took, in milliseconds.</summary>
        public required long DurationMs { get; init; }

        /// <summary>Reason code: <c>completed</c>, <c>exit</c>, <c>timeout</c>, <c>no-metric</c>, <c>non-finite</c>, <c>killed</c>, …</summary>
        public required string Code { get; init; }

        /// <summary>Reason sentence; at most 1,000 characters (the whole text is with the run's details).</summary>
        public required string Reason { get; init; }

        /// <summary>What follows (a decision).</summary>
        public required Consequence Then { get; init; }
    }

    /// <summary>Fact: the clock was read for the decision that follows; the reading is the entry's own.</summary>
    public sealed record ClockRead : SweepEvent;

    /// <summary>Decision: no more trials are suggested in this stage.</summary>
    /// <param name="Stage">Stage number.</param>
    /// <param name="Code"><c>trials</c>, <c>exhausted</c>, <c>target</c>, <c>time</c>, <c>failures</c>, <c>nothing-works</c>, <c>cancelled</c>.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record SearchEnded(int Stage, string Code, string Reason) : SweepEvent;

    /// <summary>Decision: the race has shown a trial not to be the best; its queued selection runs are dropped, those under way end as they do.</summary>
    /// <param name="Trial">Trial number.</param>
    /// <param name="Rival">The trial with the best mean then.</param>
    /// <param name="Seeds">Common seeds looked at.</param>
    /// <param name="Better">Seeds on which it was better than the best other trial of the seeds before.</param>
    /// <param name="Worse">Seeds on which it was worse.</param>
    /// <param name="Evidence">The e-value; at least 1/α.</param>
    /// <param name="Left">Trials left in the race; with one left it is over.</param>
    /// <param name="Code">The test: <c>sign</c>, <c>betting</c> or <c>symmetric</c>.</param>
    /// <param name="Reason">Reason sentence, with the test's null.</param>
    public sealed record Eliminated(int Trial, int Rival, int Seeds, int Better, int Worse, double Evidence, int Left, string Code, string Reason) : SweepEvent;

    /// <summary>Decision: the champion.</summary>
    /// <param name="Trial">Trial number.</param>
    /// <param name="Standings">All candidates, best first.</param>
    /// <param name="Code"><c>selection</c>, <c>race</c>, <c>single-candidate</c>, <c>no-noise</c> or <c>selection-cut</c>.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record ChampionChosen(int Trial, ImmutableArray<Standing> Standings, string Code, string Reason) : SweepEvent;

    /// <summary>Decision: the front that is measured, in a sweep with several objectives.</summary>
    /// <param name="Trials">Trial numbers, by the first objective, the best first.</param>
    /// <param name="Standings">All candidates, by trial number.</param>
    /// <param name="Code"><c>selection</c>, <c>single-candidate</c>, <c>no-noise</c> or <c>selection-cut</c>.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record FrontChosen(ImmutableArray<int> Trials, ImmutableArray<FrontStanding> Standings, string Code, string Reason) : SweepEvent;

    /// <summary>Fact: the user paused or resumed.</summary>
    /// <param name="On">True: hand out nothing more. False: go on.</param>
    /// <param name="By">Who or what asked.</param>
    public sealed record Paused(bool On, string By) : SweepEvent;

    /// <summary>Fact: the user cancelled.</summary>
    /// <param name="By">Who or what asked.</param>
    public sealed record CancelRequested(string By) : SweepEvent;

    /// <summary>Fact: limits were changed; a finished sweep goes on searching.</summary>
    /// <param name="Limits">The new limits section, resolved.</param>
    public sealed record Extended(JsonElement Limits) : SweepEvent;

    /// <summary>Fact: the user gave another schedule, or none.</summary>
    /// <param name="By">Who or what asked.</param>
    public sealed record Scheduled(string By) : SweepEvent
    {
        /// <summary>The new schedule section, resolved; null: none.</summary>
        public JsonElement? Schedule { get; init; }
    }

    /// <summary>Fact: a time of the schedule has come; a robustness sweep follows.</summary>
    /// <param name="At">The due time, UTC, on the cron.</param>
    /// <param name="Missed">Due times between the last one and this one, at which nobody was there; caught up with this one.</param>
    /// <param name="Kind">What is run.</param>
    public sealed record Due(DateTimeOffset At, int Missed, string Kind) : SweepEvent
    {
        /// <summary>Program, runtime and system of the host then; null in records from before nights were judged.</summary>
        public string? Environment { get; init; }

        /// <summary>The files that runs depend on, as they are now; null: they could not be looked at.</summary>
        public ImmutableArray<RunnerInput>? Inputs { get; init; }
    }

    /// <summary>Decision: what a robustness sweep says of the champion, together with all before it.</summary>
    /// <param name="Stage">Its stage.</param>
    /// <param name="Verdict">The verdict.</param>
    /// <param name="Changed">What is not as it was at the baseline: <c>code: FILE</c>, <c>data: FILE</c>, <c>environment</c>, <c>nondeterminism</c>.</param>
    /// <param name="Tell">Whether it differs from what was said before, so that the webhook is told.</param>
    /// <param name="Reason">The verdict in a sentence.</param>
    public sealed record Judged(int Stage, NightVerdict Verdict, ImmutableArray<string> Changed, bool Tell, string Reason) : SweepEvent
    {
        /// <summary>By how much the recent runs are worse than the baseline, in the metric's unit; negative when better. Null: nothing could be compared.</summary>
        public double? Loss { get; init; }

        /// <summary>Lower end of its always-valid interval.</summary>
        public double? Low { get; init; }

        /// <summary>Upper end.</summary>
        public double? High { get; init; }

        /// <summary>Standard deviation of the baseline's runs.</summary>
        public double? Deviation { get; init; }

        /// <summary>Runs of the baseline.</summary>
        public int BaselineRuns { get; init; }

        /// <summary>Runs compared with it.</summary>
        public int RecentRuns { get; init; }
    }

    /// <summary>Fact: the user had runs queued again that broken infrastructure left without a result; a sweep that was over goes on.</summary>
    /// <param name="Runs">Which, as <see cref="RunKey"/> text.</param>
    /// <param name="By">Who or what asked.</param>
    public sealed record Retried(ImmutableArray<string> Runs, string By) : SweepEvent;

    /// <summary>Decision: the sweep is over.</summary>
    /// <param name="Status"><c>finished</c>, <c>cancelled</c> or <c>failed</c>.</param>
    /// <param name="Code">Reason code.</param>
    /// <param name="Reason">Reason sentence.</param>
    public sealed record SweepEnded(string Status, string Code, string Reason) : SweepEvent;
}

/// <summary>An entry of the log as stored.</summary>
/// <param name="Seq">0, 1, 2, … without gaps.</param>
/// <param name="At">Wall clock, UTC, for people.</param>
/// <param name="ActiveMs">Milliseconds the sweep has been running in all, as read for this entry; never decreases.</param>
/// <param name="Event">The event.</param>
public sealed record LogEntry(long Seq, DateTimeOffset At, long ActiveMs, SweepEvent Event)
{
    /// <summary>SHA-256 (hex) over the previous entry's digest and this entry's JSON.</summary>
    [JsonIgnore]
    public string Digest { get; init; } = "";
}

/// <summary>The one set of JSON options for what the engine stores and passes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LogEntry))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(SweepEvent))]
[JsonSerializable(typeof(SweepSummary))]
[JsonSerializable(typeof(RunDetails))]
[JsonSerializable(typeof(LeaseRow))]
[JsonSerializable(typeof(SecretRow))]
[JsonSerializable(typeof(OpenRoundInput))]
[JsonSerializable(typeof(OpenRoundOutput))]
[JsonSerializable(typeof(AdvanceInput))]
[JsonSerializable(typeof(AdvanceOutput))]
[JsonSerializable(typeof(WorkInput))]
[JsonSerializable(typeof(WorkOutput))]
[JsonSerializable(typeof(SweepTurn))]
[JsonSerializable(typeof(SweepOutput))]
[JsonSerializable(typeof(GroupTurn))]
[JsonSerializable(typeof(LaneTurn))]
[JsonSerializable(typeof(LaneOutput))]
public sealed partial class SweepsJson : JsonSerializerContext
{
}
