namespace HyperCloud.Local;

/// <summary>
/// A clock that moves only when nothing else can happen: from one timer's due time to the next. Not thread-safe: it belongs to one pump.
/// </summary>
public sealed class VirtualClock(DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<Timer, (long Due, long Order)> _timers = new();
    private long _now;
    private long _order;

    /// <summary>Starts at the year 2000, so that records of simulations do not depend on the day.</summary>
    public VirtualClock()
        : this(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time passed since the start.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start.AddTicks(_now);

    /// <inheritdoc/>
    public override long GetTimestamp() => _now;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next due time and fires its timer; false when there is none.</summary>
    public bool Advance()
    {
        while (_timers.TryDequeue(out Timer? timer, out (long Due, long Order) priority))
        {
            if (timer.Version != priority.Order) continue;
            _now = Math.Max(_now, priority.Due);
            timer.Fire();
            return true;
        }

        return false;
    }

    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        /// <summary>The order number of the only queue entry that still counts.</summary>
        public long Version { get; private set; } = -1;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Version = -1;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            Version = clock._order++;
            clock._timers.Enqueue(this, (clock._now + Math.Max(0, dueTime.Ticks), Version));
            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero) Change(_period, _period);
            else Version = -1;
            callback(state);
        }

        public void Dispose() => Version = -1;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
