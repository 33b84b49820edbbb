using System.Globalization;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// The ids of a log volume: of a stream and a topic the incarnation id, <c>17</c>; of a partition the topic's id and the
/// partition's index, <c>17.0</c>, which no other partition of the volume ever has. Where several volumes share their entities,
/// all ids of one begin with a prefix of its own.
/// </summary>
internal static class LogIds
{
    public static StreamId Stream(ulong id, string prefix = "") => new(string.Create(CultureInfo.InvariantCulture, $"{prefix}{id}"));

    public static TopicId Topic(ulong id, string prefix = "") => new(string.Create(CultureInfo.InvariantCulture, $"{prefix}{id}"));

    public static PartitionId Partition(ulong topic, int index, string prefix = "") =>
        new(string.Create(CultureInfo.InvariantCulture, $"{prefix}{topic}.{index}"));

    public static bool TryParse(StreamId stream, out ulong id, string prefix = "") => TryParse(Rest(stream.Value, prefix), out id);

    public static bool TryParse(TopicId topic, out ulong id, string prefix = "") => TryParse(Rest(topic.Value, prefix), out id);

    public static bool TryParse(PartitionId partition, out ulong topic, out int index, string prefix = "")
    {
        (topic, index) = (0, 0);
        var rest = Rest(partition.Value, prefix);
        var dot = rest.IndexOf('.');
        return dot >= 0 && TryParse(rest[..dot], out topic) &&
            int.TryParse(rest[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    // Nothing is no number.
    private static ReadOnlySpan<char> Rest(string id, string prefix) => id.StartsWith(prefix, StringComparison.Ordinal) ? id.AsSpan(prefix.Length) : [];

    private static bool TryParse(ReadOnlySpan<char> text, out ulong id) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
