using System.Text;
using StreamActors.Etcd;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.SharedLogs;

/// <summary>What a change of names writes, made from the names as they are; it throws where the names don't allow it.</summary>
/// <param name="keys">Where the names stand.</param>
/// <param name="state">The names.</param>
/// <param name="nextId">The first id that this change may give.</param>
/// <param name="now">Milliseconds since 1970 UTC.</param>
internal sealed class NamesEdit(NamesKeys keys, NamesState state, ulong nextId, long now)
{
    /// <summary>How many ids one change may give.</summary>
    public const int MaxIds = 1 << 16;

    /// <summary>The most named cursors of a topic.</summary>
    public const int MaxCursors = 10_000;

    /// <summary>What is written; nothing where nothing changes.</summary>
    public List<EtcdOperation> Operations { get; } = [];

    private NamesSnapshot Names => state.Names;

    public ulong CreateStream(string name, Framing framing)
    {
        CheckFree(name, Names.StreamNames.ContainsKey(name));
        Put(keys.Stream(nextId), new StreamRecord(name, now, FramingRecord.Of(framing)));
        return nextId;
    }

    public void RenameStream(ulong id, string name)
    {
        var stream = Stream(id);
        if (stream.Name == name)
            return;
        CheckFree(name, Names.StreamNames.ContainsKey(name));
        Put(stream with { Name = name });
    }

    public void SetFraming(ulong id, Framing framing)
    {
        var stream = Stream(id);
        if (state.Used.Contains(id))
            throw new LogIOException(LogError.NotEmpty, $"stream {stream.Name} has messages");
        Put(stream with { Framing = framing });
    }

    public void Use(ulong id)
    {
        if (!state.Used.Contains(id))
            Put(Stream(id), used: true);
    }

    public void DeleteStream(ulong id)
    {
        Stream(id);
        Operations.Add(new EtcdOperation.Delete(keys.Stream(id)));
        Put(keys.GoneOf(id), new GoneRecord());
    }

    public ulong CreateTopic(ulong stream, string name, int partitions)
    {
        CheckFree(name, Stream(stream).Topics.ContainsKey(name));
        CheckCount(partitions);
        Put(keys.Topic(nextId), new TopicRecord(stream, name, now, [.. Enumerable.Range(1, partitions).Select(i => nextId + (ulong)i)]));
        return nextId;
    }

    public void AddPartition(ulong id, int index)
    {
        var topic = Topic(id);
        if (index < topic.Partitions.Length)
            throw new LogIOException(LogError.Exists, $"topic {id} has a partition {index}");
        if (index > topic.Partitions.Length)
            throw new LogIOException(LogError.Invalid, $"the next partition of topic {id} is {topic.Partitions.Length}");
        CheckCount(index + 1);
        Put(topic with { Partitions = topic.Partitions.Add(new IncarnationId(nextId)) });
    }

    public void RenameTopic(ulong id, ulong from, ulong to, string name)
    {
        var topic = TopicIn(id, from);
        if (from == to && topic.Name == name)
            return;
        var target = Stream(to);
        CheckFree(name, target.Topics.ContainsKey(name));
        if (!target.Framing.Equals(Stream(from).Framing))
            throw new LogIOException(LogError.Invalid, "the two streams have different framings");
        Put(topic with { Stream = to, Name = name });
        // The topic may bring messages.
        if (state.Used.Contains(from) && !state.Used.Contains(to))
            Put(target, used: true);
    }

    public void DeleteTopic(ulong id, ulong stream) => Forget(id, TopicIn(id, stream).Partitions.Select(one => one.Value));

    /// <summary>Forgets a topic, and remembers which partitions are to be removed.</summary>
    public void Forget(ulong id, IEnumerable<ulong> partitions)
    {
        Operations.Add(new EtcdOperation.Delete(keys.Topic(id)));
        Put(keys.GoneOf(id), new GoneRecord([.. partitions]));
    }

    public void CreateCursor(ulong topic, string name)
    {
        Topic(topic);
        if (Encoding.UTF8.GetByteCount(name) is 0 or > LogCatalog.MaxNameBytes)
            throw new LogIOException(LogError.Invalid, $"a name has 1 to {LogCatalog.MaxNameBytes} bytes");
        var cursors = state.Cursors.GetValueOrDefault(topic);
        if (cursors?.ContainsKey(name) == true)
            throw new LogIOException(LogError.Exists, $"topic {topic} has a cursor {name}");
        if (cursors?.Count >= MaxCursors)
            throw new LogIOException(LogError.Busy, $"topic {topic} has {MaxCursors} cursors, the most there may be");
        Put(keys.Cursor(topic, name), new CursorRecord(nextId));
    }

    private NamedStream Stream(ulong id) =>
        Names.Streams.GetValueOrDefault(id) ?? throw new LogIOException(LogError.NotFound, $"there is no stream {id}");

    private NamedTopic Topic(ulong id) =>
        Names.Topics.GetValueOrDefault(id) ?? throw new LogIOException(LogError.NotFound, $"there is no topic {id}");

    private NamedTopic TopicIn(ulong id, ulong stream) => Topic(id) is var topic && topic.Stream == stream
        ? topic : throw new LogIOException(LogError.NotFound, $"stream {stream} has no topic {id}");

    private static void CheckFree(string name, bool isTaken)
    {
        if (Encoding.UTF8.GetByteCount(name) is 0 or > LogCatalog.MaxNameBytes)
            throw new LogIOException(LogError.Invalid, $"a name has 1 to {LogCatalog.MaxNameBytes} bytes");
        if (isTaken)
            throw new LogIOException(LogError.Exists, $"the name {name} is taken");
    }

    private static void CheckCount(int partitions)
    {
        if (partitions is < 1 or > LogCatalog.MaxPartitions)
            throw new LogIOException(LogError.Invalid, $"a topic has 1 to {LogCatalog.MaxPartitions} partitions");
    }

    private void Put(NamedStream stream, bool? used = null) => Put(
        keys.Stream(stream.Id),
        new StreamRecord(stream.Name, stream.Created, FramingRecord.Of(stream.Framing), used ?? state.Used.Contains(stream.Id)));

    private void Put(NamedTopic topic) => Put(
        keys.Topic(topic.Id), new TopicRecord(topic.Stream, topic.Name, topic.Created, [.. topic.Partitions.Select(one => one.Value)]));

    private void Put<T>(string key, T record) => Operations.Add(new EtcdOperation.Put(key, NamesRecords.Write(record)));
}
