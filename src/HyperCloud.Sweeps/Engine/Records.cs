using System.Collections.Immutable;

namespace HyperCloud.Sweeps;

/// <summary>A sweep in the list of sweeps. Refreshed when a stage changes; the event log is the truth.</summary>
public sealed record SweepSummary
{
    /// <summary>Version of this row's form.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Sweep id.</summary>
    public required string Id { get; init; }

    /// <summary>Name in the spec.</summary>
    public required string Name { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where it stood when the row was written.</summary>
    public required SweepStatus Status { get; init; }

    /// <summary>Stage then.</summary>
    public StageKind? Stage { get; init; }

    /// <summary>Trials suggested then.</summary>
    public int Trials { get; init; }

    /// <summary>Champion, if chosen.</summary>
    public int? Champion { get; init; }

    /// <summary>With several objectives, how many trials the front has, if chosen.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public int? Front { get; init; }

    /// <summary>Its deletion has begun and must be completed: nothing else can be done with it.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault)]
    public bool Deleting { get; init; }

    /// <summary>Cron of its schedule; null: none.</summary>
    public string? Cron { get; init; }

    /// <summary>What the schedule runs.</summary>
    public ScheduleKind? ScheduleKind { get; init; }

    /// <summary>The time after which due times count; null while nothing can be due (see <see cref="Schedules.CountsFrom"/>).</summary>
    public DateTimeOffset? DueFrom { get; init; }

    /// <summary>The last due time.</summary>
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>When the webhook is to be told again of a verdict that it has not taken; null: nothing is left to tell.</summary>
    public DateTimeOffset? TellAt { get; init; }

    /// <summary>Folder of the spec on the machine that created the sweep; relative paths refer to it.</summary>
    public required string BaseDirectory { get; init; }
}

/// <summary>What is kept of one attempt beside the log: how to end it if its host dies, and how it ended.</summary>
public sealed record RunDetails
{
    /// <summary>Version of this row's form.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Which run.</summary>
    public required string Run { get; init; }

    /// <summary>Which attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>Machine and process that ran it.</summary>
    public required string Host { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What the runner noted, to end it by.</summary>
    public string? Handle { get; init; }

    /// <summary>
    /// Until when the run is left to itself: executed by a worker outside, or by an endpoint that will report later. Reports move it on; when
    /// it has passed, the attempt is lost. Null: a host waits for it.
    /// </summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Length of the lease in milliseconds, by which each report moves it on.</summary>
    public long? LeaseMs { get; init; }

    /// <summary>
    /// Until when the process that executes the run is known to live, where several processes work on a sweep (<see cref="HubOptions.Heartbeat"/>);
    /// when it has passed, and the run is asked for again, the attempt is lost.
    /// </summary>
    public DateTimeOffset? HostUntil { get; init; }

    /// <summary>Of a run that is left to itself: the report that would be its result now.</summary>
    public RunReport? Counting { get; init; }

    /// <summary>Of a run that is cut into slices: where the last one that ended has come to. Null: none has.</summary>
    public RunSlices? Slices { get; init; }

    /// <summary>How it ended; null while it goes on. What follows from it is decided when it is appended to the log.</summary>
    public SweepEvent.Ended? Ended { get; init; }

    /// <summary>The whole reason, where the log holds only its beginning.</summary>
    public string? Message { get; init; }

    /// <summary>The last lines of the run's output.</summary>
    public ImmutableArray<string> Log { get; init; } = [];

    /// <summary>The first reports, for curves.</summary>
    public ImmutableArray<RunReport> Reports { get; init; } = [];

    /// <summary>Reports accepted in all.</summary>
    public int ReportCount { get; init; }
}

/// <summary>What the slices of a run have come to (<see cref="HubOptions.SliceFor"/>): what the next one goes on from.</summary>
public sealed record RunSlices
{
    /// <summary>Slices that have ended, those of earlier attempts that it goes on from included.</summary>
    public required int Count { get; init; }

    /// <summary>Name of the checkpoint that the last one left.</summary>
    public required string Origin { get; init; }

    /// <summary>Step of the first report of the last one. A slice that begins there or before has not gone on from a checkpoint.</summary>
    public required double From { get; init; }

    /// <summary>How long they took together, in milliseconds.</summary>
    public required long SpentMs { get; init; }

    /// <summary>The first reports, for curves.</summary>
    public ImmutableArray<RunReport> Reports { get; init; } = [];

    /// <summary>Reports accepted in all.</summary>
    public int ReportCount { get; init; }

    /// <summary>The report that would be the result now.</summary>
    public RunReport? Counting { get; init; }
}

/// <summary>Who is running a sweep.</summary>
/// <param name="Owner">A random token of the process.</param>
/// <param name="Host">Machine and process, for people.</param>
/// <param name="Machine">Machine name.</param>
/// <param name="ProcessId">Process id on that machine.</param>
/// <param name="ProcessStarted">When that process started, so that a reused id is not mistaken for it.</param>
/// <param name="Expires">When the lease ends unless renewed.</param>
public sealed record LeaseRow(string Owner, string Host, string Machine, int ProcessId, DateTimeOffset ProcessStarted, DateTimeOffset Expires)
{
    /// <summary>Version of this row's form.</summary>
    public int SchemaVersion { get; init; } = 1;
}
