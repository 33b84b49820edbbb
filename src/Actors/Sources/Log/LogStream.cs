using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>A stream of a log directory.</summary>
internal sealed class LogStream(LogSource source, NamedStream first) : ISourceStream
{
    private (NamesSnapshot Names, long Generations, IReadOnlyList<TopicEntry> Entries)? _topics;

    public bool IsEnded => !source.Store.Names.Streams.ContainsKey(first.Id);

    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(first.Created);

    public Framing Framing => Now(source.Store.Names).Framing;

    public IReadOnlyList<TopicEntry> Topics
    {
        get
        {
            var names = source.Store.Names;
            var generations = source.Store.GenerationChanges;
            if (_topics is { } known && ReferenceEquals(known.Names, names) && known.Generations == generations)
                return known.Entries;
            TopicEntry[] entries = [.. Now(names).Topics.Values.Order().Select(id => EntryOf(names.Topics[id]))];
            _topics = (names, generations, entries);
            return entries;
        }
    }

    public TopicEntry? Find(EntityName name)
    {
        var names = source.Store.Names;
        return LogSource.TextOf(name) is { } text && Now(names).Topics.TryGetValue(text, out var id) ? EntryOf(names.Topics[id]) : null;
    }

    public bool IsOutdated(EntityName? name) => name is null && Only(source.Store.Names).Any(id => source.Store.KnownGeneration(id) is null);

    public Task<Failure?> Refresh(EntityName? name)
    {
        foreach (var id in Only(source.Store.Names))
            source.Store.ReadGeneration(id);
        return Task.FromResult<Failure?>(null);
    }

    public Task<Result<TopicEntry>> CreateTopic(EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return Task.FromResult<Result<TopicEntry>>(LogSource.NotText);
        return source.After.Then(
            source.Store.ChangeNamesAsync(names => names.CreateTopic(first.Id, text, source.PartitionsOfNewTopics)),
            made => made.Succeeded ? EntryOf(made.Value) : (Result<TopicEntry>)LogFailures.OfIncarnation(made.Fault));
    }

    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return Task.FromResult<Failure?>(LogSource.NotText);
        if (!LogIds.TryParse(topic, out var id, source.Prefix))
            return LogSource.NotMine(topic);
        return LogIds.TryParse(target, out var stream, source.Prefix)
            ? source.Change(names => NotHere(names.Now, id) ?? names.RenameTopic(id, stream, text))
            : LogSource.NotMine(target);
    }

    public Task<Failure?> SetFraming(Framing framing) => source.Change(names => names.SetFraming(first.Id, framing));

    public Task<Failure?> DeleteTopic(TopicId topic) => LogIds.TryParse(topic, out var id, source.Prefix)
        ? source.Delete(names => NotHere(names.Now, id) is { } fault ? fault : names.ForgetTopic(id))
        : LogSource.NotMine(topic);

    public Task<Failure?> Delete() => source.Delete(names => names.ForgetStream(first.Id));

    public void Dispose()
    {
        // Nothing is kept for it but names, which are everyone's.
    }

    /// <summary>The stream as it is, or as it was when this began, once it was deleted.</summary>
    private NamedStream Now(NamesSnapshot names) => names.Streams.GetValueOrDefault(first.Id, first with { Topics = first.Topics.Clear() });

    private LogFault? NotHere(NamesSnapshot names, ulong topic) => names.Topics.TryGetValue(topic, out var named) && named.Stream == first.Id
        ? null : new LogFault(LogError.NotFound, $"stream {first.Id} has no topic {topic}");

    /// <summary>The partitions of the topics that have one.</summary>
    private IEnumerable<IncarnationId> Only(NamesSnapshot names) =>
        Now(names).Topics.Values.Select(id => names.Topics[id].Partitions).Where(partitions => partitions.Length == 1).Select(partitions => partitions[0]);

    private TopicEntry EntryOf(NamedTopic topic) => LogEntries.Of(topic, source.Prefix) with
    {
        OnlyGeneration = topic.Partitions.Length == 1 ? source.Store.KnownGeneration(topic.Partitions[0]) ?? 0 : 0,
    };
}
