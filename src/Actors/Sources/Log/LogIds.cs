using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// The ids of a log volume: of a stream and a topic the incarnation id, <c>17</c>; of a partition the topic's id and the
/// partition's index, <c>17.0</c>, which no other partition of the volume ever has.
/// </summary>
internal static class LogIds
{
    public static StreamId Stream(ulong id) => new(id.ToString(CultureInfo.InvariantCulture));

    public static TopicId Topic(ulong id) => new(id.ToString(CultureInfo.InvariantCulture));

    public static PartitionId Partition(ulong topic, int index) => new(string.Create(CultureInfo.InvariantCulture, $"{topic}.{index}"));

    public static bool TryParse(StreamId stream, out ulong id) => TryParse(stream.Value, out id);

    public static bool TryParse(TopicId topic, out ulong id) => TryParse(topic.Value, out id);

    public static bool TryParse(PartitionId partition, out ulong topic, out int index)
    {
        (topic, index) = (0, 0);
        var dot = partition.Value.IndexOf('.', StringComparison.Ordinal);
        return dot >= 0 && TryParse(partition.Value.AsSpan(0, dot), out topic) &&
            int.TryParse(partition.Value.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    private static bool TryParse(ReadOnlySpan<char> text, out ulong id) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
