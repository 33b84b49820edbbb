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
    public Task<Result<ISourceStream>> OpenStream(StreamId stream) => Task.FromResult<Result<ISourceStream>>(
        LogIds.TryParse(stream, out var id, Prefix) && names.Now.Streams.TryGetValue(id, out var named)
            ? new SharedStream(this, named)
            : new Failure(Fault.Deleted, $"there is no stream {stream}"));

    /// <inheritdoc/>
    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic) => Task.FromResult<Result<ISourceTopic>>(
        LogIds.TryParse(topic, out var id, Prefix) && names.Now.Topics.TryGetValue(id, out var named)
            ? new SharedTopic(this, named)
            : new Failure(Fault.Deleted, $"there is no topic {topic}"));

    /// <inheritdoc/>
    public async Task<Result<IPartitionSource>> OpenPartition(PartitionId partition)
    {
        if (!LogIds.TryParse(partition, out var id, out var index, Prefix) || !names.Now.Topics.TryGetValue(id, out var topic) ||
            index >= topic.Partitions.Length)
            return new Failure(Fault.Deleted, $"there is no partition {partition}");
        var shard = await shards.LogOf(partition).ConfigureAwait(false);
        if (shard.Value is not { } log)
            return shard.Failure!;
        var opened = await log.Store.OpenReaderAsync(topic.Partitions[index]).ConfigureAwait(false);
        if (opened.Fault is { Error: LogError.NotFound })
        {
            var framing = names.Now.Streams[topic.Stream].Framing;
            if (await log.Store.CreateAsync(topic.Partitions[index], framing).ConfigureAwait(false) is { Error: not LogError.Exists } fault)
                return LogFailures.FailureOf(fault);
            opened = await log.Store.OpenReaderAsync(topic.Partitions[index]).ConfigureAwait(false);
        }
        if (!opened.Succeeded)
            return LogFailures.OfIncarnation(opened.Fault);
        var made = new LogPartition(log, topic, topic.Partitions[index]);
        made.Hold(opened.Value);
        return new SharedPartition(names, log, topic, index, made);
    }

    /// <summary>The failure that a change of names ended with.</summary>
    internal static async Task<Failure?> Outcome(Task<LogFault?> change) =>
        await change.ConfigureAwait(false) is { } fault ? LogFailures.FailureOf(fault) : null;
}
