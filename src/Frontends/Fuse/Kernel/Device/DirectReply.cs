namespace StreamActors.Fuse.Kernel;

/// <summary>The reply of the request that a device thread is working on; one object for each thread, used again.</summary>
public sealed class DirectReply : Reply
{
    private readonly ParkedReplies _parked;
    private bool _settled = true;

    /// <summary>Makes the reply of one device thread.</summary>
    /// <param name="channel">The thread's descriptor.</param>
    /// <param name="parked">Where parked requests wait for an INTERRUPT.</param>
    public DirectReply(IFuseChannel channel, ParkedReplies parked)
    {
        Channel = channel;
        _parked = parked;
    }

    /// <inheritdoc/>
    protected override IFuseChannel Channel { get; }

    /// <summary>Whether the request was answered, parked, or wants no answer.</summary>
    public bool IsSettled => _settled;

    /// <summary>Starts the next request.</summary>
    /// <param name="unique">Its id.</param>
    public void Begin(ulong unique)
    {
        Unique = unique;
        _settled = false;
    }

    /// <summary>Says that the request wants no answer (FORGET, BATCH_FORGET, INTERRUPT, DESTROY).</summary>
    public void NoAnswer() => _settled = true;

    /// <inheritdoc/>
    public override ParkedReply Park()
    {
        if (!TryClaim())
            throw new InvalidOperationException($"request {Unique} was answered before it was parked");
        return _parked.Add(Unique, Channel);
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
