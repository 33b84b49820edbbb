namespace StreamActors.Sources.Simulated;

/// <summary>
/// The release of one host's streams: message k, counted from 0, at start + (k + 1) × interval, or all at the start. It goes by the monotonic clock, so that sizes never shrink when the wall clock is set back.
/// </summary>
public sealed class ReleaseClock : IReleaseClock
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

    /// <inheritdoc/>
    public DateTimeOffset StartedAt { get; }

    /// <inheritdoc/>
    public TimeSpan Elapsed => _time.GetElapsedTime(_startTimestamp);

    /// <inheritdoc/>
    public int Released(TimeSpan elapsed, int total) =>
        _interval is { } interval ? (int)Math.Clamp(elapsed.Ticks / interval.Ticks, 0, total) : total;

    /// <inheritdoc/>
    public TimeSpan? UntilNext(TimeSpan elapsed, int total)
    {
        var released = Released(elapsed, total);
        return released < total && _interval is { } interval ? ((released + 1) * interval) - elapsed : null;
    }

    /// <inheritdoc/>
    public DateTimeOffset ReleasedAt(int released) =>
        _interval is { } interval ? StartedAt + (released * interval) : StartedAt;
}
