using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>What the mirrors of a cluster have in common.</summary>
/// <param name="Client">The cluster.</param>
/// <param name="Store">The cache.</param>
/// <param name="Options">How partitions are mirrored.</param>
/// <param name="Clock">What time it is.</param>
/// <param name="Worker">Begins to fetch what was evicted.</param>
internal sealed record MirrorContext(KafkaClient Client, MirrorStore Store, MirrorOptions Options, TimeProvider Clock, ILogWorker Worker)
{
    /// <summary>Where the generations of partitions stand, outside of the cache; null where nothing outlives it.</summary>
    public IGenerations? Generations { get; init; }

    /// <summary>Whether other hosts show the same partitions.</summary>
    public bool IsShared => Generations is { AreShared: true };

    /// <summary>Makes batches of what comes.</summary>
    public MessageBatcher Batcher { get; } = new();

    /// <summary>Where the checkpoints of partitions stand; null where there are none.</summary>
    public ICheckpoints? Checkpoints { get; init; }
}
