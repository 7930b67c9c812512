namespace HyperCloud.Runners.Tests;

/// <summary>A clock that goes on only when told, timer by timer.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private long _now;

    public TimeSpan Now => TimeSpan.FromTicks(_now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Goes to the next timer until the task is done.</summary>
    public async Task<T> Finish<T>(Task<T> task)
    {
        while (!task.IsCompleted && _timers.MinBy(t => t.Due) is { } next)
        {
            _now = Math.Max(_now, next.Due);
            _timers.Remove(next);
            next.Callback(next.State);
        }

        return await task;
    }

    private sealed class Timer(VirtualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public long Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner._timers.Remove(this);
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            Due = owner._now + dueTime.Ticks;
            owner._timers.Add(this);
            return true;
        }

        public void Dispose() => owner._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
