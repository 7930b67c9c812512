using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using HyperCloud.Sweeps;

namespace HyperCloud.Web;

/// <summary>A page of a list.</summary>
/// <typeparam name="T">Its items.</typeparam>
/// <param name="Items">In the list's order.</param>
/// <param name="Next">Cursor of the next page; absent when this is the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Addresses of what belongs to a sweep.</summary>
internal sealed record SweepLinks(string Self, string Trials, string Runs, string Report, string Events)
{
    public static SweepLinks Of(string id)
    {
        string self = $"/api/sweeps/{id}";
        return new(self, $"{self}/trials", $"{self}/runs", $"{self}/report", $"{self}/events");
    }
}

/// <summary>Answer to a submission.</summary>
internal sealed record Submission
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }

    /// <summary>This request created it.</summary>
    public required bool Created { get; init; }

    /// <summary>This request changed the limits of a sweep that was there.</summary>
    public required bool Extended { get; init; }

    public required ImmutableArray<ProblemItem> Warnings { get; init; }
    public required SweepLinks Links { get; init; }
}

/// <summary>A sweep in the list.</summary>
internal sealed record SweepItem
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }
    public string? Stage { get; init; }
    public required int Trials { get; init; }
    public int? Champion { get; init; }

    /// <summary>With several objectives, how many trials the front has.</summary>
    public int? Front { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Its deletion has begun.</summary>
    public bool? Deleting { get; init; }

    public required SweepLinks Links { get; init; }
}

/// <summary>Where a sweep stands.</summary>
internal sealed record SweepStatusBody
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }

    /// <summary>Cancelled, and its end not written yet.</summary>
    public required bool Cancelling { get; init; }

    public string? Stage { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required double ActiveSeconds { get; init; }
    public required SweepCounts Counts { get; init; }
    public required SweepLimits Limits { get; init; }
    public required SweepObjective Objective { get; init; }

    /// <summary>All objectives, where there are several.</summary>
    public IReadOnlyList<SweepObjective>? Objectives { get; init; }

    /// <summary>The best of search so far, until a champion is chosen.</summary>
    public SearchBest? BestSoFar { get; init; }

    public SweepChampion? Champion { get; init; }

    /// <summary>With several objectives, the front in the champion's place.</summary>
    public SweepFront? Front { get; init; }

    public SweepEnd? End { get; init; }

    /// <summary>What the newest robustness sweep said.</summary>
    public SweepNight? Night { get; init; }

    /// <summary>Machine and process that host it; absent when none does.</summary>
    public string? Host { get; init; }

    public HostFaultBody? HostFault { get; init; }
    public required long Seq { get; init; }
    public required string HeadDigest { get; init; }
    public required SweepLinks Links { get; init; }
}

internal sealed record SweepCounts
{
    public required int Trials { get; init; }
    public required int TrialsSearched { get; init; }
    public required int RunsQueued { get; init; }
    public required int RunsUnderWay { get; init; }
    public required int RunsCompleted { get; init; }
    public required int RunsFailed { get; init; }
    public required int RunsStopped { get; init; }
    public required int RunsIncomplete { get; init; }
    public required int AttemptsLost { get; init; }
    public required int AttemptsPreempted { get; init; }
}

/// <summary>Limits as in specs.</summary>
internal sealed record SweepLimits(int Trials, int Parallel, int? Failures, string? Time, string? RunTime, string? Cost);

internal sealed record SweepObjective(string Metric, string Goal, string Statistic);

/// <summary>A score of the search pool: it led the search and is no performance.</summary>
internal sealed record SearchBest(int Trial, double SearchScore, string Note);

/// <summary>The champion, with what was measured on evaluation seeds.</summary>
internal sealed record SweepChampion(int Trial, Performance? Performance);

/// <summary>The front: chosen, or before that the one of search scores. Hypervolume is that of search.</summary>
internal sealed record SweepFront(bool Chosen, IReadOnlyList<FrontMember> Trials, double? Hypervolume);

/// <summary>A trial of a front: what was measured of each objective, or before that its search scores, which are no performance.</summary>
internal sealed record FrontMember(int Trial, IReadOnlyDictionary<string, double> SearchScores, IReadOnlyList<Performance>? Performance);

/// <summary>Measured on evaluation seeds only.</summary>
internal sealed record Performance(string Metric, double? Value, int Runs, double? Low, double? High, double Level);

/// <summary>What a robustness sweep said, with all nights before it.</summary>
internal sealed record SweepNight(DateTimeOffset Due, string Verdict, string[] Changed, string Reason);

internal sealed record SweepEnd(string Code, string Reason);

internal sealed record HostFaultBody(DateTimeOffset At, int Attempts, string Message, DateTimeOffset RetryAt);

/// <summary>What one seed pool says of a trial; with several objectives the value is that of the first, and the values are of each by its metric.</summary>
internal sealed record PoolBody(double? Value, int Completed, int Failed, int Incomplete, IReadOnlyDictionary<string, double>? Values = null);

internal sealed record TrialBody
{
    public required int Number { get; init; }
    public required string State { get; init; }
    public required string Algorithm { get; init; }
    public required string Reason { get; init; }
    public required JsonElement Params { get; init; }
    public required bool Champion { get; init; }

    /// <summary>With several objectives, whether it is of the front that was chosen.</summary>
    public bool? Front { get; init; }

