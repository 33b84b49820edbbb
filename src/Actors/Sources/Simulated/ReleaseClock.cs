namespace StreamActors.Sources.Simulated;

/// <summary>
/// When the messages of simulated topics are released: message k, counted from 0, at start + (k + 1) × interval, or all
/// at the start. It goes by the monotonic clock, so that sizes never shrink when the wall clock is set back.
/// </summary>
public sealed class ReleaseClock
{
    private readonly TimeProvider _time;
    private readonly TimeSpan? _interval;
    private readonly long _startTimestamp;

    /// <summary>Starts the release now.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="interval">From one message to the next, above zero; null to release all at once.</param>
    public ReleaseClock(TimeProvider time, TimeSpan? interval)
    {
        if (interval is { } given)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, TimeSpan.Zero, nameof(interval));
        _time = time;
        _interval = interval;
        _startTimestamp = time.GetTimestamp();
        StartedAt = time.GetUtcNow();
    }

    /// <summary>When it started, by the wall clock.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_startTimestamp);

    /// <summary>How many messages are released.</summary>
    /// <param name="elapsed">Time since the start.</param>
    /// <param name="total">How many there are.</param>
    /// <returns>From 0 to <paramref name="total"/>.</returns>
    public int Released(TimeSpan elapsed, int total) =>
        _interval is { } interval ? (int)Math.Clamp(elapsed.Ticks / interval.Ticks, 0, total) : total;

    /// <summary>How long until there are more messages.</summary>
    /// <param name="elapsed">Time since the start.</param>
    /// <param name="total">How many there are.</param>
    /// <returns>Null where all are released.</returns>
    public TimeSpan? UntilNext(TimeSpan elapsed, int total)
    {
        var released = Released(elapsed, total);
        return released < total && _interval is { } interval ? ((released + 1) * interval) - elapsed : null;
    }

    /// <summary>When the last of so many messages was released, by the wall clock of the start.</summary>
    /// <param name="released">How many are released.</param>
    /// <returns>The start where none is.</returns>
    public DateTimeOffset ReleasedAt(int released) =>
        _interval is { } interval ? StartedAt + (released * interval) : StartedAt;
}
