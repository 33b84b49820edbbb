namespace StreamActors.Messages;

/// <summary>
/// What can be asked of a partition; a closed set. The reply is the <see cref="PartitionReply"/> that each names, or a
/// <see cref="Failure"/>.
/// </summary>
public abstract record PartitionRequest
{
    private PartitionRequest(PartitionId partition) => Partition = partition;

    /// <summary>Who is asked.</summary>
    public PartitionId Partition { get; }

    /// <summary>
    /// Finds a view, as it is now. Reply: <see cref="PartitionReply.Found"/>, or <see cref="Fault.NotFound"/> where the
    /// source has no such view.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Kind">How messages become bytes.</param>
    /// <param name="Start">Where it begins; null for the oldest message.</param>
    public sealed record FindView(PartitionId Partition, ViewKind Kind, StartPlace? Start) : PartitionRequest(Partition);

    /// <summary>Size and time of a view. Reply: <see cref="PartitionReply.Stated"/>, or <see cref="Fault.Stale"/> where its generation is over.</summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="View">The view.</param>
    public sealed record Stat(PartitionId Partition, ViewId View) : PartitionRequest(Partition);

    /// <summary>What is known of the partition. Reply: <see cref="PartitionReply.Described"/>.</summary>
    /// <param name="Partition">Who is asked.</param>
    public sealed record Describe(PartitionId Partition) : PartitionRequest(Partition);

    /// <summary>
    /// Opens a handle; again after the partition answered <see cref="Fault.UnknownHandle"/>. Reply:
    /// <see cref="PartitionReply.Opened"/>, or <see cref="Fault.Stale"/> where the view's generation is over.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Handle">Its id from now on.</param>
    /// <param name="View">What it shows.</param>
    /// <param name="Writes">Whether the bytes are never read: only where they end is asked.</param>
    public sealed record Open(PartitionId Partition, HandleId Handle, ViewId View, bool Writes = false) : PartitionRequest(Partition);

    /// <summary>
    /// Opens a handle that reads where a named cursor left off. Reply: <see cref="PartitionReply.Opened"/>;
    /// <see cref="Fault.Busy"/> while another handle reads by it, <see cref="Fault.NotFound"/> where there is no such cursor.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Handle">Its id from now on.</param>
    /// <param name="Cursor">The cursor's name.</param>
    /// <param name="Kind">How messages become bytes; byte 0 is the first that the cursor has not acknowledged.</param>
    public sealed record OpenCursor(PartitionId Partition, HandleId Handle, EntityName Cursor, ViewKind Kind) : PartitionRequest(Partition);

    /// <summary>Acknowledges messages, for good. Reply: <see cref="PartitionReply.Done"/>.</summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Handle">A handle of <see cref="OpenCursor"/>.</param>
    /// <param name="Offset">The next offset that is not acknowledged; a smaller one than before is ignored.</param>
    public sealed record Acknowledge(PartitionId Partition, HandleId Handle, long Offset) : PartitionRequest(Partition);

    /// <summary>Where a named cursor is. Reply: <see cref="PartitionReply.CursorAt"/>.</summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Cursor">The cursor's name.</param>
    public sealed record FindCursor(PartitionId Partition, EntityName Cursor) : PartitionRequest(Partition);

    /// <summary>Moves a named cursor. Reply: <see cref="PartitionReply.Done"/>; <see cref="Fault.Busy"/> while a handle reads by it.</summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Cursor">The cursor's name.</param>
    /// <param name="Place">Where to.</param>
    public sealed record MoveCursor(PartitionId Partition, EntityName Cursor, StartPlace Place) : PartitionRequest(Partition);

    /// <summary>
    /// Makes a named cursor, at the oldest message; the topic asks it of its first partition. Reply:
    /// <see cref="PartitionReply.Done"/>, or <see cref="Fault.Exists"/>.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Cursor">The cursor's name.</param>
    public sealed record CreateCursor(PartitionId Partition, EntityName Cursor) : PartitionRequest(Partition);

    /// <summary>Whether nobody reads by a named cursor. Reply: <see cref="PartitionReply.Done"/>, or <see cref="Fault.Busy"/>.</summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Cursor">The cursor's name; one that is not there is read by nobody.</param>
    public sealed record ProbeCursor(PartitionId Partition, EntityName Cursor) : PartitionRequest(Partition);

