using System.Collections.Immutable;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// The topics of a cluster as streams with topics. Nothing here blocks, and it is as of what the table knows. Safe for
/// several threads.
/// </summary>
internal sealed class KafkaTree(TopicTable table, KafkaVolumeOptions options, DateTimeOffset mountedAt)
{
    private readonly Lock _gate = new();
    private ImmutableSortedSet<string> _made = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private Shown? _shown;

    /// <summary>All streams, in the order of their names.</summary>
    public IReadOnlyList<StreamEntry> Streams => Now.Streams;

    /// <summary>The stream of a name; null where there is none.</summary>
    public StreamEntry? Find(EntityName name) => Now.Streams.FirstOrDefault(stream => stream.Name.Equals(name));

    /// <summary>The topics of a stream, in the order in which they were first seen; null where there is no such stream.</summary>
    public KafkaTopics? TopicsOf(StreamId stream) =>
        Now.ByStream.GetValueOrDefault(stream) ?? (stream == table.Ids.Cluster ? KafkaTopics.None : null);

    /// <summary>The name in the cluster of a topic that a stream has, or could have; null where it can't.</summary>
    public string? ClusterNameOf(StreamId stream, EntityName topic)
    {
        var name = topic.ToString();
        if (stream == table.Ids.Cluster)
            return IsLegal(name) && Split(name) is null ? name : null;
        var full = table.Ids.GroupOf(stream) + options.Separator + name;
        return IsLegal(name) && IsLegal(full) && Split(full) is { } split && split.Topic == name ? full : null;
    }

    /// <summary>Makes a stream that has no topic yet; it lasts as long as the mount, or until it has a topic.</summary>
    public StreamEntry? Make(EntityName stream)
    {
        var name = stream.ToString();
        if (options.Separator.Length == 0 || !IsLegal(name) || name.Contains(options.Separator, StringComparison.Ordinal) || stream.Equals(options.Stream))
            return null;
        lock (_gate)
        {
            _made = _made.Add(name);
            _shown = null;
        }
        return new StreamEntry(stream, table.Ids.Group(name), mountedAt);
    }

    /// <summary>Forgets a stream that was made and has no topic.</summary>
    public void Forget(StreamId stream)
    {
        if (table.Ids.GroupOf(stream) is not { } name)
            return;
        lock (_gate)
        {
            _made = _made.Remove(name);
            _shown = null;
        }
    }

    /// <summary>Whether Kafka takes a name.</summary>
    private static bool IsLegal(string name)
    {
        const int MaxLength = 249;
        return name.Length is > 0 and <= MaxLength && name is not ("." or "..") &&
            name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');
    }

    private Shown Now
    {
        get
        {
            lock (_gate)
            {
                var version = table.Version;
                if (_shown?.Version != version)
                    _shown = Show(version);
                return _shown;
            }
        }
    }

    private Shown Show(long version)
    {
        var topics = new Dictionary<StreamId, List<TopicEntry>>();
        foreach (var life in table.Topics.Values.OrderBy(life => life.Number))
        {
            if (!options.ShowInternal && life.IsInternal)
                continue;
            var (stream, name) = Split(life.Name) is { } split ? (table.Ids.Group(split.Group), split.Topic) : (table.Ids.Cluster, life.Name);
            if (!topics.TryGetValue(stream, out var list))
                topics[stream] = list = [];
            list.Add(new TopicEntry(
                new EntityName(name), table.Ids.Topic(life), life.Number, life.Partitions == 1 ? table.Ids.Partition(life, 0) : null));
        }
        foreach (var made in _made)
            topics.TryAdd(table.Ids.Group(made), []);
        // Without a separator the cluster's stream is all there is; with one it is there where it has something.
        if (options.Separator.Length == 0)
            topics.TryAdd(table.Ids.Cluster, []);
        var streams = topics.Keys
            .Select(id => new StreamEntry(table.Ids.GroupOf(id) is { } group ? new EntityName(group) : options.Stream, id, mountedAt))
            .OrderBy(entry => entry.Name.ToString(), StringComparer.Ordinal);
        return new Shown(version, [.. streams], topics.ToDictionary(pair => pair.Key, pair => new KafkaTopics(pair.Value)));
    }

    /// <summary>A name's group and the rest; null where it has none, or it would be the stream of the cluster.</summary>
    private (string Group, string Topic)? Split(string name)
    {
        var at = options.Separator.Length == 0 ? -1 : name.IndexOf(options.Separator, StringComparison.Ordinal);
        if (at <= 0 || at + options.Separator.Length == name.Length)
            return null;
        var group = name[..at];
        // Two topics must never have one path, so a group of that name stays with its whole names in the cluster's stream.
        return group == options.Stream.ToString() ? null : (group, name[(at + options.Separator.Length)..]);
    }

    private sealed record Shown(long Version, IReadOnlyList<StreamEntry> Streams, Dictionary<StreamId, KafkaTopics> ByStream);
}

/// <summary>The topics of a stream at a moment.</summary>
internal sealed class KafkaTopics
{
    private readonly Dictionary<EntityName, TopicEntry> _byName = [];

    public KafkaTopics(IReadOnlyList<TopicEntry> entries)
    {
        Entries = entries;
        foreach (var entry in entries)
            _byName[entry.Name] = entry;
    }

    /// <summary>No topic.</summary>
    public static KafkaTopics None { get; } = new([]);

    /// <summary>The topics, in the order of their places.</summary>
    public IReadOnlyList<TopicEntry> Entries { get; }

    /// <summary>The topic of a name; null where there is none.</summary>
    public TopicEntry? Find(EntityName name) => _byName.GetValueOrDefault(name);
}
