namespace HyperCloud.Cli;

/// <summary>Exit codes of every verb; documented in docs/cli.md and never renumbered.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The sweep ended without an answer (failed or cancelled), or the run asked about failed.</summary>
    public const int NoAnswer = 1;

    /// <summary>The command line, the spec, or something it names is wrong; nothing was started.</summary>
    public const int BadInput = 2;

    /// <summary>The store is full, read-only, broken, out of reach, or newer than this program.</summary>
    public const int Store = 3;

    /// <summary>Another process is running the sweep.</summary>
    public const int Busy = 4;

    /// <summary>The sweep is paused; the same command goes on with it.</summary>
    public const int Paused = 5;

    /// <summary>Replay: a decision came out differently.</summary>
    public const int ReplayMismatch = 6;

    /// <summary>Replay: the record was edited, or is not the one whose head digest was given.</summary>
    public const int RecordEdited = 7;

    /// <summary>Replay: the record needs versions that this program does not have.</summary>
    public const int CannotReplay = 8;

    /// <summary>No sweep, trial or run of that name.</summary>
    public const int NotFound = 9;

    /// <summary>The server is out of reach, or answers as no HyperCloud server does.</summary>
    public const int Server = 10;

    /// <summary>The server wants another key.</summary>
    public const int Key = 11;

    /// <summary>Copying and importing: the destination holds something else under the same name, or the sweep is not over; nothing was overwritten.</summary>
    public const int CopyRefused = 12;

    /// <summary>doctor: a check failed.</summary>
    public const int Unwell = 13;

    /// <summary>A fault of hypercloud itself.</summary>
    public const int Internal = 70;

    /// <summary>Ended by a second or third Ctrl-C.</summary>
    public const int Interrupted = 130;
}

/// <summary>Ends a verb with a message and an exit code.</summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
