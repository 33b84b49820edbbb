namespace StreamActors.Cluster;

/// <summary>
/// What a member knows of its lease, on its own clock, which must count the time in which the host is suspended. The lease
/// is counted from when a call was begun: etcd counts from later, so that the member's time ends first.
/// </summary>
/// <param name="margin">How long before the end nothing is acknowledged any more.</param>
public sealed class LeaseGuard(TimeSpan margin)
{
    /// <summary>The lease's id; 0 without one.</summary>
    public long Id { get; private set; }

    /// <summary>When it ends.</summary>
    public TimeSpan End { get; private set; }

    /// <summary>Whether there is a lease that has not ended.</summary>
    /// <param name="now">The time.</param>
    public bool Holds(TimeSpan now) => Id != 0 && now < End;

    /// <summary>Whether what was done before may be acknowledged now. To be asked after the write and its sync: a check
    /// before them fences nothing.</summary>
    /// <param name="now">The time, read after the write.</param>
    public bool MayAcknowledge(TimeSpan now) => Id != 0 && now + margin < End;

    /// <summary>A lease was granted.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="begun">When the call was begun.</param>
    /// <param name="timeToLive">How long it lives.</param>
    public void Granted(long id, TimeSpan begun, TimeSpan timeToLive) => (Id, End) = (id, begun + timeToLive);

    /// <summary>The lease was kept.</summary>
    /// <param name="begun">When the call was begun.</param>
    /// <param name="timeToLive">How long it lives.</param>
    public void Kept(TimeSpan begun, TimeSpan timeToLive)
    {
        var end = begun + timeToLive;
        if (end > End) End = end;
    }

    /// <summary>The lease is given up.</summary>
    public void Drop() => (Id, End) = (0, TimeSpan.Zero);
}
