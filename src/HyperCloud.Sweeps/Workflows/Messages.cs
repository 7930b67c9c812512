namespace HyperCloud.Sweeps;

/// <summary>State of the sweep workflow between turns.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Round">The round this execution works in; 0 until it has opened one.</param>
/// <param name="Token">Identifies this execution, so that opening a round is idempotent.</param>
/// <param name="ReturnWhenPaused">True: a pause ends the workflow (a local host, which goes away). False: it waits for a wake-up.</param>
public sealed record SweepTurn(string Sweep, int Round, string Token, bool ReturnWhenPaused);

/// <summary>How the sweep workflow ended.</summary>
/// <param name="Status"><c>ended</c>, <c>paused</c>, <c>fenced</c> (another host took over) or <c>busy</c> (another host runs it).</param>
public sealed record SweepOutput(string Status);

/// <summary>State of a lane between turns.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Round">Round.</param>
/// <param name="Stage">Stage number.</param>
/// <param name="Lane">Lane number, from 0.</param>
/// <param name="Step">How many runs this lane has claimed in this stage and round.</param>
public sealed record LaneTurn(string Sweep, int Round, int Stage, int Lane, int Step);

/// <summary>How a lane ended.</summary>
/// <param name="Steps">Runs it claimed.</param>
public sealed record LaneOutput(int Steps);

/// <summary>Asks for a new round.</summary>
public sealed record OpenRoundInput(string Sweep, string Token);

/// <summary>The round opened.</summary>
/// <param name="Round">Its number, or <see cref="Busy"/>.</param>
public sealed record OpenRoundOutput(int Round)
{
    /// <summary>No round was opened, for another host runs the sweep.</summary>
    public const int Busy = -1;
}

/// <summary>Asks for what comes next.</summary>
public sealed record AdvanceInput(string Sweep, int Round);

/// <summary>What comes next.</summary>
/// <param name="Kind"><c>stage</c>, <c>paused</c>, <c>ended</c> or <c>fenced</c>.</param>
/// <param name="Stage">Stage number, with <c>stage</c>.</param>
/// <param name="Lanes">Lanes to run, with <c>stage</c>.</param>
public sealed record AdvanceOutput(string Kind, int Stage = 0, int Lanes = 0);

/// <summary>State of a group of lanes between turns.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Round">Round.</param>
/// <param name="Stage">Stage number.</param>
/// <param name="First">Its first lane.</param>
/// <param name="Count">How many lanes it has.</param>
public sealed record GroupTurn(string Sweep, int Round, int Stage, int First, int Count);

/// <summary>A lane works: from this step on it claims runs and executes them, as many as fit into one activity.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Round">Round.</param>
/// <param name="Stage">Stage number.</param>
/// <param name="Lane">Lane number, from 0.</param>
/// <param name="Step">The first claim it makes, or finds made by an execution of this activity that died.</param>
public sealed record WorkInput(string Sweep, int Round, int Stage, int Lane, int Step);

/// <summary>What a lane hears of its work; at most <see cref="MaxBytes"/> of JSON.</summary>
/// <param name="Kind"><c>more</c>, <c>wait</c> or <c>done</c>.</param>
/// <param name="Step">The step to go on with.</param>
/// <param name="WaitMs">With <c>wait</c>: how long to go without looking at the store when no wake-up comes, in milliseconds.</param>
/// <param name="Wake">Lanes to wake, for they may have been waiting for a result of this one.</param>
public sealed record WorkOutput(string Kind, int Step, int WaitMs = 0, int[]? Wake = null)
{
    /// <summary>What an activity may answer, in bytes: histories of durable hosts hold every answer.</summary>
    public const int MaxBytes = 200;
}

/// <summary>Somebody asks for a run.</summary>
public sealed record NextInput(string Sweep, int Round, int Stage, int Lane, int Step);

/// <summary>What he gets.</summary>
/// <param name="Kind"><c>run</c>, <c>wait</c> or <c>done</c>.</param>
/// <param name="Run">The run claimed, as text.</param>
/// <param name="Attempt">Its fencing number.</param>
/// <param name="Found">The claim had been made before: by an execution that died, or that still goes on.</param>
public sealed record NextOutput(string Kind, string? Run = null, int Attempt = 0, bool Found = false);

/// <summary>A claimed run is executed.</summary>
public sealed record RunInput(string Sweep, int Round, int Stage, int Lane, string Run, int Attempt);

/// <summary>How that went.</summary>
/// <param name="State">The attempt's end, or <c>Fenced</c> when it no longer counted, or <c>Detached</c> when it goes on elsewhere.</param>
/// <param name="Wake">Lanes to wake, for they may have been waiting for this result.</param>
public sealed record RunReceipt(string State, int[]? Wake = null);
