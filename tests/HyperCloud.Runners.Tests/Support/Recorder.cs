using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

/// <summary>A reporter that remembers everything and finds out when it is called twice at once.</summary>
internal sealed class Recorder : IRunReporter
{
    private readonly TaskCompletionSource<string> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;

    public List<RunReport> Reports { get; } = [];

    public List<string> Lines { get; } = [];

    /// <summary>Answers a report; default: go on.</summary>
    public Func<RunReport, ReportDecision> Decide { get; init; } = _ => ReportDecision.Continue;

    /// <summary>Whether a report takes a turn of the thread pool, as one to a store would; false keeps virtual time on one thread.</summary>
    public bool Yields { get; init; } = true;

    public bool Overlapped { get; private set; }

    /// <summary>The handle, once the run has started.</summary>
    public Task<string> Started => _started.Task;

    /// <summary>Completes when the run has printed something.</summary>
    public Task FirstLine => _firstLine.Task;

    public string Log => string.Join('\n', Lines);

    public async ValueTask<ReportDecision> Report(RunReport report, CancellationToken cancellation)
    {
        Enter();
        if (Yields) await Task.Yield();
        Reports.Add(report);
        ReportDecision decision = Decide(report);
        Leave();
        return decision;
    }

    void IRunReporter.Log(string line)
    {
        Enter();
        Lines.Add(line);
        Leave();
        _firstLine.TrySetResult();
    }

    ValueTask IRunReporter.Started(string handle, CancellationToken cancellation)
    {
        _started.SetResult(handle);
        return ValueTask.CompletedTask;
    }

    private void Enter()
    {
        if (Interlocked.Increment(ref _inside) != 1) Overlapped = true;
    }

    private void Leave() => Interlocked.Decrement(ref _inside);
}
