namespace HyperCloud.Web.Tests;

/// <summary>A clock that stands still until it is moved; then all timers that have come due fire. Safe for many threads.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        Timer[] due;
        lock (_lock)
        {
            _now += by.Ticks;
            due = [.. _timers.Where(t => t.Due <= _now)];
            foreach (Timer t in due) t.Next(_now);
        }

        foreach (Timer t in due) t.Fire();
    }

    private sealed class Timer(ManualTime owner, Action fire) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = owner._now + dueTime.Ticks;
                owner._timers.Add(this);
                return true;
            }
        }

        public void Next(long now)
        {
            if (_period > TimeSpan.Zero) Due = now + _period.Ticks;
            else owner._timers.Remove(this);
        }

        public void Dispose()
        {
            lock (owner._lock) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
