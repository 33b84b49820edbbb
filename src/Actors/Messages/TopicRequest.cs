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
}

/// <summary>What a topic answers; a closed set.</summary>
public abstract record TopicReply
{
    private TopicReply()
    {
    }

    /// <summary>All partitions: those from 0 to below the count.</summary>
    /// <param name="Count">How many.</param>
    public sealed record Partitions(int Count) : TopicReply;

    /// <summary>A partition.</summary>
    /// <param name="Partition">Its incarnation.</param>
    public sealed record Found(PartitionId Partition) : TopicReply;
}
