using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// Streams whose partitions lie in the logs of shards, each of which one of several hosts has. Names are everyone's; a partition is
/// made in the log of its shard when it is opened first.
/// </summary>
/// <param name="names">The names.</param>
/// <param name="shards">The logs of the shards that this host has.</param>
/// <param name="options">How the streams are.</param>
public sealed class SharedLogSource(ISharedNames names, ISharedShards shards, LogSourceOptions options) : IStreamSource, IStreamVolume
{
    /// <inheritdoc/>
    public IReadOnlyList<StreamEntry> Streams => names.Now is var now ? [.. now.StreamNames.Values.Select(id => LogEntries.Of(now.Streams[id], Prefix))] : [];

    internal ISharedNames Names => names;

    internal int Partitions => options.Partitions;

    /// <summary>Why nothing may be deleted; null where it may.</summary>
    internal Failure? NoDelete => options.MayDelete ? null : LogSource.NoDelete;

    internal string Prefix => options.IdPrefix;

    /// <inheritdoc/>
    public StreamEntry? Find(EntityName name) =>
        LogSource.TextOf(name) is { } text && names.Now.Stream(text) is { } stream ? LogEntries.Of(stream, Prefix) : null;

    /// <inheritdoc/>
    public async Task<Result<StreamEntry>> CreateStream(EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return LogSource.NotText;
        var made = await names.CreateStream(text, options.Framing).ConfigureAwait(false);
        return made.Succeeded ? LogEntries.Of(made.Value, Prefix) : LogFailures.FailureOf(made.Fault);
    }

    /// <inheritdoc/>
    public Task<Failure?> RenameStream(StreamId stream, EntityName name)
    {
        if (LogSource.TextOf(name) is not { } text)
            return Task.FromResult<Failure?>(LogSource.NotText);
        return LogIds.TryParse(stream, out var id, Prefix) ? Outcome(names.RenameStream(id, text)) : LogSource.NotMine(stream);
    }

    /// <inheritdoc/>
    /// <remarks>Another member may have made it since this one was told.</remarks>
    public bool IsOutdated(EntityName? name) => name is not null && Find(name) is null;

    /// <inheritdoc/>
    public Task<Failure?> Refresh() => Outcome(names.Refresh());

    /// <inheritdoc/>
    public async Task<Result<ISourceStream>> OpenStream(StreamId stream)
    {
        if (!LogIds.TryParse(stream, out var id, Prefix))
            return Deleted(stream);
        if (!names.Now.Streams.ContainsKey(id) && await Refresh().ConfigureAwait(false) is { } failure)
            return failure;
        return names.Now.Streams.TryGetValue(id, out var named) ? new SharedStream(this, named) : Deleted(stream);
    }

    /// <inheritdoc/>
    public async Task<Result<ISourceTopic>> OpenTopic(TopicId topic)
    {
        if (!LogIds.TryParse(topic, out var id, Prefix))
            return Deleted(topic);
        if (!names.Now.Topics.ContainsKey(id) && await Refresh().ConfigureAwait(false) is { } failure)
            return failure;
        return names.Now.Topics.TryGetValue(id, out var named) ? new SharedTopic(this, named) : Deleted(topic);
    }

    /// <inheritdoc/>
    public async Task<Result<IPartitionSource>> OpenPartition(PartitionId partition)
    {
        if (!LogIds.TryParse(partition, out var id, out var index, Prefix))
            return Deleted(partition);
        if (!IsThere(id, index) && await Refresh().ConfigureAwait(false) is { } unknown)
            return unknown;
        if (!IsThere(id, index) || names.Now.Topics.GetValueOrDefault(id) is not { } topic)
            return Deleted(partition);
        var shard = await shards.LogOf(partition).ConfigureAwait(false);
        if (shard.Value is not { } log)
            return shard.Failure!;
        var opened = await log.After.On(log.Store.OpenReaderAsync(topic.Partitions[index])).ConfigureAwait(false);
        if (opened.Fault is { Error: LogError.NotFound })
        {
            var framing = names.Now.Streams[topic.Stream].Framing;
            if (await log.After.On(log.Store.CreateAsync(topic.Partitions[index], framing)).ConfigureAwait(false) is { Error: not LogError.Exists } fault)
                return LogFailures.FailureOf(fault);
            opened = await log.After.On(log.Store.OpenReaderAsync(topic.Partitions[index])).ConfigureAwait(false);
        }
        if (!opened.Succeeded)
            return LogFailures.OfIncarnation(opened.Fault);
        var made = new LogPartition(log, topic, topic.Partitions[index]);
        made.Hold(opened.Value);
        return new SharedPartition(names, log, topic, index, made);
    }

    private bool IsThere(ulong topic, int partition) => names.Now.Topics.TryGetValue(topic, out var named) && partition < named.Partitions.Length;

    private static Failure Deleted(object id) => new(Fault.Deleted, $"there is no {id}");

    /// <summary>The failure that a change of names ended with.</summary>
    internal static async Task<Failure?> Outcome(Task<LogFault?> change) =>
        await change.ConfigureAwait(false) is { } fault ? LogFailures.FailureOf(fault) : null;
}
