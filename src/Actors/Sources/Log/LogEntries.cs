using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>Streams and topics of a table of names, as they are listed.</summary>
internal static class LogEntries
{
    public static StreamEntry Of(NamedStream stream) =>
        new(new EntityName(stream.Name), LogIds.Stream(stream.Id), DateTimeOffset.FromUnixTimeMilliseconds(stream.Created));

    public static TopicEntry Of(NamedTopic topic) => new(
        new EntityName(topic.Name), LogIds.Topic(topic.Id), (long)topic.Id,
        topic.Partitions.Length == 1 ? LogIds.Partition(topic.Id, 0) : null,
        DateTimeOffset.FromUnixTimeMilliseconds(topic.Created));
}
