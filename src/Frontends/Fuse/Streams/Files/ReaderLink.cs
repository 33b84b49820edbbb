using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Who knows a handle that reads: its open, its waits and its close are asked there.</summary>
internal abstract class ReaderLink
{
    private readonly Lock _gate = new();
    private List<TaskCompletionSource<Failure?>> _reopening = [];
    private long _lastWaiter;

    protected ReaderLink(StreamsContext context, HandleId id)
    {
        Context = context;
        Id = id;
    }

    /// <summary>What the inodes share.</summary>
    public StreamsContext Context { get; }

    /// <summary>The handle's id.</summary>
    public HandleId Id { get; }

    /// <summary>Takes the reader of an open anew.</summary>
    public Action<IPartitionReader>? Reopened { get; set; }

    /// <summary>Whether the handle is for writing only.</summary>
    public virtual bool OnlyWrites => false;

    /// <summary>How much further the positions of the reader that the actor has are than the handle's, in bytes.</summary>
    public long Shift { get; set; }

    /// <summary>Who is asked.</summary>
    protected abstract IActorRef Actor { get; }

    /// <summary>The request that opens the handle.</summary>
    public abstract object OpenRequest { get; }

    /// <summary>Opens the handle. The task does not fail.</summary>
    /// <returns>The reply; <see cref="ReaderIn"/> knows the good ones.</returns>
    public Task<object> OpenAsync() => Context.AskAsync(Actor, OpenRequest);

    /// <summary>Waits until the end is behind a position, without a deadline.</summary>
    /// <param name="waiter">Names the wait.</param>
    /// <param name="position">Position in bytes.</param>
    /// <param name="untilComplete">Whether the wait ends, too, when everything is there that the source has.</param>
    /// <param name="inTurn">Whether to go on in the actor's turn, which saves a reader some microseconds.</param>
    /// <returns>The reply; the task may fail.</returns>
    public Task<object> Wait(WaiterId waiter, long position, bool untilComplete = false, bool inTurn = false)
    {
        var request = WaitRequest(waiter, Math.Max(0, position + Shift), untilComplete);
        return inTurn ? Actor.AskInTurn(request) : Actor.Ask<object>(request);
    }

    /// <summary>Tells the actor of the handle again, once for all who find that it does not know it. The task does not fail.</summary>
    /// <returns>Null, or why it can't be opened again.</returns>
    public Task<Failure?> ReopenAsync()
    {
        // A task of its own for each: of one that several await only one goes on where it ends, and all others elsewhere.
        var told = new TaskCompletionSource<Failure?>();
        lock (_gate)
        {
            _reopening.Add(told);
            if (_reopening.Count > 1)
                return told.Task;
        }
        _ = ReopenOnceAsync();
        return told.Task;
    }

    /// <summary>Ends a wait.</summary>
    /// <param name="waiter">Names the wait.</param>
    public void CancelWait(WaiterId waiter) => Actor.Tell(CancelRequest(waiter), null);

    /// <summary>Closes the handle; also one whose open is under way.</summary>
    public void Close() => Actor.TellInPlace(CloseRequest);

    /// <summary>A name that no wait of the handle has.</summary>
    public WaiterId NewWaiter() => new(Interlocked.Increment(ref _lastWaiter));

    /// <summary>The reader in the reply to an open.</summary>
    /// <param name="reply">The reply.</param>
    /// <returns>Null where it is a failure.</returns>
    public static IPartitionReader? ReaderIn(object? reply) => reply switch
    {
        PartitionReply.Opened opened => opened.Reader,
        TopicReply.Opened opened => opened.Reader,
        _ => null,
    };

    protected abstract object CloseRequest { get; }

    private async Task ReopenOnceAsync()
    {
        var reply = await Context.AskElsewhereAsync(Actor, OpenRequest).ConfigureAwait(false);
        var failure = default(Failure);
        if (ReaderIn(reply) is { } reader)
            Reopened!(reader);
        else
            failure = StreamsContext.FailureOf(reply);
        List<TaskCompletionSource<Failure?>> waiting;
        lock (_gate)
            (waiting, _reopening) = (_reopening, []);
        foreach (var told in waiting)
            told.SetResult(failure);
    }

    protected abstract object WaitRequest(WaiterId waiter, long position, bool untilComplete);

    protected abstract object CancelRequest(WaiterId waiter);

    /// <summary>A handle of a partition.</summary>
    internal abstract class OfPartition(StreamsContext context, HandleId id, PartitionId partition) : ReaderLink(context, id)
    {
        protected override IActorRef Actor => Context.Addresses.Partitions;

        protected override object CloseRequest => new PartitionRequest.Close(partition, Id);

        protected override object WaitRequest(WaiterId waiter, long position, bool untilComplete) =>
            new PartitionRequest.Wait(partition, Id, waiter, position, untilComplete);

        protected override object CancelRequest(WaiterId waiter) => new PartitionRequest.CancelWait(partition, Id, waiter);
    }

    /// <summary>A handle that reads a view.</summary>
    internal sealed class OfView(StreamsContext context, HandleId id, PartitionId partition, ViewId view, bool writes)
        : OfPartition(context, id, partition)
    {
        public override object OpenRequest { get; } = new PartitionRequest.Open(partition, id, view, writes);

        public override bool OnlyWrites => writes;
    }

    /// <summary>A handle that reads where a named cursor left off.</summary>
    internal sealed class OfCursor(StreamsContext context, HandleId id, PartitionId partition, EntityName cursor, ViewKind kind)
        : OfPartition(context, id, partition)
    {
        public override object OpenRequest { get; } = new PartitionRequest.OpenCursor(partition, id, cursor, kind);
    }

    /// <summary>A handle that reads all partitions of a topic as one.</summary>
    internal sealed class OfTopic(StreamsContext context, HandleId id, TopicId topic, ViewKind kind, StartPlace? start) : ReaderLink(context, id)
    {
        public override object OpenRequest { get; } = new TopicRequest.OpenMerged(topic, id, kind, start);

        protected override IActorRef Actor => Context.Addresses.Merged;

        protected override object CloseRequest => new TopicRequest.Close(topic, Id);

        protected override object WaitRequest(WaiterId waiter, long position, bool untilComplete) =>
            new TopicRequest.Wait(topic, Id, waiter, position, untilComplete);

        protected override object CancelRequest(WaiterId waiter) => new TopicRequest.CancelWait(topic, Id, waiter);
    }
}
