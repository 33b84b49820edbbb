using System.Collections.Immutable;

namespace StreamActors.Logs;

/// <summary>The table of names at a moment: immutable, so that a look-up needs no lock.</summary>
/// <param name="NextId">The next incarnation id that is given, of whatever kind.</param>
/// <param name="Streams">All streams, by id.</param>
/// <param name="Topics">All topics, by id.</param>
/// <param name="StreamNames">The ids of the streams, by name.</param>
public sealed record NamesSnapshot(
    ulong NextId,
    ImmutableSortedDictionary<ulong, NamedStream> Streams,
    ImmutableSortedDictionary<ulong, NamedTopic> Topics,
    ImmutableSortedDictionary<string, ulong> StreamNames)
{
    internal static ImmutableSortedDictionary<string, ulong> NoNames { get; } =
        ImmutableSortedDictionary.Create<string, ulong>(StringComparer.Ordinal);

    internal static NamesSnapshot Empty { get; } = new(
        1, ImmutableSortedDictionary<ulong, NamedStream>.Empty, ImmutableSortedDictionary<ulong, NamedTopic>.Empty, NoNames);

    /// <summary>Finds a stream.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The stream, or null.</returns>
    public NamedStream? Stream(string name) => StreamNames.TryGetValue(name, out var id) ? Streams[id] : null;

    /// <summary>Finds a topic.</summary>
    /// <param name="stream">Its stream's name.</param>
    /// <param name="topic">Its name.</param>
    /// <returns>The topic, or null.</returns>
    public NamedTopic? Topic(string stream, string topic) =>
        Stream(stream) is { } found && found.Topics.TryGetValue(topic, out var id) ? Topics[id] : null;

    internal NamesSnapshot Apply(NamesChange change) => change switch
    {
        NamesChange.NextId next => this with { NextId = next.Value },
        NamesChange.PutStream put => Put(put),
        NamesChange.PutTopic put => Put(put.Topic),
        NamesChange.DropStream drop => Streams.TryGetValue(drop.Id, out var stream)
            ? this with { Streams = Streams.Remove(drop.Id), StreamNames = StreamNames.Remove(stream.Name) } : this,
        NamesChange.DropTopic drop => Without(drop.Id),
        _ => throw new LogIOException(LogError.Corrupt, "a change of names is of a kind that is not known"),
    };

    /// <summary>The changes that make this of nothing.</summary>
    internal IEnumerable<NamesChange> ToChanges()
    {
        yield return new NamesChange.NextId(NextId);
        foreach (var stream in Streams.Values)
            yield return new NamesChange.PutStream(stream.Id, stream.Name, stream.Created, stream.Framing);
        foreach (var topic in Topics.Values)
            yield return new NamesChange.PutTopic(topic);
    }

    private NamesSnapshot Put(NamesChange.PutStream put)
    {
        var known = Streams.GetValueOrDefault(put.Id);
        var names = known is null ? StreamNames : StreamNames.Remove(known.Name);
        var stream = new NamedStream(put.Id, put.Name, put.Created, put.Framing, known?.Topics ?? NoNames);
        return this with { Streams = Streams.SetItem(put.Id, stream), StreamNames = names.SetItem(put.Name, put.Id) };
    }

    private NamesSnapshot Put(NamedTopic topic)
    {
        var rest = Without(topic.Id);
        if (!rest.Streams.TryGetValue(topic.Stream, out var stream))
            throw new LogIOException(LogError.Corrupt, $"topic {topic.Id} is in stream {topic.Stream}, which the table of names does not have");
        return rest with
        {
            Topics = rest.Topics.SetItem(topic.Id, topic),
            Streams = rest.Streams.SetItem(stream.Id, stream with { Topics = stream.Topics.SetItem(topic.Name, topic.Id) }),
        };
    }

    private NamesSnapshot Without(ulong id)
    {
        if (!Topics.TryGetValue(id, out var topic))
            return this;
        var stream = Streams[topic.Stream];
        return this with
        {
            Topics = Topics.Remove(id),
            Streams = Streams.SetItem(stream.Id, stream with { Topics = stream.Topics.Remove(topic.Name) }),
        };
    }
}
