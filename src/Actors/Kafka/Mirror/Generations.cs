using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A generation of a partition's default view, the same on all hosts.</summary>
/// <param name="Number">Its number; never used for other bytes.</param>
/// <param name="First">The offset at which it begins: byte 0 is that of the first message that has at least this one.</param>
/// <param name="Topic">The id of the topic; null where the cluster has none.</param>
public sealed record Generation(int Number, long First, string? Topic = null);

/// <summary>The newest generation of a partition, as it was read.</summary>
/// <param name="Value">The generation; null where no host has begun to read the partition.</param>
/// <param name="Revision">Names this state of it.</param>
public sealed record GenerationRow(Generation? Value, long Revision);

/// <summary>Where the newest generation of each partition stands, for all hosts that show a cluster. Safe for several threads.</summary>
public interface IGenerations
{
    /// <summary>Whether other hosts begin generations, too.</summary>
    bool AreShared { get; }

    /// <summary>The newest one that is known here. Never blocks, and may be behind.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    Generation? Known(string topic, int partition);

    /// <summary>The newest one as of now; may block.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>It, or why it can't be told.</returns>
    Result<GenerationRow> Read(string topic, int partition);

    /// <summary>Begins the next one, where no other host has since; may block.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="known">The newest one, as it was read.</param>
    /// <param name="next">The next one.</param>
    /// <returns>The newest one after that, this or another host's; or why it can't be told.</returns>
    Result<GenerationRow> Begin(string topic, int partition, GenerationRow known, Generation next);
}
