namespace StreamActors.Runtime;

/// <summary>A message on its way, and its link in the queue.</summary>
internal sealed class Envelope(object? message, IActorRef? sender)
{
    public object? Message = message;
    public IActorRef? Sender = sender;
    public Envelope? Next;
}

/// <summary>A queue of many writers and one reader, linked (D. Vyukov's non-intrusive MPSC node-based queue): a
/// write is one exchange, an empty queue costs one node.</summary>
internal struct MessageQueue
{
    private Envelope _tail;
    private Envelope _head;

    public MessageQueue() => _head = _tail = new Envelope(null, null);

    public void Enqueue(object message, IActorRef? sender)
    {
        var added = new Envelope(message, sender);
        var before = Interlocked.Exchange(ref _tail, added);
        Volatile.Write(ref before.Next, added);
    }

    /// <summary>Takes the oldest message. False also while a writer is between its two steps: it will signal.</summary>
    public bool TryDequeue(out object message, out IActorRef? sender)
    {
        var next = Volatile.Read(ref _head.Next);
        if (next is null)
        {
            (message, sender) = (null!, null);
            return false;
        }
        (message, sender) = (next.Message!, next.Sender);
        // The node stays as the queue's new head; it must not keep the message alive.
        (next.Message, next.Sender) = (null, null);
        _head = next;
        return true;
    }
}
