namespace StreamActors.Kafka;

/// <summary>What a cluster has, as it said when it was asked.</summary>
/// <param name="Topics">Its topics by name.</param>
public sealed record ClusterView(IReadOnlyDictionary<string, TopicView> Topics);

/// <summary>A topic of a cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">How many partitions it has: those from 0 on.</param>
public sealed record TopicView(string Name, int Partitions);

/// <summary>The offsets that a partition has in the cluster.</summary>
/// <param name="Low">The oldest message that is kept; retention moves it on.</param>
/// <param name="High">Up to where messages can be read: the next one gets at least this offset.</param>
public sealed record Watermarks(long Low, long High);
