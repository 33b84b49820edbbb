namespace StreamActors.Cluster;

/// <summary>
/// What a member knows of its lease, on its own clock, which must count the time in which the host is suspended. The lease
/// is counted from when a call was begun: etcd counts from later, so that the member's time ends first. One thread changes
/// it; any may ask.
/// </summary>
/// <param name="margin">How long before the end nothing is acknowledged any more.</param>
public sealed class LeaseGuard(TimeSpan margin)
{
    // Replaced as a whole, so that nobody sees one lease's id with another's end.
    private volatile Lease? _lease;

    /// <summary>The lease's id; 0 without one.</summary>
    public long Id => _lease?.Id ?? 0;

    /// <summary>When it ends.</summary>
    public TimeSpan End => _lease?.End ?? TimeSpan.Zero;

    /// <summary>Whether there is a lease that has not ended.</summary>
    /// <param name="now">The time.</param>
    public bool Holds(TimeSpan now) => _lease is { } lease && now < lease.End;

    /// <summary>Whether what was done before may be acknowledged now. To be asked after the write and its sync: a check
    /// before them fences nothing.</summary>
    /// <param name="now">The time, read after the write.</param>
    public bool MayAcknowledge(TimeSpan now) => _lease is { } lease && now + margin < lease.End;

    /// <summary>As the other, for what was done under one lease.</summary>
    /// <param name="now">The time, read after the write.</param>
    /// <param name="id">The lease's id.</param>
    public bool MayAcknowledge(TimeSpan now, long id) => _lease is { } lease && lease.Id == id && now + margin < lease.End;

    /// <summary>A lease was granted.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="begun">When the call was begun.</param>
    /// <param name="timeToLive">How long it lives.</param>
    public void Granted(long id, TimeSpan begun, TimeSpan timeToLive) => _lease = new Lease(id, begun + timeToLive);

    /// <summary>The lease was kept.</summary>
    /// <param name="begun">When the call was begun.</param>
    /// <param name="timeToLive">How long it lives.</param>
    public void Kept(TimeSpan begun, TimeSpan timeToLive)
    {
        var end = begun + timeToLive;
        if (_lease is { } lease && end > lease.End) _lease = lease with { End = end };
    }

    /// <summary>The lease is given up.</summary>
    public void Drop() => _lease = null;

    private sealed record Lease(long Id, TimeSpan End);
}
