namespace HyperCloud.Sweeps;

/// <summary>State of the sweep workflow between turns.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Round">The round this execution works in; 0 until it has opened one.</param>
/// <param name="Token">Identifies this execution, so that opening a round is idempotent.</param>
/// <param name="ReturnWhenPaused">True: a pause ends the workflow (a local host, which goes away). False: it waits for a wake-up.</param>
public sealed record SweepTurn(string Sweep, int Round, string Token, bool ReturnWhenPaused);

/// <summary>How the sweep workflow ended.</summary>
/// <param name="Status"><c>ended</c>, <c>paused</c> or <c>fenced</c> (another host took over).</param>
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
public sealed record OpenRoundOutput(int Round);

/// <summary>Asks for what comes next.</summary>
public sealed record AdvanceInput(string Sweep, int Round);

/// <summary>What comes next.</summary>
/// <param name="Kind"><c>stage</c>, <c>paused</c>, <c>ended</c> or <c>fenced</c>.</param>
/// <param name="Stage">Stage number, with <c>stage</c>.</param>
/// <param name="Lanes">Lanes to run, with <c>stage</c>.</param>
public sealed record AdvanceOutput(string Kind, int Stage = 0, int Lanes = 0);

/// <summary>A lane asks for work.</summary>
public sealed record NextInput(string Sweep, int Round, int Stage, int Lane, int Step);

/// <summary>What a lane gets.</summary>
/// <param name="Kind"><c>run</c>, <c>wait</c> or <c>done</c>.</param>
/// <param name="Run">The run claimed, as text.</param>
/// <param name="Attempt">Its fencing number.</param>
public sealed record NextOutput(string Kind, string? Run = null, int Attempt = 0);

/// <summary>A lane executes its claim.</summary>
public sealed record RunInput(string Sweep, int Round, int Stage, int Lane, string Run, int Attempt);

/// <summary>What a lane hears of its run; at most 200 bytes.</summary>
/// <param name="State">The attempt's end, or <c>Fenced</c> when it no longer counted.</param>
/// <param name="Wake">Lanes to wake, for they may have been waiting for this result.</param>
public sealed record RunReceipt(string State, int[]? Wake = null);
