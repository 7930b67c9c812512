using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Sources;

/// <summary>Where verbs find sweeps: in a store, or at a server. Both give the same record, so that each verb is written once.</summary>
internal interface ISweepSource : IAsyncDisposable
{
    /// <summary>What it is, for people, without secrets.</summary>
    string Description { get; }

    /// <summary>Whether somebody there runs the sweeps: a server does, a store by itself does not.</summary>
    bool RunsSweeps { get; }

    /// <summary>All sweeps, newest first. Those of a server have no base directory.</summary>
    Task<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation);

    /// <summary>The record of a sweep, nothing of it read yet.</summary>
    SweepLog Log(SweepSummary sweep);

    /// <summary>The living process that runs a sweep, as <c>MACHINE/PROCESS</c>; null when none does.</summary>
    Task<string?> Host(string sweep, CancellationToken cancellation);

    /// <summary>What is kept of one attempt of a run; null when it left nothing beside its entry in the record.</summary>
    Task<RunDetails?> Details(string sweep, RunKey run, int attempt, CancellationToken cancellation);

    /// <summary>A capsule of the sweep as it stands: the bytes of its file.</summary>
    Task<byte[]> Capsule(SweepSummary sweep, CancellationToken cancellation);

    /// <summary>Pauses or resumes; false when it was so already, or is over.</summary>
    Task<bool> SetPaused(SweepSummary sweep, bool paused, CancellationToken cancellation);

    /// <summary>Ends a sweep for good; false when it was over.</summary>
    Task<bool> Cancel(SweepSummary sweep, CancellationToken cancellation);

    /// <summary>Queues again what broken infrastructure left without a result (<see cref="SweepService.Retry"/>).</summary>
    /// <returns>How many runs.</returns>
    Task<int> Retry(SweepSummary sweep, CancellationToken cancellation);

    /// <summary>Deletes a sweep.</summary>
    /// <param name="sweep">Which.</param>
    /// <param name="force">Cancel it first.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="CliException">It is not over.</exception>
    Task Delete(SweepSummary sweep, bool force, CancellationToken cancellation);
}

/// <summary>The record of one sweep, folded as far as it has been read. Not thread-safe.</summary>
internal abstract class SweepLog
{
    /// <summary>What the entries read so far say.</summary>
    public SweepState State { get; } = new();

    /// <summary>Reads and folds what is new.</summary>
    /// <param name="wait">How long to wait for an entry when there is none.</param>
    /// <param name="folded">Is told each entry after it was folded.</param>
    /// <param name="cancellation">Cancels waiting and reading.</param>
    /// <returns>Whether something was new.</returns>
    public async Task<bool> ReadOn(TimeSpan wait, Action<SweepState, LogEntry>? folded, CancellationToken cancellation)
    {
        bool any = false;
        while (true)
        {
            IReadOnlyList<LogEntry> entries = await Read(any ? TimeSpan.Zero : wait, cancellation);
            if (entries.Count == 0) return any;
            any = true;
            foreach (LogEntry entry in entries)
            {
                State.Apply(entry);
                folded?.Invoke(State, entry);
            }
        }
    }

    /// <summary>The next entries in order, their digests checked; none when there are none within the time.</summary>
    protected abstract Task<IReadOnlyList<LogEntry>> Read(TimeSpan wait, CancellationToken cancellation);
}
