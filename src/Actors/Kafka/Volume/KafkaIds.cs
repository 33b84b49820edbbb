using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>The ids that a Kafka volume gives: streams by what they group, topics and partitions by the topic's number.</summary>
internal static class KafkaIds
{
    /// <summary>The stream of the topics that no separator groups: it stands for the cluster.</summary>
    public static StreamId Cluster { get; } = new("cluster");

    private const string GroupPrefix = "group:";

    /// <summary>The stream of the topics whose names begin so.</summary>
    public static StreamId Group(string name) => new(GroupPrefix + name);

    /// <summary>What a stream groups; null for <see cref="Cluster"/>, and for what is no id of a stream.</summary>
    public static string? GroupOf(StreamId stream) =>
        stream.Value.StartsWith(GroupPrefix, StringComparison.Ordinal) ? stream.Value[GroupPrefix.Length..] : null;

    /// <summary>The id of a topic.</summary>
    public static TopicId Topic(TopicLife topic) => new(topic.Number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The id of a partition.</summary>
    public static PartitionId Partition(TopicLife topic, int index) => new(string.Create(CultureInfo.InvariantCulture, $"{topic.Number}.{index}"));

    /// <summary>A topic's number; −1 for what is no id of a topic.</summary>
    public static long NumberOf(TopicId topic) => Parse(topic.Value);

    /// <summary>The number of a partition's topic, and its index in it; −1 for what is no id of a partition.</summary>
    public static (long Topic, int Index) Parse(PartitionId partition)
    {
        var dot = partition.Value.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (-1, -1) : (Parse(partition.Value.AsSpan(0, dot)), (int)Parse(partition.Value.AsSpan(dot + 1)));
    }

    private static long Parse(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
