using System.Collections.Concurrent;

namespace HyperCloud.Runners.Tests;

/// <summary>
/// The machine's clock, on which the time spans chosen by the test pass at once and are noted; all others take as long as they take.
/// </summary>
internal sealed class HastyTime(Func<TimeSpan, bool> isPassed) : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Passed { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan || !isPassed(dueTime)) return base.CreateTimer(callback, state, dueTime, period);
        Passed.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
