using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// The ids of simulated streams: a stream's is a number, e.g. <c>5</c>, a topic's the stream's id and the topic's number in
/// it, <c>5.2</c>, a partition's the topic's id and the partition's index, <c>5.2.0</c>.
/// </summary>
internal static class SimulatedIds
{
    /// <summary>The one partition of each topic.</summary>
    public const int OnlyIndex = 0;

    public static TopicId Topic(StreamId stream, int number) => new(string.Create(null, $"{stream.Value}.{number}"));

    public static PartitionId Partition(TopicId topic) => new(string.Create(null, $"{topic.Value}.{OnlyIndex}"));

    public static StreamId StreamOf(TopicId topic) => new(topic.Value[..topic.Value.LastIndexOf('.')]);

    public static int NumberOf(TopicId topic) => LastNumber(topic.Value);

    public static TopicId TopicOf(PartitionId partition) => new(partition.Value[..partition.Value.LastIndexOf('.')]);

    public static int IndexOf(PartitionId partition) => LastNumber(partition.Value);

    private static int LastNumber(string id) => int.Parse(id.AsSpan(id.LastIndexOf('.') + 1), null);
}
