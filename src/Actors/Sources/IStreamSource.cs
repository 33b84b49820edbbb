using StreamActors.Messages;

namespace StreamActors.Sources;

/// <summary>
/// Where streams, topics and partitions come from. A method may block on a disk before it gives its task, and the task may
/// end on any thread, so actors call it as an effect, never between two messages. Tasks end with a value or a failure.
/// Safe for several threads.
/// </summary>
public interface IStreamSource
{
    /// <summary>A stream.</summary>
    /// <param name="stream">Its id.</param>
    /// <returns>The stream, which the caller disposes of; or why it can't be had.</returns>
    Task<Result<ISourceStream>> OpenStream(StreamId stream);

    /// <summary>A topic.</summary>
    /// <param name="topic">Its id.</param>
    /// <returns>The topic, or why it can't be had.</returns>
    Task<Result<ISourceTopic>> OpenTopic(TopicId topic);

    /// <summary>A partition.</summary>
    /// <param name="partition">Its id.</param>
    /// <returns>The partition, which the caller disposes of; or why it can't be had.</returns>
    Task<Result<IPartitionSource>> OpenPartition(PartitionId partition);
}
