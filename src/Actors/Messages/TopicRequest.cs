namespace StreamActors.Messages;

/// <summary>
/// What can be asked of a topic; a closed set. The reply is the <see cref="TopicReply"/> that each names, or a
/// <see cref="Failure"/>.
/// </summary>
public abstract record TopicRequest
{
    private TopicRequest(TopicId topic) => Topic = topic;

    /// <summary>Who is asked.</summary>
    public TopicId Topic { get; }

    /// <summary>All partitions. Reply: <see cref="TopicReply.Partitions"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    public sealed record ListPartitions(TopicId Topic) : TopicRequest(Topic);

    /// <summary>The partition of an index. Reply: <see cref="TopicReply.Found"/>, or <see cref="Fault.NotFound"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Index">The partition's index, from 0.</param>
    public sealed record FindPartition(TopicId Topic, int Index) : TopicRequest(Topic);

    /// <summary>
    /// Adds the next partition. Reply: <see cref="TopicReply.Found"/>; <see cref="Fault.Exists"/> or
    /// <see cref="Fault.Invalid"/> where the index is not the next.
    /// </summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Index">The index that it is to have.</param>
    public sealed record AddPartition(TopicId Topic, int Index) : TopicRequest(Topic);

    /// <summary>
    /// Appends messages to partitions that the topic chooses: by the key's hash (Kafka's murmur2), without a key one for
    /// the whole batch. All partitions are tried; where one failed, this is the reply. Reply: <see cref="TopicReply.Done"/>.
    /// </summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Batch">The messages.</param>
    public sealed record Append(TopicId Topic, MessageBatch Batch) : TopicRequest(Topic);

    /// <summary>Makes everything whose append was answered survive power loss. Reply: <see cref="TopicReply.Done"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    public sealed record Sync(TopicId Topic) : TopicRequest(Topic);

    /// <summary>Sizes and times of all partitions together. Reply: <see cref="TopicReply.Stated"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Kind">How messages become bytes.</param>
    /// <param name="Start">Where each partition begins; null for its oldest message.</param>
    public sealed record StatMerged(TopicId Topic, ViewKind Kind, StartPlace? Start) : TopicRequest(Topic);

    /// <summary>
    /// Opens all partitions as one, ordered by time as they are now, then by arrival. Reply:
    /// <see cref="TopicReply.Opened"/>.
    /// </summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Handle">Its id from now on.</param>
    /// <param name="Kind">How messages become bytes.</param>
    /// <param name="Start">Where each partition begins; null for its oldest message.</param>
    public sealed record OpenMerged(TopicId Topic, HandleId Handle, ViewKind Kind, StartPlace? Start) : TopicRequest(Topic);

    /// <summary>Waits as <see cref="PartitionRequest.Wait"/> does, for a handle of all partitions. Reply: <see cref="PartitionReply.Grown"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Handle">The handle that waits.</param>
    /// <param name="Waiter">Names the wait.</param>
    /// <param name="Position">Position in bytes.</param>
    /// <param name="UntilComplete">Whether the wait ends, too, when everything is there that the source has.</param>
    public sealed record Wait(TopicId Topic, HandleId Handle, WaiterId Waiter, long Position, bool UntilComplete = false)
        : TopicRequest(Topic);

    /// <summary>Ends a wait: it gets <see cref="Fault.Cancelled"/>. No reply of its own.</summary>
    /// <param name="Topic">Who is told.</param>
    /// <param name="Handle">The handle that waits.</param>
    /// <param name="Waiter">The wait; an unknown one is ignored.</param>
    public sealed record CancelWait(TopicId Topic, HandleId Handle, WaiterId Waiter) : TopicRequest(Topic);

    /// <summary>Closes a handle of all partitions, and its reader, as <see cref="PartitionRequest.Close"/> does. No reply.</summary>
    /// <param name="Topic">Who is told.</param>
    /// <param name="Handle">The handle; an unknown one is ignored.</param>
    public sealed record Close(TopicId Topic, HandleId Handle) : TopicRequest(Topic);

    /// <summary>The names of all cursors. Reply: <see cref="TopicReply.Cursors"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    public sealed record ListCursors(TopicId Topic) : TopicRequest(Topic);

    /// <summary>Whether there is a cursor of a name. Reply: <see cref="TopicReply.Done"/>, or <see cref="Fault.NotFound"/>.</summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Name">Its name.</param>
    public sealed record FindCursor(TopicId Topic, EntityName Name) : TopicRequest(Topic);

    /// <summary>
    /// Makes a cursor, at the oldest message of each partition. Reply: <see cref="TopicReply.Done"/>, or
    /// <see cref="Fault.Exists"/>.
    /// </summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Name">Its name.</param>
    public sealed record CreateCursor(TopicId Topic, EntityName Name) : TopicRequest(Topic);

    /// <summary>Forgets a cursor. Reply: <see cref="TopicReply.Done"/>; <see cref="Fault.Busy"/> while somebody reads by it.</summary>
    /// <param name="Topic">Who is asked.</param>
    /// <param name="Name">Its name.</param>
    public sealed record ForgetCursor(TopicId Topic, EntityName Name) : TopicRequest(Topic);
}

/// <summary>What a topic answers; a closed set.</summary>
public abstract record TopicReply
{
    private TopicReply()
    {
    }

    /// <summary>All partitions, from index 0 on.</summary>
    /// <param name="Ids">Their incarnations; the list does not change.</param>
    /// <param name="Generations">
    /// The generation of the default view of each; null where the source does not tell: that of all is then taken to be 0.
    /// </param>
    public sealed record Partitions(IReadOnlyList<PartitionId> Ids, IReadOnlyList<int>? Generations = null) : TopicReply
    {
        /// <summary>The generation of a partition.</summary>
        /// <param name="index">Its index.</param>
        /// <returns>The generation of its default view.</returns>
        public int GenerationOf(int index) => Generations is { } told && index < told.Count ? told[index] : 0;
    }

    /// <summary>A partition.</summary>
    /// <param name="Partition">Its incarnation.</param>
    public sealed record Found(PartitionId Partition) : TopicReply;

    /// <summary>It was done.</summary>
    public sealed record Done : TopicReply;

    /// <summary>Sizes and times of all partitions together.</summary>
    /// <param name="Value">The sum, and the last of the times.</param>
    public sealed record Stated(PartitionStat Value) : TopicReply;

    /// <summary>A handle of all partitions was opened.</summary>
    /// <param name="Reader">The bytes; the one who opened disposes of it.</param>
    public sealed record Opened(IPartitionReader Reader) : TopicReply;

    /// <summary>The names of all cursors, in their order.</summary>
    /// <param name="Names">The names; the list does not change.</param>
    public sealed record Cursors(IReadOnlyList<EntityName> Names) : TopicReply;
}
