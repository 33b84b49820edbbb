using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A topic of a cluster.</summary>
internal sealed class KafkaTopic(KafkaClient client, TopicTable table, KafkaVolumeOptions options, TimeProvider clock, TopicLife topic, Func<int, Result<KafkaPartition>> open) : ISourceTopic
{
    /// <summary>The most groups whose offsets are asked for to list cursors.</summary>
    public const int MaxGroups = 1000;

    /// <summary>How often the cluster is asked whether a partition that it made is there.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    private const int MaxPolls = 40;

    /// <inheritdoc/>
    public bool IsEnded => topic.IsEnded;

    /// <inheritdoc/>
    public IReadOnlyList<PartitionId> Partitions => [.. Enumerable.Range(0, topic.Partitions).Select(index => table.Ids.Partition(topic, index))];

    /// <inheritdoc/>
    public bool IsOutdated(int? index) => table.IsOutdated || index >= topic.Partitions;

    /// <inheritdoc/>
    public Task<Failure?> Refresh() => Task.FromResult(table.IsOutdated ? table.Refresh() : table.Ask(topic.Name).Failure);

    /// <inheritdoc/>
    public Task<Result<TopicReply.Found>> AddPartition(int index) => Add(index);

    /// <summary>A message is answered once all in-sync replicas have it: there is nothing left to do.</summary>
    /// <returns>Null.</returns>
    public Task<Failure?> Sync() => Task.FromResult<Failure?>(null);

    /// <inheritdoc/>
    public async Task<Result<IPartitionReader>> OpenMerged(ViewKind kind, StartPlace? start, Action changed)
    {
        var readers = new List<KafkaReader>();
        try
        {
            for (var index = 0; index < topic.Partitions; index++)
            {
                var opened = await OpenPart(index, kind, start).ConfigureAwait(false);
                if (opened.Value is not { } reader)
                    return opened.Failure!;
                readers.Add(reader);
            }
            var merged = KafkaMergedReader.Open(readers, changed);
            if (merged.Value is not null)
                readers = [];
            return merged;
        }
        finally
        {
            foreach (var reader in readers)
                reader.Dispose();
        }
    }

    /// <inheritdoc/>
    public Task<Result<TopicReply.Cursors>> ListCursors() => Task.FromResult(ListGroups());

    private async Task<Result<KafkaReader>> OpenPart(int index, ViewKind kind, StartPlace? start)
    {
        var partition = open(index);
        if (partition.Value is not { } source)
            return partition.Failure!;
        using (source)
        {
            var found = await source.FindView(kind, start).ConfigureAwait(false);
            return found.Value is { } view ? source.Open(view.View, isWhole: true) : found.Failure!;
        }
    }

    private async Task<Result<TopicReply.Found>> Add(int index)
    {
        if (!options.AllowGrow)
            return new Failure(Fault.NotPermitted, $"topic {topic.Name} may not get more partitions (grow = deny)");
        if (index != topic.Partitions)
            return new Failure(index < topic.Partitions ? Fault.Exists : Fault.Invalid, $"the next partition of topic {topic.Name} is {topic.Partitions}");
        if (client.Admin.AddPartitions(topic.Name, index + 1) is { } failure)
            return failure;
        // Brokers learn of it one after the other; one that does not know yet has no such partition.
        for (var polls = 0; client.FindTopic(topic.Name).Value?.Partitions <= index && polls < MaxPolls; polls++)
            await Task.Delay(s_poll, clock).ConfigureAwait(false);
        table.Grow(topic, index + 1);
        return new TopicReply.Found(table.Ids.Partition(topic, index));
    }

    /// <summary>The groups that have an offset in the topic.</summary>
    private Result<TopicReply.Cursors> ListGroups()
    {
        var groups = client.Admin.ListGroups();
        if (groups.Value is null)
            return groups.Failure!;
        string[] names = [.. groups.Value.Union(topic.Groups.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (names.Length > MaxGroups)
            return new Failure(Fault.TooLarge, $"the cluster has {names.Length} groups; cursors are listed of {MaxGroups} at most");
        var found = new List<EntityName>();
        foreach (var name in names)
        {
            if (client.Admin.HasCommitted(name, topic.Name, topic.Partitions, out var has) is { } failure)
                return failure;
            if (has)
                found.Add(new EntityName(name));
        }
        return new TopicReply.Cursors(found);
    }
}
