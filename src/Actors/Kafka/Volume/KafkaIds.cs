using System.Globalization;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// The ids that a Kafka volume gives: streams by what they group, topics and partitions by the topic's number in this process,
/// or, where several hosts show the cluster, by its name.
/// </summary>
/// <param name="shared">What all ids begin with, where several hosts share them; null where they are this process's own.</param>
internal sealed class KafkaIds(string? shared)
{
    private const string ClusterName = "cluster";
    private const string GroupName = "group:";

    /// <summary>The stream of the topics that no separator groups: it stands for the cluster.</summary>
    public StreamId Cluster { get; } = new(shared + ClusterName);

    /// <summary>The stream of the topics whose names begin so.</summary>
    public StreamId Group(string name) => new(shared + GroupName + name);

    /// <summary>What a stream groups; null for <see cref="Cluster"/>, and for what is no id of a stream.</summary>
    public string? GroupOf(StreamId stream) =>
        stream.Value.StartsWith(shared + GroupName, StringComparison.Ordinal) ? stream.Value[((shared?.Length ?? 0) + GroupName.Length)..] : null;

    /// <summary>The id of a topic.</summary>
    public TopicId Topic(TopicLife topic) => new(ValueOf(topic));

    /// <summary>The id of a partition.</summary>
    public PartitionId Partition(TopicLife topic, int index) => new(string.Create(CultureInfo.InvariantCulture, $"{ValueOf(topic)}.{index}"));

    /// <summary>Finds the topic of an id; where ids are shared the cluster may have to be asked, which may block.</summary>
    /// <returns>The topic, or why there is none.</returns>
    public Result<TopicLife> Find(TopicTable table, TopicId topic) => Find(table, topic.Value);

    /// <summary>Finds the topic of a partition's id, as <see cref="Find(TopicTable, TopicId)"/>.</summary>
    /// <param name="table">The topics that are known.</param>
    /// <param name="partition">The id.</param>
    /// <param name="index">The partition's index in it; −1 for what is no id of a partition.</param>
    /// <returns>The topic, or why there is none.</returns>
    public Result<TopicLife> Find(TopicTable table, PartitionId partition, out int index)
    {
        // Names of topics have dots, too.
        var dot = partition.Value.LastIndexOf('.');
        index = dot < 0 ? -1 : (int)Parse(partition.Value.AsSpan(dot + 1));
        return Find(table, dot < 0 ? "" : partition.Value[..dot]);
    }

    private Result<TopicLife> Find(TopicTable table, string topic)
    {
        if (shared is null)
            return table.Find(Parse(topic)) is { } life ? life : new Failure(Fault.Deleted, $"topic {topic} is gone");
        if (!topic.StartsWith(shared, StringComparison.Ordinal))
            return new Failure(Fault.Deleted, $"topic {topic} is not of this volume");
        var found = table.Find(topic[shared.Length..]);
        return found.Failure?.Fault == Fault.NotFound ? new Failure(Fault.Deleted, $"topic {topic} is gone") : found;
    }

    private string ValueOf(TopicLife topic) => shared is null ? topic.Number.ToString(CultureInfo.InvariantCulture) : shared + topic.Name;

    private static long Parse(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