    public required bool Default { get; init; }
    public required PoolBody Search { get; init; }
    public PoolBody? Selection { get; init; }
    public PoolBody? Evaluation { get; init; }

    /// <summary>Only where one trial is asked for.</summary>
    public IReadOnlyList<RunBody>? Runs { get; init; }

    public required TrialLinks Links { get; init; }
}

internal sealed record TrialLinks(string Self, string Runs);

internal sealed record RunBody
{
    public required string Run { get; init; }
    public required int Trial { get; init; }
    public required string Pool { get; init; }
    public string? Task { get; init; }
    public required int Replicate { get; init; }
    public required int Seed { get; init; }
    public required string State { get; init; }
    public required int Attempts { get; init; }
    public required int Lost { get; init; }
    public required int Preempted { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public double? Value { get; init; }
    public double? Step { get; init; }
    public ImmutableSortedDictionary<string, double>? Metrics { get; init; }
    public long? DurationMs { get; init; }
    public string? Code { get; init; }
    public string? Reason { get; init; }
    public required RunLinks Links { get; init; }
}

internal sealed record RunLinks(string Self, string Trial);

/// <summary>A run with what is kept of one attempt.</summary>
internal sealed record RunDetailsBody
{
    public required RunBody Run { get; init; }

    /// <summary>Which attempt; 0 before the first.</summary>
    public required int Attempt { get; init; }

    public string? Host { get; init; }
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The whole reason of a failure.</summary>
    public string? Message { get; init; }

    /// <summary>Reports accepted in all; the first ones are kept.</summary>
    public required int ReportCount { get; init; }

    public required ImmutableArray<RunReport> Reports { get; init; }

    /// <summary>The last lines of output.</summary>
    public required ImmutableArray<string> Log { get; init; }
}

/// <summary>Runs for a worker.</summary>
internal sealed record AskAnswer
{
    public required IReadOnlyList<HandedRunBody> Runs { get; init; }

    /// <summary>The sweep is over: there will be no more.</summary>
    public required bool Done { get; init; }

    /// <summary>Why there are fewer than asked for.</summary>
    public required string Reason { get; init; }

    /// <summary>Seconds after which to ask again.</summary>
    public double? RetryAfter { get; init; }
}

/// <summary>A run in a worker's hands.</summary>
internal sealed record HandedRunBody
{
    public required string Id { get; init; }
    public required string Run { get; init; }
    public required int Trial { get; init; }
    public required JsonElement Params { get; init; }
    public required string Pool { get; init; }
    public string? Task { get; init; }
    public required int Seed { get; init; }
    public required string Metric { get; init; }
    public double? Resource { get; init; }
    public double? ResumeFrom { get; init; }
    public required int Attempt { get; init; }

    /// <summary>Seconds the run may be silent.</summary>
    public required double Lease { get; init; }

    public required string ReportUrl { get; init; }
    public required string Token { get; init; }
}

/// <summary>Whether a run goes on.</summary>
internal sealed record DecisionBody(string Decision, string Reason);

/// <summary>A sweep that runs again by schedule.</summary>
internal sealed record ScheduleItem
{
    public required string Sweep { get; init; }
    public required string Name { get; init; }
    public required string Cron { get; init; }
    public required string Kind { get; init; }
    public required string Status { get; init; }

    /// <summary>The next due time; absent while the sweep has no answer yet, or runs.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>The last due time.</summary>
    public DateTimeOffset? Last { get; init; }

    public required SweepLinks Links { get; init; }
}

/// <summary>What is tried again.</summary>
/// <param name="Runs">Runs queued again; none when there was nothing to try again.</param>
/// <param name="Host">The sweep's host had met a fault, and is started again at once.</param>
internal sealed record RetryBody(IReadOnlyList<string> Runs, bool Host);

internal sealed record HealthBody(string Status, string Version, DateTimeOffset Time, string Store);

/// <summary>What an idempotency key stands for.</summary>
internal sealed record KeyRow
{
    public int SchemaVersion { get; init; } = 1;
    public required string Digest { get; init; }
    public required DateTimeOffset At { get; init; }
    public int? StatusCode { get; init; }
    public Submission? Answer { get; init; }
    public AskAnswer? AskAnswer { get; init; }
}

/// <summary>The one set of JSON options of the API.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Submission))]
[JsonSerializable(typeof(Page<SweepItem>), TypeInfoPropertyName = "SweepPage")]
[JsonSerializable(typeof(SweepStatusBody))]
[JsonSerializable(typeof(Page<TrialBody>), TypeInfoPropertyName = "TrialPage")]
[JsonSerializable(typeof(TrialBody))]
[JsonSerializable(typeof(Page<RunBody>), TypeInfoPropertyName = "RunPage")]
[JsonSerializable(typeof(RunDetailsBody))]
[JsonSerializable(typeof(AskAnswer))]
[JsonSerializable(typeof(DecisionBody))]
[JsonSerializable(typeof(Page<ScheduleItem>), TypeInfoPropertyName = "SchedulePage")]
[JsonSerializable(typeof(ScheduleItem))]
[JsonSerializable(typeof(RetryBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(KeyRow))]
internal sealed partial class WebJson : JsonSerializerContext
{
    /// <summary>The context to use: sentences keep their quotes as they are, for no answer is ever put into a page unescaped.</summary>
    public static WebJson Form => field ??= new(new JsonSerializerOptions(Default.Options) { TypeInfoResolver = null, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
