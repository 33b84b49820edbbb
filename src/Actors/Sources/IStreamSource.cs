using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>
/// Where streams, topics and partitions come from. Every method may block on a disk or a network, so actors call it as
/// an effect, never between two messages. Safe for several threads.
/// </summary>
public interface IStreamSource
{
    /// <summary>What a stream has.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>Its topics, or why they can't be told.</returns>
    Result<StreamTopics> OpenStream(StreamId stream);

    /// <summary>What a topic has.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>Its partitions, or why they can't be told.</returns>
    Result<TopicPartitions> OpenTopic(TopicId topic);

    /// <summary>A partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <returns>The partition, or why it can't be opened.</returns>
    Result<IPartitionSource> OpenPartition(PartitionId partition);

    /// <summary>Deletes a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>Null, or why it was not deleted.</returns>
    Failure? DeleteTopic(TopicId topic);

    /// <summary>Deletes a stream with its topics.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>Null, or why it was not deleted.</returns>
    Failure? DeleteStream(StreamId stream);

    /// <summary>Says that a stream is idle: what is kept in memory for it may be given back. Never blocks.</summary>
    /// <param name="stream">The stream.</param>
    void GiveBack(StreamId stream);
}

/// <summary>What a stream has.</summary>
/// <param name="Topics">Its topics in their order; the list does not change.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Framing">How its messages become bytes.</param>
/// <param name="Deleted">Cancelled when the stream is deleted.</param>
public sealed record StreamTopics(
    IReadOnlyList<TopicEntry> Topics, DateTimeOffset CreatedAt, Framing Framing, CancellationToken Deleted);

/// <summary>What a topic has.</summary>
/// <param name="Partitions">Its partitions, from index 0 on; the list does not change.</param>
/// <param name="Deleted">Cancelled when the topic is deleted.</param>
public sealed record TopicPartitions(IReadOnlyList<PartitionId> Partitions, CancellationToken Deleted);

/// <summary>A partition of a source. What it tells of size and time never blocks. Safe for several threads.</summary>
public interface IPartitionSource
{
    /// <summary>Size and time, as they are now.</summary>
    PartitionStat Stat { get; }

    /// <summary>What is known of it now.</summary>
    PartitionDescription Description { get; }

    /// <summary>End of the partition now, position in bytes.</summary>
    long End { get; }

    /// <summary>Whether nothing will come any more, because the partition was deleted.</summary>
    bool IsEnded { get; }

    /// <summary>Cancelled when the partition is deleted.</summary>
    CancellationToken Deleted { get; }

    /// <summary>How long until the next message comes, where the source knows; null where it does not or none will come.</summary>
    TimeSpan? UntilNext { get; }

    /// <summary>Opens the bytes; may block.</summary>
    /// <returns>A reader, or why the bytes can't be had.</returns>
    Result<IPartitionReader> OpenReader();
}