    /// <summary>
    /// Forgets where a named cursor is; the topic asks it of its first partition last. Reply:
    /// <see cref="PartitionReply.Done"/>; <see cref="Fault.Busy"/> while a handle reads by it.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Cursor">The cursor's name; one that is not there is no failure.</param>
    public sealed record ForgetCursor(PartitionId Partition, EntityName Cursor) : PartitionRequest(Partition);

    /// <summary>
    /// Appends messages, all or none. Reply: <see cref="PartitionReply.Appended"/> once every later open sees them and
    /// they survive the end of the process (or power loss, where the source is set so). <see cref="Fault.InputOutput"/>
    /// and <see cref="Fault.TimedOut"/> mean that it is unknown whether they were stored; other faults that they were not.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Batch">The messages.</param>
    public sealed record Append(PartitionId Partition, MessageBatch Batch) : PartitionRequest(Partition);

    /// <summary>Makes everything whose append was answered survive power loss. Reply: <see cref="PartitionReply.Done"/>.</summary>
    /// <param name="Partition">Who is asked.</param>
    public sealed record Sync(PartitionId Partition) : PartitionRequest(Partition);

    /// <summary>
    /// Closes a handle, and its reader, too, in case that never reached who opened it; its waiters, and an open that is under
    /// way, get <see cref="Fault.Cancelled"/>. No reply.
    /// </summary>
    /// <param name="Partition">Who is told.</param>
    /// <param name="Handle">The handle; an unknown one is ignored.</param>
    public sealed record Close(PartitionId Partition, HandleId Handle) : PartitionRequest(Partition);

    /// <summary>
    /// Waits until the partition has grown past a position. Reply: <see cref="PartitionReply.Grown"/>, at once where it
    /// has; or why nothing comes, to one who waits for completeness only. There is no deadline: a wait ends by growth, by <see cref="CancelWait"/>, by <see cref="Close"/>, or with the
    /// partition.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Handle">The handle that waits; bytes before the position count as delivered to it.</param>
    /// <param name="Waiter">Names the wait.</param>
    /// <param name="Position">Position in bytes.</param>
    /// <param name="UntilComplete">Whether the wait ends, too, when everything is there that the source has.</param>
    public sealed record Wait(PartitionId Partition, HandleId Handle, WaiterId Waiter, long Position, bool UntilComplete = false)
        : PartitionRequest(Partition);

    /// <summary>Ends a wait: it gets <see cref="Fault.Cancelled"/>. No reply of its own.</summary>
    /// <param name="Partition">Who is told.</param>
    /// <param name="Handle">The handle that waits.</param>
    /// <param name="Waiter">The wait; an unknown one is ignored.</param>
    public sealed record CancelWait(PartitionId Partition, HandleId Handle, WaiterId Waiter) : PartitionRequest(Partition);
}

/// <summary>What a partition answers; a closed set.</summary>
public abstract record PartitionReply
{
    private PartitionReply()
    {
    }

    /// <summary>A view, and its size and time.</summary>
    /// <param name="View">The view.</param>
    /// <param name="Value">As they are now.</param>
    public sealed record Found(ViewId View, PartitionStat Value) : PartitionReply;

    /// <summary>Size and time.</summary>
    /// <param name="Value">As they are now.</param>
    public sealed record Stated(PartitionStat Value) : PartitionReply;

    /// <summary>What is known of the partition.</summary>
    /// <param name="Value">As it is now.</param>
    public sealed record Described(PartitionDescription Value) : PartitionReply;

    /// <summary>It was done.</summary>
    public sealed record Done : PartitionReply;

    /// <summary>Messages were appended.</summary>
    /// <param name="FirstOffset">The offset of the first.</param>
    public sealed record Appended(long FirstOffset) : PartitionReply;

    /// <summary>Where a named cursor is.</summary>
    /// <param name="Value">As it is now.</param>
    public sealed record CursorAt(CursorState Value) : PartitionReply;

    /// <summary>A handle was opened.</summary>
    /// <param name="Reader">The bytes; the one who opened disposes of it, after it has closed the handle or before.</param>
    public sealed record Opened(IPartitionReader Reader) : PartitionReply;

    /// <summary>The partition has grown past the position waited for, or nothing will come any more.</summary>
    /// <param name="End">End of the partition, position in bytes.</param>
    public sealed record Grown(long End) : PartitionReply;
}

/// <summary>Size and time of a view of a partition.</summary>
/// <param name="Size">Bytes that can be read.</param>
/// <param name="ModifiedAt">When the last message came; before the first, when the partition began.</param>
/// <param name="Messages">How many messages these bytes are.</param>
public readonly record struct PartitionStat(long Size, DateTimeOffset ModifiedAt, long Messages);
