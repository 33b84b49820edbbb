using System.Collections.Immutable;
using System.Text;

namespace StreamActors.Logs;

/// <summary>
/// Streams, topics and partitions by name, on a log directory that keeps its own table of names (the local engine).
/// A name comes first: its partition gets files when somebody writes to it or opens it, and is deleted after its name. What a
/// crash leaves in between, <see cref="Sweep"/> removes. Each change is one transaction, however many partitions it is about,
/// and survives power loss when it returns.
/// </summary>
public sealed class LogCatalog
{
    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>The most partitions of a topic.</summary>
    public const int MaxPartitions = 10_000;

    private readonly LogDirectory _log;
    private readonly NamesTable _names;
    private readonly TimeProvider _clock;
    private readonly int _maxWriters;
    private readonly IReadOnlyCollection<IncarnationId> _reframed;

    // Of partitions that have no files yet, the topics that they are in.
    private readonly Dictionary<IncarnationId, ulong> _nameOnly = [];
    private ulong _nextId;

    internal LogCatalog(
        LogDirectory log, NamesTable names, TimeProvider clock, int maxWriters, IReadOnlyCollection<IncarnationId> reframed)
    {
        _log = log;
        _names = names;
        _clock = clock;
        _maxWriters = maxWriters;
        _reframed = reframed;
        _nextId = names.Now.NextId;
    }

    /// <summary>The names as they are now; any thread may look.</summary>
    public NamesSnapshot Now => _names.Now;

    /// <summary>Makes a stream.</summary>
    /// <param name="name">Its name, which no other stream has.</param>
    /// <param name="framing">How messages of its partitions become bytes.</param>
    /// <returns>The stream, or why not.</returns>
    public LogResult<NamedStream> CreateStream(string name, Framing framing) => _log.Guarded(() =>
    {
        CheckFree(name, Now.StreamNames);
        var id = _nextId++;
        _names.Commit(new NamesChange.NextId(_nextId), new NamesChange.PutStream(id, name, Milliseconds(), framing));
        return Now.Streams[id];
    });

    /// <summary>Makes a topic with partitions from 0 on.</summary>
    /// <param name="stream">Its stream's id.</param>
    /// <param name="name">Its name, which no other topic of the stream has.</param>
    /// <param name="partitions">How many partitions it has.</param>
    /// <returns>The topic, or why not.</returns>
    public LogResult<NamedTopic> CreateTopic(ulong stream, string name, int partitions) => _log.Guarded(() =>
    {
        CheckFree(name, Stream(stream).Topics);
        return AddPartitions(new NamedTopic(_nextId++, stream, name, Milliseconds(), []), partitions);
    });

