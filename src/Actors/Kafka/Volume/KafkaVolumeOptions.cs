using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>How a cluster is shown.</summary>
public sealed record KafkaVolumeOptions
{
    /// <summary>
    /// What all ids begin with, where several hosts show the cluster and must know a topic by the same id; null where ids are
    /// this process's own.
    /// </summary>
    public string? IdPrefix { get; init; }

    /// <summary>Where the generations of partitions stand, outside of the cache; null where nothing outlives it.</summary>
    public IGenerations? Generations { get; init; }

    /// <summary>Where the checkpoints of partitions stand; null where there are none.</summary>
    public ICheckpoints? Checkpoints { get; init; }

    /// <summary>The name of the stream that topics are in which no separator gives one.</summary>
    public required EntityName Stream { get; init; }

    /// <summary>What ends the name of a stream in the name of a topic; empty: all topics are in one stream.</summary>
    public required string Separator { get; init; }

    /// <summary>Whether topics are shown that Kafka keeps for itself.</summary>
    public required bool ShowInternal { get; init; }

    /// <summary>How old what is known of topics and partitions may be before the cluster is asked anew.</summary>
    public required TimeSpan MetadataAge { get; init; }

    /// <summary>Whether topics may be deleted.</summary>
    public required bool AllowDelete { get; init; }

    /// <summary>Whether topics may get more partitions.</summary>
    public required bool AllowGrow { get; init; }

    /// <summary>How topics are made.</summary>
    public required TopicDefaults Topics { get; init; }

    /// <summary>How partitions are mirrored.</summary>
    public required MirrorOptions Mirror { get; init; }
}
