using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A stream of a cluster's topics: all of them, or those whose names begin so.</summary>
internal sealed class KafkaStream(
    KafkaClient client, TopicTable table, KafkaTree tree, KafkaVolumeOptions options, TimeProvider clock, DateTimeOffset mountedAt, StreamId stream) : ISourceStream
{
    /// <summary>How often the cluster is asked whether a topic that it made is there.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    /// <summary>How often at most: brokers learn of a new topic one after the other.</summary>
    private const int MaxPolls = 100;

    /// <inheritdoc/>
    public bool IsEnded => tree.TopicsOf(stream) is null;

    /// <inheritdoc/>
    public DateTimeOffset CreatedAt => mountedAt;

    /// <inheritdoc/>
    public Framing Framing => Framing.Lines;

    /// <inheritdoc/>
    public IReadOnlyList<TopicEntry> Topics => tree.TopicsOf(stream)?.Entries ?? [];

    /// <inheritdoc/>
    public TopicEntry? Find(EntityName name) => tree.TopicsOf(stream)?.Find(name);

    /// <inheritdoc/>
    public bool IsOutdated(EntityName? name) => table.IsOutdated || (name is not null && Find(name) is null);

    /// <inheritdoc/>
    public Task<Failure?> Refresh(EntityName? name)
    {
        if (name is null || Find(name) is not null)
            return Task.FromResult(table.Refresh());
        // What can't be the name of a topic is asked of nobody.
        if (tree.ClusterNameOf(stream, name) is not { } full)
            return Task.FromResult<Failure?>(null);
        var failure = table.Find(full).Failure;
        return Task.FromResult(failure is { Fault: Fault.NotFound } ? null : failure);
    }

    /// <inheritdoc/>
    public async Task<Result<TopicEntry>> CreateTopic(EntityName name)
    {
        if (tree.ClusterNameOf(stream, name) is not { } full)
            return new Failure(Fault.Invalid, $"{name} can't be the name of a topic here");
        if (client.Admin.CreateTopic(full, options.Topics) is { } refused)
            return refused;
        Failure failure;
        var polls = 0;
        do
        {
            var found = table.Find(full);
            if (found.Value is not null && Find(name) is { } entry)
                return entry;
            failure = found.Failure ?? new Failure(Fault.TimedOut, $"topic {full} was made, and is not shown yet");
            await Task.Delay(s_poll, clock).ConfigureAwait(false);
        }
        while (failure.Fault == Fault.NotFound && ++polls < MaxPolls);
        return failure;
    }

    /// <inheritdoc/>
    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name) =>
        Task.FromResult<Failure?>(new Failure(Fault.NotPermitted, "a topic of Kafka can't be renamed"));

    /// <inheritdoc/>
    public Task<Failure?> SetFraming(Framing framing) =>
        Task.FromResult<Failure?>(new Failure(Fault.NotPermitted, "the framing of a cluster's topics is fixed"));

    /// <inheritdoc/>
    public Task<Failure?> DeleteTopic(TopicId topic) => Task.FromResult(Delete(topic));

    /// <inheritdoc/>
    public Task<Failure?> Delete()
    {
        if (stream == KafkaIds.Cluster)
            return Task.FromResult<Failure?>(new Failure(Fault.NotPermitted, "a stream that stands for a whole cluster is never deleted"));
        foreach (var entry in Topics)
            if (Delete(entry.Id) is { } failure)
                return Task.FromResult<Failure?>(failure);
        tree.Forget(stream);
        return Task.FromResult<Failure?>(null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It is a look at what the table knows.
    }

    private Failure? Delete(TopicId topic)
    {
        if (!options.AllowDelete)
            return new Failure(Fault.NotPermitted, "topics of Kafka are not deleted (delete = deny)");
        if (table.Find(KafkaIds.NumberOf(topic)) is not { } life)
            return new Failure(Fault.NotFound, $"topic {topic} is gone");
        if (client.Admin.DeleteTopic(life.Name) is { } failure)
            return failure;
        table.End(life);
        return null;
    }
}
