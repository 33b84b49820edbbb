using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// Where checkpoints of partitions stand, outside of the cache, so that what the cache has lost is known again when it has been
/// fetched again. Every method may block. Safe for several threads.
/// </summary>
public interface ICheckpoints
{
    /// <summary>The most checkpoints of a partition that are kept; beyond, every second one goes.</summary>
    int MaxPlaces { get; }

    /// <summary>The checkpoints of a partition as far as they are known here; may be behind. Blocks on this host's disk at most.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>An empty list where none are known.</returns>
    CheckpointList Known(string topic, int partition);

    /// <summary>The checkpoints of a partition.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>Those that were written last; an empty list where there are none. Or why they can't be told.</returns>
    Result<CheckpointList> Load(string topic, int partition);

    /// <summary>Writes the checkpoints of a partition in the place of those that were there.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="list">The checkpoints.</param>
    /// <returns>Null, or why not.</returns>
    Failure? Save(string topic, int partition, CheckpointList list);
}
