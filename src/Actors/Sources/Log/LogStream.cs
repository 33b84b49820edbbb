using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>A stream of a log directory.</summary>
internal sealed class LogStream(LogSource source, NamedStream first) : ISourceStream
{
    private (NamesSnapshot Names, IReadOnlyList<TopicEntry> Entries)? _topics;

    public bool IsEnded => !source.Store.Names.Streams.ContainsKey(first.Id);

    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(first.Created);

    public Framing Framing => Now(source.Store.Names).Framing;

    public IReadOnlyList<TopicEntry> Topics
    {
        get
        {
            var names = source.Store.Names;
            if (_topics is { } known && ReferenceEquals(known.Names, names))
                return known.Entries;
            TopicEntry[] entries = [.. Now(names).Topics.Values.Order().Select(id => LogEntries.Of(names.Topics[id]))];
            _topics = (names, entries);
            return entries;
        }
    }

    public TopicEntry? Find(EntityName name)
    {
        var names = source.Store.Names;
        return LogSource.TextOf(name) is { } text && Now(names).Topics.TryGetValue(text, out var id) ? LogEntries.Of(names.Topics[id]) : null;
    }

    public Task<Result<TopicEntry>> CreateTopic(EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return Task.FromResult<Result<TopicEntry>>(LogSource.NotText);
        var now = Now(source.Store.Names);
        if (now.Topics.ContainsKey(text))
            return Task.FromResult<Result<TopicEntry>>(new Failure(Fault.Exists, $"the name {text} is taken"));
        var made = new List<IncarnationId>();
        return source.After.Bind(source.MakePartitions(now.Framing, made), fault => source.After.Bind(
            fault is null
                ? source.Store.ChangeNamesAsync(names => names.CreateTopic(first.Id, text, made, now.Framing))
                : new ValueTask<LogResult<NamedTopic>>(fault),
            topic => topic.Succeeded ? Task.FromResult<Result<TopicEntry>>(LogEntries.Of(topic.Value)) : Drop(made, topic.Fault)));
    }

    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return Task.FromResult<Failure?>(LogSource.NotText);
        if (!LogIds.TryParse(topic, out var id))
            return LogSource.NotMine(topic);
        return LogIds.TryParse(target, out var stream)
            ? source.Change(names => NotHere(names.Now, id) ?? names.RenameTopic(id, stream, text))
            : LogSource.NotMine(target);
    }

    public Task<Failure?> SetFraming(Framing framing) => source.Change(names => names.SetFraming(first.Id, framing));

    public Task<Failure?> DeleteTopic(TopicId topic) => LogIds.TryParse(topic, out var id)
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

    /// <summary>Removes what was made of a topic that could not be; where it is unknown whether it was, the next start does.</summary>
    private Task<Result<TopicEntry>> Drop(List<IncarnationId> made, LogFault fault) => fault.Error == LogError.Io
        ? Task.FromResult<Result<TopicEntry>>(LogFailures.FailureOf(fault))
        : source.After.Then(
            source.Store.ChangeNamesAsync(names => names.DropPartitions(made)), _ => (Result<TopicEntry>)LogFailures.FailureOf(fault));
}
