using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>Streams and topics of a table of names, as they are listed.</summary>
internal static class LogEntries
{
    public static StreamEntry Of(NamedStream stream, string prefix = "") =>
        new(new EntityName(stream.Name), LogIds.Stream(stream.Id, prefix), DateTimeOffset.FromUnixTimeMilliseconds(stream.Created));

    public static TopicEntry Of(NamedTopic topic, string prefix = "") => new(
        new EntityName(topic.Name), LogIds.Topic(topic.Id, prefix), (long)topic.Id,
        topic.Partitions.Length == 1 ? LogIds.Partition(topic.Id, 0, prefix) : null,
        DateTimeOffset.FromUnixTimeMilliseconds(topic.Created));
}
