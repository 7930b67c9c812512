using System.Globalization;
using System.Runtime.ExceptionServices;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// One run inside this process: takes its reports to the host, ends it when a report is answered with stop, when its time is up or when the
/// host asks, and turns what happens into an outcome. Code cannot be killed like a process: it is asked to end by its cancellation token,
/// has <see cref="Grace"/> to do so, and is then abandoned: it may go on computing, but nothing it reports is heard any more.
/// </summary>
/// <remarks>
/// On the machine's clock the work runs on the thread pool, so that busy code cannot hold up its host. With any other
/// <see cref="TimeProvider"/> (virtual time) it runs on the caller's thread, so that one pump sees all that happens.
/// </remarks>
internal sealed class InProcessRun
{
    /// <summary>How long work that was asked to end is waited for.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly IRunReporter _reporter;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _asked = new();
    private Exception? _reporterFault;
    private int _cause;

    private InProcessRun(IRunReporter reporter) => _reporter = reporter;

    private enum Cause
    {
        None,
        Stop,
        Timeout,
        Cancel,
        Fault,
    }

    /// <summary>Cancelled when the work should end, for whatever reason.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Does the work and answers how it ended.</summary>
    /// <param name="work">The work; calls <see cref="Report"/> and watches <see cref="Token"/>.</param>
    /// <param name="runTime">The time limit, if any.</param>
    /// <param name="reporter">Takes reports.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<RunOutcome> Execute(
        Func<InProcessRun, Task> work, TimeSpan? runTime, IRunReporter reporter, TimeProvider time, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return new RunOutcome.Cancelled();
        var run = new InProcessRun(reporter);
        Task task;
        await using (cancellation.Register(() => run.Ask(Cause.Cancel)))
        await using (runTime is { } limit ? time.CreateTimer(_ => run.Ask(Cause.Timeout), null, limit, Timeout.InfiniteTimeSpan) : null)
        {
            task = time == TimeProvider.System ? Task.Run(() => work(run), CancellationToken.None) : Begin(work, run);
            await Task.WhenAny(task, run._asked.Task);
        }

        // The grace period: code in this process cannot be killed, only asked and then left.
        if (!task.IsCompleted) await Task.WhenAny(task, Task.Delay(Grace, time, CancellationToken.None));
        if (!task.IsCompleted)
        {
            reporter.Log(string.Create(CultureInfo.InvariantCulture, $"(the code did not end within {Durations.Format(Grace)} of being asked to and was abandoned)"));
            _ = task.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default); // Observed, so that it does not surface elsewhere.
        }

        return run.Outcome(task, runTime);
    }

    /// <summary>Hands over a report. True: the run must end now; the token is cancelled as well.</summary>
    public async ValueTask<bool> Report(RunReport report)
    {
        if (_end.IsCancellationRequested) return true;
        try
        {
            if ((await _reporter.Report(report, _end.Token)).Stop) Ask(Cause.Stop);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_end.IsCancellationRequested)
        {
            _reporterFault = e;
            Ask(Cause.Fault);
        }

        return _end.IsCancellationRequested;
    }

    private static async Task Begin(Func<InProcessRun, Task> work, InProcessRun run) => await work(run);

    private void Ask(Cause cause)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)Cause.None) != (int)Cause.None) return;
        _end.Cancel();
        _asked.TrySetResult();
    }

    private RunOutcome Outcome(Task task, TimeSpan? runTime)
    {
        switch ((Cause)Volatile.Read(ref _cause))
        {
            case Cause.Stop: return new RunOutcome.Stopped();
            case Cause.Cancel: return new RunOutcome.Cancelled();
            case Cause.Timeout: return new RunOutcome.Failed("timeout", $"ran longer than runTime {Durations.Format(runTime!.Value)}");
            case Cause.Fault:
                ExceptionDispatchInfo.Throw(_reporterFault!);
                break;
        }

        return task.Exception?.InnerException is { } e ? e is DataException ? new RunOutcome.Failed("data", e.Message) : new RunOutcome.Failed("exception", Describe(e))
            : task.IsCanceled ? new RunOutcome.Failed("exception", "the code ended itself as cancelled, although nobody had asked for it")
            : new RunOutcome.Finished();
    }

    private static string Describe(Exception e)
    {
        string[] frames = [.. (e.StackTrace ?? "").Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0).Take(5)];
        return string.Join('\n', [$"{e.GetType().Name}: {e.Message}", .. frames]);
    }
}
