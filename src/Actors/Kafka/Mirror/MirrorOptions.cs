using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>How partitions are mirrored.</summary>
public sealed record MirrorOptions
{
    /// <summary>Where a partition begins that was never mirrored; null for its oldest message.</summary>
    public StartPlace? Start { get; init; }

    /// <summary>The most bytes of messages, keys and headers in the cache.</summary>
    public required long CacheMaxBytes { get; init; }

    /// <summary>How long a reader waits for messages that the cluster has said to have.</summary>
    public required TimeSpan Deadline { get; init; }
}
