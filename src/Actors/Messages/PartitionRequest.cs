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

    /// <summary>Size and time. Reply: <see cref="PartitionReply.Stated"/>.</summary>
    /// <param name="Partition">Who is asked.</param>
    public sealed record Stat(PartitionId Partition) : PartitionRequest(Partition);

    /// <summary>
    /// Opens a handle; again after the partition answered <see cref="Fault.UnknownHandle"/>. Reply:
    /// <see cref="PartitionReply.Opened"/>.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Handle">Its id from now on.</param>
    public sealed record Open(PartitionId Partition, HandleId Handle) : PartitionRequest(Partition);

    /// <summary>Closes a handle; its waiters, and an open that is under way, get <see cref="Fault.Cancelled"/>. No reply.</summary>
    /// <param name="Partition">Who is told.</param>
    /// <param name="Handle">The handle; an unknown one is ignored.</param>
    public sealed record Close(PartitionId Partition, HandleId Handle) : PartitionRequest(Partition);

    /// <summary>
    /// Waits until the partition has grown past a position. Reply: <see cref="PartitionReply.Grown"/>, at once where it
    /// has. There is no deadline: a wait ends by growth, by <see cref="CancelWait"/>, by <see cref="Close"/>, or with the
    /// partition.
    /// </summary>
    /// <param name="Partition">Who is asked.</param>
    /// <param name="Handle">The handle that waits; bytes before the position count as delivered to it.</param>
    /// <param name="Waiter">Names the wait.</param>
    /// <param name="Position">Position in bytes.</param>
    public sealed record Wait(PartitionId Partition, HandleId Handle, WaiterId Waiter, long Position) : PartitionRequest(Partition);

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

    /// <summary>Size and time.</summary>
    /// <param name="Value">As they are now.</param>
    public sealed record Stated(PartitionStat Value) : PartitionReply;

    /// <summary>A handle was opened.</summary>
    /// <param name="Reader">The bytes; the one who opened disposes of it.</param>
    public sealed record Opened(IPartitionReader Reader) : PartitionReply;

    /// <summary>The partition has grown past the position waited for, or nothing will come any more.</summary>
    /// <param name="End">End of the partition, position in bytes.</param>
    public sealed record Grown(long End) : PartitionReply;
}

/// <summary>Size and time of a partition's default view.</summary>
/// <param name="Size">Bytes that can be read.</param>
/// <param name="ModifiedAt">When the last message came; before the first, when the partition began.</param>
/// <param name="Messages">How many messages these bytes are.</param>
public readonly record struct PartitionStat(long Size, DateTimeOffset ModifiedAt, long Messages);
