namespace StreamActors.TestKit;

/// <summary>A clock that stands until it is told to advance. Timers fire inside of the call that advances it, in
/// the order of their times, and of their creation where the times are equal.</summary>
public sealed class VirtualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(VirtualTimer Timer, long Version), (long Due, long Sequence)> _queue = new();
    private readonly DateTimeOffset _start;
    private long _now;
    private long _sequence;

    /// <summary>Starts at <paramref name="start"/>; at a fixed moment when it isn't given.</summary>
    public VirtualTime(DateTimeOffset? start = null) =>
        _start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp()
    {
        lock (_gate) return _now;
    }

    public override DateTimeOffset GetUtcNow() => _start + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets <paramref name="time"/> pass, and fires what becomes due.</summary>
    public void Advance(TimeSpan time)
    {
        var end = GetTimestamp() + time.Ticks;
        while (FireNext(end))
        {
        }
    }

    /// <summary>Goes to the next timer up to <paramref name="limit"/> and fires it.</summary>
    /// <returns>False, with the clock at the limit, when there is none.</returns>
    public bool FireNext(long limit)
    {
        VirtualTimer? timer;
        lock (_gate)
        {
            timer = Next(limit);
            if (timer is null)
            {
                _now = Math.Max(_now, limit);
                return false;
            }
        }
        timer.Fire();
        return true;
    }

    /// <summary>When the next timer is due, as a timestamp; null without timers.</summary>
    public long? NextDue
    {
        get
        {
            lock (_gate)
            {
                DropStale();
                return _queue.TryPeek(out _, out var at) ? at.Due : null;
            }
        }
    }

    private VirtualTimer? Next(long limit)
    {
        DropStale();
        if (!_queue.TryPeek(out var entry, out var at) || at.Due > limit) return null;
        _queue.Dequeue();
        _now = Math.Max(_now, at.Due);
        if (entry.Timer.Period is { } period) Schedule(entry.Timer, period);
        return entry.Timer;
    }

    private void DropStale()
    {
        while (_queue.TryPeek(out var entry, out _) && entry.Timer.Version != entry.Version) _queue.Dequeue();
    }

    private void Schedule(VirtualTimer timer, TimeSpan due) =>
        _queue.Enqueue((timer, timer.Version), (_now + due.Ticks, _sequence++));

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Raised by each change; entries of the queue with another one are stale.</summary>
        public long Version { get; private set; }

        public TimeSpan? Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Version++;
                Period = period > TimeSpan.Zero ? period : null;
                if (dueTime >= TimeSpan.Zero) time.Schedule(this, dueTime);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
