namespace StreamActors.Fuse.Kernel;

/// <summary>The reply of the request that a device thread is working on; one object for each thread, used again.</summary>
public sealed class DirectReply : Reply
{
    private readonly ParkedReplies _parkedReplies;
    private bool _settled = true;
    private bool _mayWait;
    private ParkedReply? _parked;

    /// <summary>Makes the reply of one device thread.</summary>
    /// <param name="channel">The thread's descriptor.</param>
    /// <param name="parked">Where parked requests wait for an INTERRUPT.</param>
    public DirectReply(IFuseChannel channel, ParkedReplies parked)
    {
        Channel = channel;
        _parkedReplies = parked;
    }

    /// <inheritdoc/>
    protected override IFuseChannel Channel { get; }

    /// <summary>Whether the request was answered, parked, or wants no answer.</summary>
    public bool IsSettled => _settled;

    /// <summary>Starts the next request.</summary>
    /// <param name="unique">Its id.</param>
    /// <param name="mayWait">Whether it may wait without end where it is parked, and is to be ended when the mount drains.</param>
    public void Begin(ulong unique, bool mayWait = false)
    {
        Unique = unique;
        _mayWait = mayWait;
        _settled = false;
    }

    /// <summary>Ends the request's part on this thread: a parked token is now its owner's alone, and finalized where that forgets it.</summary>
    public void End() => _parked = null;

    /// <summary>Says that the request wants no answer (FORGET, BATCH_FORGET, INTERRUPT, NOTIFY_REPLY).</summary>
    public void NoAnswer() => _settled = true;

    /// <summary>Answers with an error where the handler did not, or may not: it threw after it had parked.</summary>
    /// <param name="error">The error.</param>
    /// <returns>Whether this answered it.</returns>
    public bool Fail(Errno error)
    {
        if (_settled)
            return _parked is { } parked && parked.TrySend(error);
        Send(error);
        return true;
    }

    /// <inheritdoc/>
    public override ParkedReply Park()
    {
        if (!TryClaim())
            throw new InvalidOperationException($"request {Unique} was answered before it was parked");
        return _parked = _parkedReplies.Add(Unique, Channel, _mayWait);
    }

    /// <inheritdoc/>
    protected override bool TryClaim()
    {
        if (_settled)
            return false;
        _settled = true;
        return true;
    }
}
