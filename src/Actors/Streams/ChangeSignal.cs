namespace StreamActors.Streams;

/// <summary>
/// Tells an actor, by a message that is this object, that something changed. As many changes as come before the message is
/// handled are one message.
/// </summary>
internal sealed class ChangeSignal(IActorRef to)
{
    private int _isTold;

    /// <summary>Something changed. Any thread.</summary>
    public void Raise()
    {
        if (Interlocked.Exchange(ref _isTold, 1) == 0)
            to.Tell(this, to);
    }

    /// <summary>Said by who is told, before it looks what changed, so that no change after that is missed.</summary>
    public void Taken() => Interlocked.Exchange(ref _isTold, 0);
}
