namespace StreamActors.Runtime;

/// <summary>What runs one actor: its mailbox, its life, its children. This part is the mailbox and the turn.</summary>
/// <remarks><c>_pending</c> counts what was posted and not yet handled. Who raises it from 0 to 1 hands the cell
/// to the dispatcher; the turn subtracts what it handled at its end, and goes on while something is left. So at
/// most one thread runs the cell, and the interlocked operations publish the actor's state from turn to turn.</remarks>
internal sealed partial class ActorCell : IActorContext, IThreadPoolWorkItem
{
    [ThreadStatic]
    private static ActorCell? _current;

    private readonly LocalActorRef _self;
    private readonly ActorCell? _parent;
    private readonly int _capacity;
    private MessageQueue _messages = new();
    private SystemMessage? _systemMessages;
    private Queue<Envelope>? _held;
    private int _pending;
    private int _handledInTurn;
    private int _heldCount;
    private long _rejected;
    private object? _currentMessage;
    private IActorRef? _currentSender;

    public ActorCell(ActorSystem system, Props props, ActorCell? parent, string name)
    {
        (System, Props, _parent) = (system, props, parent);
        _self = new LocalActorRef(this, parent?._self, name, system.NextUid());
        _capacity = props.MailboxCapacity ?? system.Options.MailboxCapacity;
    }

    /// <summary>The cell that this thread runs, if any.</summary>
    public static ActorCell? Current => _current;

    public ActorSystem System { get; }

    public Props Props { get; }

    public IActorRef Self => _self;

    public IActorRef Parent => _parent is null ? ActorRefs.Nobody : _parent._self;

    public IActorRef Sender => _currentSender ?? System.DeadLetters;

    public IActorRef? SenderOrNull => _currentSender;

    /// <summary>Takes a message in, or answers its sender that the mailbox is full. The bound is exact for one
    /// sender; each further one that sends at the same moment can pass it by one message. What an actor sends itself,
    /// as the outcome of work that it began, gets through: it bounds that work, and would never hear of its end.</summary>
    public void Enqueue(object message, IActorRef? sender)
    {
        var waiting = Volatile.Read(ref _pending) - Volatile.Read(ref _handledInTurn) + Volatile.Read(ref _heldCount);
        if (waiting >= _capacity && !ReferenceEquals(sender, _self)) RejectFull(message, sender);
        else Post(message, sender);
    }

    /// <summary>Takes a message in whatever waits; for the runtime's own, whose number is bounded elsewhere.</summary>
    public void Post(object message, IActorRef? sender)
    {
        _messages.Enqueue(message, sender);
        Signal();
    }

    /// <summary>As <see cref="Post"/>, on the thread of a timer, which may do what there is to do by itself.</summary>
    public void PostFromTimer(ActorTimer tick)
    {
        _messages.Enqueue(tick, null);
        if (Interlocked.Increment(ref _pending) == 1) System.Dispatcher.ExecuteFromTimer(this);
    }

    public void PostSystem(SystemMessage message)
    {
        var first = Volatile.Read(ref _systemMessages);
        while (true)
        {
            message.Next = first;
            var seen = Interlocked.CompareExchange(ref _systemMessages, message, first);
            if (ReferenceEquals(seen, first)) break;
            first = seen;
        }
        Signal();
    }

    /// <summary>One turn: the system messages, and up to the dispatcher's throughput of others.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        var outer = _current;
        _current = this;
        var dispatcher = System.Dispatcher;
        var throughput = dispatcher.Throughput;
        var handled = 0;
        try
        {
            do
            {
                handled += HandleSystemMessages();
                if (!TryTake(out var message, out var sender)) break;
                Volatile.Write(ref _handledInTurn, ++handled);
                HandleMessage(message, sender);
            }
            while (handled < throughput);
        }
        finally
        {
            _current = outer;
        }
        // Before the subtraction: after it another thread may be in the next turn.
        Volatile.Write(ref _handledInTurn, 0);
        if (Interlocked.Add(ref _pending, -handled) > 0) dispatcher.Yield(this);
    }

    /// <summary>A message that no handler took: who asked must not wait in vain.</summary>
    public void ReportUnhandled(object message)
    {
        System.Log.UnhandledMessage(_self, message.GetType());
        if (_currentSender is IAskPromise promise && message is not Status)
            promise.Fail(new InvalidMessageException($"{_self.Path} doesn't handle {message.GetType().Name}."));
    }

    private void Signal()
    {
        if (Interlocked.Increment(ref _pending) == 1) System.Dispatcher.Execute(this);
    }

    private int HandleSystemMessages()
    {
        if (Volatile.Read(ref _systemMessages) is null) return 0;
        var handled = 0;
        var next = Reverse(Interlocked.Exchange(ref _systemMessages, null));
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
        if (_held is null || _state is not (CellState.Running or CellState.Stopping or CellState.Terminated))
            return _messages.TryDequeue(out message, out sender);
        var envelope = _held.Dequeue();
        Volatile.Write(ref _heldCount, _held.Count);
        if (_held.Count == 0) _held = null;
        (message, sender) = (envelope.Message!, envelope.Sender);
        return true;
    }

    /// <summary>Keeps a message while the supervisor decides. It leaves <c>_pending</c> with this turn, and is
    /// added to it again by <see cref="ReleaseHeld"/>.</summary>
    private void Hold(object message, IActorRef? sender)
    {
        (_held ??= new Queue<Envelope>()).Enqueue(new Envelope(message, sender));
        Volatile.Write(ref _heldCount, _held.Count);
    }

    private void ReleaseHeld()
    {
        if (_held is not null) Interlocked.Add(ref _pending, _held.Count);
    }

    private void RejectFull(object message, IActorRef? sender)
    {
        System.CountDropped();
        var count = Interlocked.Increment(ref _rejected);
        // At 1, 2, 4, 8, ... so that a flood of messages is no flood of log lines.
        if (long.IsPow2(count)) System.Log.MailboxFull(_self, _capacity, count, message.GetType());
        FailSender(message, sender, new MailboxFullException(_self.Path, _capacity));
    }

    /// <summary>Tells the sender that its message was not handled. A failure is never answered by a failure.</summary>
    private void FailSender(object message, IActorRef? sender, Exception cause)
    {
        if (sender is not null && message is not Status.Failure) sender.Tell(new Status.Failure(cause), _self);
    }
}