    /// <summary>Removes partitions that have no name any more.</summary>
    /// <param name="nameless">The partitions.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? DropPartitions(IReadOnlyList<IncarnationId> nameless) => _log.Guarded(() =>
    {
        DeletePartitions(nameless);
        return true;
    }).Fault;

    /// <summary>Adds the next partition of a topic.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <returns>The topic as it is then, or why not.</returns>
    public LogResult<NamedTopic> AddPartition(ulong topic) => _log.Guarded(() => AddPartitions(Topic(topic), 1));

    /// <summary>Renames a stream.</summary>
    /// <param name="stream">Its id.</param>
    /// <param name="name">The new name, which no other stream has.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? RenameStream(ulong stream, string name) => _log.Guarded(() =>
    {
        var found = Stream(stream);
        if (found.Name == name)
            return true;
        CheckFree(name, Now.StreamNames);
        _names.Commit(new NamesChange.PutStream(found.Id, name, found.Created, found.Framing));
        return true;
    }).Fault;

    /// <summary>Renames a topic, or moves it to another stream of the same framing.</summary>
    /// <param name="topic">Its id.</param>
    /// <param name="stream">The id of the stream that it is in then.</param>
    /// <param name="name">The new name, which no other topic of that stream has.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? RenameTopic(ulong topic, ulong stream, string name) => _log.Guarded(() =>
    {
        var found = Topic(topic);
        if (found.Stream == stream && found.Name == name)
            return true;
        var target = Stream(stream);
        CheckFree(name, target.Topics);
        if (!target.Framing.Equals(Stream(found.Stream).Framing))
            throw new LogIOException(LogError.Invalid, "the two streams have different framings");
        _names.Commit(new NamesChange.PutTopic(found with { Stream = stream, Name = name }));
        return true;
    }).Fault;

    /// <summary>Changes the framing of a stream none of whose partitions ever had a message.</summary>
    /// <param name="stream">Its id.</param>
    /// <param name="framing">The new framing.</param>
    /// <returns>Null, or why not: <see cref="LogError.NotEmpty"/>.</returns>
    public LogFault? SetFraming(ulong stream, Framing framing) => _log.Guarded(() =>
    {
        var found = Stream(stream);
        var partitions = found.Topics.Values.SelectMany(topic => Now.Topics[topic].Partitions).ToArray();
        foreach (var partition in partitions.Where(id => !_nameOnly.ContainsKey(id)))
        {
            using var reader = _log.OpenReader(partition).Value;
            if (reader.Now.End.Ordinal > 0)
                throw new LogIOException(LogError.NotEmpty, $"stream {found.Name} has messages");
        }
        try
        {
            SetFraming(partitions, framing);
            _names.Commit(new NamesChange.PutStream(found.Id, found.Name, found.Created, framing));
        }
        catch (LogIOException e) when (e.Error != LogError.Io)
        {
            SetFraming(partitions, found.Framing);
            throw;
        }
        return true;
    }).Fault;

    /// <summary>Deletes a topic with its partitions.</summary>
    /// <param name="topic">Its id.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? DeleteTopic(ulong topic) => DeleteForgotten(ForgetTopic(topic));

    /// <summary>Takes a topic out of the table; <see cref="DropPartitions"/> removes what it had, or the next start does.</summary>
    /// <param name="topic">Its id.</param>
    /// <returns>Its partitions, or why not.</returns>
    public LogResult<IReadOnlyList<IncarnationId>> ForgetTopic(ulong topic) => _log.Guarded<IReadOnlyList<IncarnationId>>(() =>
    {
        var found = Topic(topic);
        _names.Commit(new NamesChange.DropTopic(topic));
        Forget(found);
        return found.Partitions;
    });

    /// <summary>Deletes a stream with its topics.</summary>
    /// <param name="stream">Its id.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? DeleteStream(ulong stream) => DeleteForgotten(ForgetStream(stream));

    /// <summary>Takes a stream with its topics out of the table, as <see cref="ForgetTopic"/> does a topic.</summary>
    /// <param name="stream">Its id.</param>
    /// <returns>The partitions of its topics, or why not.</returns>
    public LogResult<IReadOnlyList<IncarnationId>> ForgetStream(ulong stream) => _log.Guarded<IReadOnlyList<IncarnationId>>(() =>
    {
        var found = Stream(stream);
        var topics = found.Topics.Values.Select(id => Now.Topics[id]).ToArray();
        _names.Commit([.. topics.Select(topic => new NamesChange.DropTopic(topic.Id)), new NamesChange.DropStream(stream)]);
        foreach (var topic in topics)
            Forget(topic);
        return [.. topics.SelectMany(topic => topic.Partitions)];
    });

    /// <summary>
    /// Undoes or completes what a crash cut short: removes partitions that were deleted, and gives empty partitions the framing
    /// of their stream. A partition that has messages and an id that was never given is reported and left alone. Those that
    /// have a name and no files are known from then on.
    /// </summary>
    /// <returns>Null, or why it could not be done.</returns>
    public LogFault? Sweep() => _log.Guarded(() =>
    {
        foreach (var topic in Now.Topics.Values)
            foreach (var id in topic.Partitions)
                _nameOnly[id] = topic.Id;
        DeletePartitions(_log.List().Value.Where(id => !_nameOnly.Remove(id) && MayRemove(id)).ToArray());
        foreach (var topic in Now.Topics.Values)
            SetFraming(topic.Partitions.Intersect(_reframed), Now.Streams[topic.Stream].Framing);
        return true;
    }).Fault;

    /// <summary>The state of a partition that has a name and no files yet; null of any other.</summary>
    internal PartitionState? StateOfNameOnly(IncarnationId id) =>
        _nameOnly.TryGetValue(id, out var topic) && Now.Topics.TryGetValue(topic, out var named)
            ? new PartitionState(id, Now.Streams[named.Stream].Framing, named.Created, _maxWriters) : null;

    /// <summary>A partition has got its files.</summary>
    internal void HasFiles(IncarnationId id) => _nameOnly.Remove(id);

    private NamedTopic AddPartitions(NamedTopic topic, int count)
    {
        if (count < 0 || topic.Partitions.Length + count > MaxPartitions)
            throw new LogIOException(LogError.Invalid, $"a topic has at most {MaxPartitions} partitions");
        IncarnationId[] added = [.. Enumerable.Range(0, count).Select(_ => new IncarnationId(_nextId++))];
        topic = topic with { Partitions = topic.Partitions.AddRange(added) };
        _names.Commit(new NamesChange.NextId(_nextId), new NamesChange.PutTopic(topic));
        foreach (var id in added)
            _nameOnly[id] = topic.Id;
        return topic;
    }

    private void Forget(NamedTopic topic)
    {
        foreach (var id in topic.Partitions)
            _nameOnly.Remove(id);
    }

    private LogFault? DeleteForgotten(LogResult<IReadOnlyList<IncarnationId>> partitions) =>
        partitions.Succeeded ? DropPartitions(partitions.Value) : partitions.Fault;

    private void DeletePartitions(IEnumerable<IncarnationId> partitions) => Require(_log.DeleteAll(partitions));

    private bool MayRemove(IncarnationId id)
    {
        if (id.Value < Now.NextId)
            return true;
        var reader = _log.OpenReader(id);
        if (!reader.Succeeded)
            return false;
        using var open = reader.Value;
        if (open.Now.End.Ordinal == 0)
            return true;
        _log.NoteUnknown(id);
        return false;
    }

    private void SetFraming(IEnumerable<IncarnationId> partitions, Framing framing)
    {
        // What has no files gets the framing of its stream with them, unless somebody looks at it already.
        foreach (var id in partitions.Where(id => !_nameOnly.ContainsKey(id) || _log.IsActive(id)))
        {
            // One that is damaged keeps what it has, and whoever opens it is told.
            if (_log.OpenReader(id) is var opened && opened.Fault?.Error == LogError.Corrupt)
                continue;
            using var reader = opened.Value;
            if (reader.Now.End.Ordinal == 0 && !reader.Now.Framing.Equals(framing))
                Require(_log.SetFraming(id, framing));
        }
        Require(_log.Sync());
    }

    private NamedStream Stream(ulong id) =>
        Now.Streams.GetValueOrDefault(id) ?? throw new LogIOException(LogError.NotFound, $"there is no stream {id}");

    private NamedTopic Topic(ulong id) =>
        Now.Topics.GetValueOrDefault(id) ?? throw new LogIOException(LogError.NotFound, $"there is no topic {id}");

    private static void CheckFree(string name, ImmutableSortedDictionary<string, ulong> taken)
    {
        if (Encoding.UTF8.GetByteCount(name) is 0 or > MaxNameBytes)
            throw new LogIOException(LogError.Invalid, $"a name has 1 to {MaxNameBytes} bytes");
        if (taken.ContainsKey(name))
            throw new LogIOException(LogError.Exists, $"the name {name} is taken");
    }

    private static void Require(LogFault? fault)
    {
        if (fault is not null)
            throw fault.ToException();
    }

    private long Milliseconds() => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}
