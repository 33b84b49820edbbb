using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>A stream of a volume that several hosts share.</summary>
internal sealed class SharedStream(SharedLogSource source, NamedStream first) : ISourceStream
{
    public bool IsEnded => !source.Names.Now.Streams.ContainsKey(first.Id);

    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(first.Created);

    public Framing Framing => Now(source.Names.Now).Framing;

    public IReadOnlyList<TopicEntry> Topics
    {
        get
        {
            var names = source.Names.Now;
            return [.. Now(names).Topics.Values.Order().Select(id => LogEntries.Of(names.Topics[id], source.Prefix))];
        }
    }

    public TopicEntry? Find(EntityName name)
    {
        var names = source.Names.Now;
        return LogSource.TextOf(name) is { } text && Now(names).Topics.TryGetValue(text, out var id) ? LogEntries.Of(names.Topics[id], source.Prefix) : null;
    }

    public bool IsOutdated(EntityName? name) => name is not null && Find(name) is null;

    public Task<Failure?> Refresh(EntityName? name) => source.Refresh();

    public async Task<Result<TopicEntry>> CreateTopic(EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return LogSource.NotText;
        var made = await source.Names.CreateTopic(first.Id, text, source.Partitions).ConfigureAwait(false);
        return made.Succeeded ? LogEntries.Of(made.Value, source.Prefix) : LogFailures.FailureOf(made.Fault);
    }

    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return Task.FromResult<Failure?>(LogSource.NotText);
        if (!LogIds.TryParse(topic, out var id, source.Prefix))
            return LogSource.NotMine(topic);
        return LogIds.TryParse(target, out var stream, source.Prefix)
            ? SharedLogSource.Outcome(source.Names.RenameTopic(id, first.Id, stream, text))
            : LogSource.NotMine(target);
    }

    public Task<Failure?> SetFraming(Framing framing) => SharedLogSource.Outcome(source.Names.SetFraming(first.Id, framing));

    public Task<Failure?> DeleteTopic(TopicId topic) => source.NoDelete is { } denied ? Task.FromResult<Failure?>(denied)
        : LogIds.TryParse(topic, out var id, source.Prefix) ? SharedLogSource.Outcome(source.Names.DeleteTopic(id, first.Id))
        : LogSource.NotMine(topic);

    public Task<Failure?> Delete() => source.NoDelete is { } denied
        ? Task.FromResult<Failure?>(denied) : SharedLogSource.Outcome(source.Names.DeleteStream(first.Id));

    public void Dispose()
    {
        // Nothing is kept for it but names, which are everyone's.
    }

    private NamedStream Now(NamesSnapshot names) => names.Streams.GetValueOrDefault(first.Id, first with { Topics = first.Topics.Clear() });
}
