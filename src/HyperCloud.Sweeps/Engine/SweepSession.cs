using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>What a decision wants appended, and what it answers once that has been.</summary>
/// <typeparam name="T">The answer.</typeparam>
/// <param name="Events">Events to append; none: just answer.</param>
/// <param name="Answer">The answer; null with events: decide again after appending them.</param>
public readonly record struct Decision<T>(IReadOnlyList<SweepEvent> Events, T? Answer)
    where T : class;

/// <summary>
/// One process's view of one sweep: the folded log, kept up to date by reading only what is new, and the algorithm with its cache. All
/// appends of the process go through it one at a time; other processes are met at the log, whose append fails when it has moved.
/// </summary>
public sealed class SweepSession(IStore store, string sweep, TimeProvider time, TimeSpan refreshInterval)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly EventLog _log = new(store, sweep);
    private readonly SweepState _state = new();
    private ISearchAlgorithm? _algorithm;
    private long _refreshed;
    private bool _everRefreshed;

    /// <summary>Raised for every entry read or appended, in order, while the session is locked: return quickly.</summary>
    public event Action<SweepState, LogEntry>? Folded;

    /// <summary>Sweep id.</summary>
    public string Sweep => sweep;

    /// <summary>The algorithm of the sweep.</summary>
    public ISearchAlgorithm Algorithm => _algorithm ??= TunabilitySearch.Of(_state.Spec);

    /// <summary>Reads from the state, up to date within the refresh interval.</summary>
    public async ValueTask<T> Read<T>(Func<SweepState, T> read, CancellationToken cancellation, bool force = false)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await Refresh(force, cancellation);
            return read(_state);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Takes a decision and appends it: the decision sees the newest state, and is taken again when another writer was first. Everything
    /// a decision reads besides the state is its clock reading, in active milliseconds.
    /// </summary>
    /// <param name="decide">The decision.</param>
    /// <param name="cancellation">Cancels waiting and reading, not an append that has begun.</param>
    /// <param name="hosted">
    /// True: asked by the host that runs the sweep, so its clock moves on. False: asked from outside (a user, a host that is only taking
    /// over), when perhaps nothing has been running for days: the clock stays where the log left it.
    /// </param>
    public async ValueTask<T> Decide<T>(Func<SweepState, long, Decision<T>> decide, CancellationToken cancellation, bool hosted = true)
        where T : class
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await Refresh(force: false, cancellation);
            while (true)
            {
                DateTimeOffset now = time.GetUtcNow();
                long active = hosted ? ActiveMs(now) : _state.ActiveMs;
                Decision<T> decision = decide(_state, active);
                if (decision.Events.Count > 0)
                {
                    // Once begun, an append is not cancelled: its outcome would be unknown.
                    IReadOnlyList<LogEntry>? appended = await _log.TryAppend(decision.Events, now, active, CancellationToken.None);
                    if (appended is null)
                    {
                        await Refresh(force: true, cancellation);
                        continue;
                    }

                    foreach (LogEntry entry in appended) Fold(entry);
                }

                if (decision.Answer is { } answer) return answer;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Milliseconds the sweep has been running: what they were when the round opened, and what has passed since. Never less than the log says.
    /// </summary>
    private long ActiveMs(DateTimeOffset now) => _state.Round is null
        ? _state.ActiveMs
        : Math.Max(_state.ActiveMs, _state.RoundOpenedAt.ActiveMs + (long)(now - _state.RoundOpenedAt.At).TotalMilliseconds);

    private async ValueTask Refresh(bool force, CancellationToken cancellation)
    {
        if (!force && _everRefreshed && time.GetElapsedTime(_refreshed) < refreshInterval) return;
        foreach (LogEntry entry in await _log.ReadNew(cancellation)) Fold(entry);
        _refreshed = time.GetTimestamp();
        _everRefreshed = true;
    }

    private void Fold(LogEntry entry)
    {
        _state.Apply(entry);
        Folded?.Invoke(_state, entry);
    }
}
