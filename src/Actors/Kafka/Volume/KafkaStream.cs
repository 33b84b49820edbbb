using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A stream of a cluster's topics: all of them, or those whose names begin so.</summary>
internal sealed class KafkaStream(
    KafkaClient client, TopicTable table, KafkaTree tree, KafkaVolumeOptions options, TimeProvider clock, DateTimeOffset mountedAt, StreamId stream) : ISourceStream
{
    /// <summary>How often the cluster is asked whether a topic that it made or deleted is there.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    /// <summary>How often at most: brokers learn of topics one after the other.</summary>
    private const int MaxPolls = 40;

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
        for (var polls = 0; polls < MaxPolls; polls++)
        {
            var found = table.Find(full);
            if (found.Value is not null && Find(name) is { } entry)
                return entry;
            if (found.Failure is { Fault: not Fault.NotFound } failure)
                return failure;
            await Task.Delay(s_poll, clock).ConfigureAwait(false);
        }
        return new Failure(Fault.TimedOut, $"topic {full} was made, and is not shown yet");
    }

    /// <inheritdoc/>
    public Task<Failure?> RenameTopic(TopicId topic, StreamId target, EntityName name) =>
        Task.FromResult<Failure?>(new Failure(Fault.NotPermitted, "a topic of Kafka can't be renamed"));

    /// <inheritdoc/>
    public Task<Failure?> SetFraming(Framing framing) =>
        Task.FromResult<Failure?>(new Failure(Fault.NotPermitted, "the framing of a cluster's topics is fixed"));

    /// <inheritdoc/>
    public Task<Failure?> DeleteTopic(TopicId topic) => table.Ids.Find(table, topic).Value is { } life
        ? Delete([life]) : Task.FromResult<Failure?>(new Failure(Fault.NotFound, $"topic {topic} is gone"));

    /// <inheritdoc/>
    public async Task<Failure?> Delete()
    {
        if (stream == table.Ids.Cluster)
            return new Failure(Fault.NotPermitted, "a stream that stands for a whole cluster is never deleted");
        var failure = await Delete([.. Topics.Select(entry => table.Ids.Find(table, entry.Id).Value).OfType<TopicLife>()]).ConfigureAwait(false);
        if (failure is null)
            tree.Forget(stream);
        return failure;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It is a look at what the table knows.
    }

    private async Task<Failure?> Delete(IReadOnlyList<TopicLife> topics)
    {
        if (!options.AllowDelete)
            return new Failure(Fault.NotPermitted, "topics of Kafka are not deleted (delete = deny)");
        if (topics.Count == 0)
            return null;
        var failure = client.Admin.DeleteTopics([.. topics.Select(topic => topic.Name)], out var deleted);
        foreach (var topic in topics.Where(topic => deleted.Contains(topic.Name)))
            table.End(topic);
        await Settle(deleted).ConfigureAwait(false);
        return failure;
    }

    /// <summary>Brokers learn of it one after the other; one that does not know yet would show a topic again, as a new one.</summary>
    private async Task Settle(IReadOnlyCollection<string> deleted)
    {
        var left = new Queue<string>(deleted);
        for (var polls = 0; left.TryPeek(out var name) && polls < MaxPolls;)
        {
            if (client.FindTopic(name).Value is null)
            {
                left.Dequeue();
                continue;
            }
            polls++;
            await Task.Delay(s_poll, clock).ConfigureAwait(false);
        }
        // A listing meanwhile may have shown them.
        foreach (var name in deleted)
            table.Ask(name);
    }
}
