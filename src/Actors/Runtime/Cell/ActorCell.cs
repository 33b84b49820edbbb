namespace StreamActors.Runtime;

/// <summary>What runs one actor: its mailbox, its life, its children. This part is the mailbox and the turn.</summary>
/// <remarks><c>pending</c> counts what was posted and not yet handled. Who raises it from 0 to 1 hands the cell
/// to the dispatcher; the turn subtracts what it handled at its end, and goes on while something is left. So at
/// most one thread runs the cell, and the interlocked operations publish the actor's state from turn to turn.</remarks>
internal sealed partial class ActorCell : IActorContext, IThreadPoolWorkItem
{
    [ThreadStatic]
    private static ActorCell? current;

    private readonly LocalActorRef self;
    private readonly ActorCell? parent;
    private readonly int capacity;
    private MessageQueue messages = new();
    private SystemMessage? systemMessages;
    private Queue<Envelope>? held;
    private int pending;
    private int handledInTurn;
    private int heldCount;
    private long rejected;
    private object? currentMessage;
    private IActorRef? currentSender;

    public ActorCell(ActorSystem system, Props props, ActorCell? parent, string name)
    {
        (System, Props, this.parent) = (system, props, parent);
        self = new LocalActorRef(this, parent?.self, name, system.NextUid());
        capacity = props.MailboxCapacity ?? system.Options.MailboxCapacity;
    }

    /// <summary>The cell that this thread runs, if any.</summary>
    public static ActorCell? Current => current;

    public ActorSystem System { get; }

    public Props Props { get; }

    public IActorRef Self => self;

    public LocalActorRef SelfRef => self;

    public IActorRef Parent => parent is null ? ActorRefs.Nobody : parent.self;

    public IActorRef Sender => currentSender ?? System.DeadLetters;

    public IActorRef? SenderOrNull => currentSender;

    /// <summary>Takes a message in, or answers its sender that the mailbox is full. The bound is exact for one
    /// sender; each further one that sends at the same moment can pass it by one message.</summary>
    public void Enqueue(object message, IActorRef? sender)
    {
        var waiting = Volatile.Read(ref pending) - Volatile.Read(ref handledInTurn) + Volatile.Read(ref heldCount);
        if (waiting >= capacity) RejectFull(message, sender);
        else Post(message, sender);
    }

    /// <summary>Takes a message in whatever waits; for the runtime's own, whose number is bounded elsewhere.</summary>
    public void Post(object message, IActorRef? sender)
    {
        messages.Enqueue(message, sender);
        Signal();
    }

    public void PostSystem(SystemMessage message)
    {
        var first = Volatile.Read(ref systemMessages);
        while (true)
        {
            message.Next = first;
            var seen = Interlocked.CompareExchange(ref systemMessages, message, first);
            if (ReferenceEquals(seen, first)) break;
            first = seen;
        }
        Signal();
    }

    /// <summary>One turn: the system messages, and up to the dispatcher's throughput of others.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var outer = current;
        current = this;
        var dispatcher = System.Dispatcher;
        var throughput = dispatcher.Throughput;
        var handled = 0;
        try
        {
            do
            {
                handled += HandleSystemMessages();
                if (!TryTake(out var message, out var sender)) break;
                Volatile.Write(ref handledInTurn, ++handled);
                HandleMessage(message, sender);
            }
            while (handled < throughput);
        }
        finally
        {
            current = outer;
        }
        // Before the subtraction: after it another thread may be in the next turn.
        Volatile.Write(ref handledInTurn, 0);
        if (Interlocked.Add(ref pending, -handled) > 0) dispatcher.Yield(this);
    }

    /// <summary>A message that no handler took: who asked must not wait in vain.</summary>
    public void ReportUnhandled(object message)
    {
        System.Log.UnhandledMessage(self, message.GetType());
        if (currentSender is IAskPromise promise && message is not Status)
            promise.Fail(new InvalidMessageException($"{self.Path} doesn't handle {message.GetType().Name}."));
    }

    private void Signal()
    {
        if (Interlocked.Increment(ref pending) == 1) System.Dispatcher.Execute(this);
    }

    private int HandleSystemMessages()
    {
        if (Volatile.Read(ref systemMessages) is null) return 0;
        var handled = 0;
        var next = Reverse(Interlocked.Exchange(ref systemMessages, null));
        while (next is not null)
        {
            var message = next;
            next = message.Next;
            message.Next = null;
            handled++;
            HandleSystemMessage(message);
        }
        return handled;
    }

    /// <summary>They are pushed like on a stack; the first pushed is the first to be handled.</summary>
    private static SystemMessage? Reverse(SystemMessage? last)
    {
        SystemMessage? first = null;
        while (last is not null)
        {
            var before = last.Next;
            last.Next = first;
            first = last;
            last = before;
        }
        return first;
    }

    private bool TryTake(out object message, out IActorRef? sender)
    {
        if (held is null || state is not (CellState.Running or CellState.Stopping or CellState.Terminated))
            return messages.TryDequeue(out message, out sender);
        var envelope = held.Dequeue();
        Volatile.Write(ref heldCount, held.Count);
        if (held.Count == 0) held = null;
        (message, sender) = (envelope.Message!, envelope.Sender);
        return true;
    }

    /// <summary>Keeps a message while the supervisor decides. It leaves <c>pending</c> with this turn, and is
    /// added to it again by <see cref="ReleaseHeld"/>.</summary>
    private void Hold(object message, IActorRef? sender)
    {
        (held ??= new Queue<Envelope>()).Enqueue(new Envelope(message, sender));
        Volatile.Write(ref heldCount, held.Count);
    }

    private void ReleaseHeld()
    {
        if (held is not null) Interlocked.Add(ref pending, held.Count);
    }

    private void RejectFull(object message, IActorRef? sender)
    {
        System.CountDropped();
        var count = Interlocked.Increment(ref rejected);
        // At 1, 2, 4, 8, ... so that a flood of messages is no flood of log lines.
        if (long.IsPow2(count)) System.Log.MailboxFull(self, capacity, count, message.GetType());
        FailSender(message, sender, new MailboxFullException(self.Path, capacity));
    }

    /// <summary>Tells the sender that its message was not handled. A failure is never answered by a failure.</summary>
    private void FailSender(object message, IActorRef? sender, Exception cause)
    {
        if (sender is not null && message is not Status.Failure) sender.Tell(new Status.Failure(cause), self);
    }
}
