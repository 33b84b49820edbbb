using StreamActors.Hocon;
using StreamActors.Kafka;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Host.Settings;

/// <summary>A source of files at one path of the mount.</summary>
/// <param name="Path">Where it is: <c>/</c>, or names with a slash before each.</param>
/// <param name="Origin">Where it was given.</param>
public abstract record VolumeSettings(string Path, HoconOrigin Origin)
{
    /// <summary>Whether the path is below another.</summary>
    /// <param name="other">The other path.</param>
    public bool IsBelow(string other) => other == "/" ? Path != "/" : Path.StartsWith(other + "/", StringComparison.Ordinal);
}

/// <summary>A directory that is passed through.</summary>
/// <param name="Path">Where it is shown.</param>
/// <param name="Origin">Where it was given.</param>
/// <param name="Source">The directory.</param>
/// <param name="IsShared">Whether all members of the cluster have the directory.</param>
public sealed record OverlayVolumeSettings(string Path, HoconOrigin Origin, string Source, bool IsShared) : VolumeSettings(Path, Origin);

/// <summary>Streams that are kept in a log directory.</summary>
/// <param name="Path">Where they are shown.</param>
/// <param name="Origin">Where they were given.</param>
/// <param name="Directory">The log directory.</param>
/// <param name="Partitions">Partitions of a new topic.</param>
/// <param name="IsShared">Whether all members of the cluster have the directory.</param>
/// <param name="Host">The member on whose disk the directory is; null where each host has one of its own, or all have it.</param>
/// <param name="MayDelete">Whether streams and topics can be deleted.</param>
/// <param name="Durability">When an append is answered.</param>
/// <param name="SyncInterval">How long an append stays unsynced under <see cref="Durability.Interval"/>.</param>
/// <param name="MessageMaxBytes">The longest message, in bytes.</param>
/// <param name="Retention">What is removed.</param>
public sealed record LogVolumeSettings(
    string Path,
    HoconOrigin Origin,
    string Directory,
    int Partitions,
    bool IsShared,
    string? Host,
    bool MayDelete,
    Durability Durability,
    TimeSpan SyncInterval,
    int MessageMaxBytes,
    RetentionOptions Retention) : VolumeSettings(Path, Origin)
{
    /// <summary>Whether the directory is on the disk of another member, and nothing is to be found here.</summary>
    public bool IsElsewhere { get; init; }
}

/// <summary>The topics of a Kafka cluster. The properties may hold secrets: it is never printed.</summary>
/// <param name="Path">Where they are shown.</param>
/// <param name="Origin">Where they were given.</param>
/// <param name="BootstrapServers">The brokers to ask first.</param>
/// <param name="Stream">The name of the stream that stands for the cluster.</param>
/// <param name="Separator">What ends a stream's name in a topic's; empty for one stream.</param>
/// <param name="ShowsInternal">Whether topics are shown that Kafka keeps for itself.</param>
/// <param name="MetadataAge">How old what is known of topics may be.</param>
/// <param name="Deadline">How long a request to the cluster may take.</param>
/// <param name="WriteDeadline">How long a message may be under way.</param>
/// <param name="Isolation">Which messages of transactions are read.</param>
/// <param name="Start">Where a partition begins that was never read; null for its oldest message.</param>
/// <param name="CacheDirectory">Where messages that were read are kept; null for a directory of its own below the system's.</param>
/// <param name="StateDirectory">Where it is kept which bytes are at which positions; null for a place of its own.</param>
/// <param name="CacheMaxBytes">The most bytes of messages, keys and headers that are kept.</param>
/// <param name="FetchBufferBytes">Messages that were fetched and not kept yet, in bytes.</param>
/// <param name="MaxWrites">The most writes that are under way.</param>
/// <param name="MayDelete">Whether topics can be deleted.</param>
/// <param name="MayGrow">Whether topics can get more partitions.</param>
/// <param name="TopicPartitions">Partitions of a new topic; −1: as the cluster is set.</param>
/// <param name="TopicReplication">Replicas of a new topic; −1: as the cluster is set.</param>
/// <param name="TopicConfig">Properties of a new topic, by name.</param>
/// <param name="Properties">Properties of librdkafka, by name.</param>
public sealed record KafkaVolumeSettings(
    string Path,
    HoconOrigin Origin,
    string BootstrapServers,
    string Stream,
    string Separator,
    bool ShowsInternal,
    TimeSpan MetadataAge,
    TimeSpan Deadline,
    TimeSpan WriteDeadline,
    KafkaIsolation Isolation,
    StartPlace? Start,
    string? CacheDirectory,
    string? StateDirectory,
    long CacheMaxBytes,
    long FetchBufferBytes,
    int MaxWrites,
    bool MayDelete,
    bool MayGrow,
    int TopicPartitions,
    short TopicReplication,
    IReadOnlyDictionary<string, string> TopicConfig,
    IReadOnlyDictionary<string, string> Properties) : VolumeSettings(Path, Origin)
{
    /// <inheritdoc/>
    public override string ToString() => $"Kafka volume {Path}";
}
