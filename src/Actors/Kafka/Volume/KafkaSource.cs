using Microsoft.Extensions.Logging;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>A cluster as a volume of streams. It starts whether a broker is there or not. Safe for several threads.</summary>
public sealed class KafkaSource : IStreamSource, IStreamVolume, IAsyncDisposable
{
    /// <summary>How often it is looked whether something that failed goes on.</summary>
    private static readonly TimeSpan s_tendEvery = TimeSpan.FromSeconds(1);

    private readonly KafkaClient _client;
    private readonly KafkaVolumeOptions _options;
    private readonly TimeProvider _clock;
    private readonly MirrorStore _store;
    private readonly MirrorTable _mirrors;
    private readonly TopicTable _table;
    private readonly KafkaTree _tree;
    private readonly DateTimeOffset _mountedAt;
    private readonly ThreadWorker _tender = new("kafka-tend");
    private readonly ThreadWorker _refiller = new("kafka-refill");
    private readonly ITimer _timer;
    private int _isTending;

    private KafkaSource(KafkaClient client, MirrorStore store, KafkaVolumeOptions options, TimeProvider clock)
    {
        (_client, _store, _options, _clock, _mountedAt) = (client, store, options, clock, clock.GetUtcNow());
        _table = new TopicTable(client, options, clock);
        _mirrors = new MirrorTable(new MirrorContext(client, store, options.Mirror, clock, _refiller)
        {
            Generations = options.Generations,
            Checkpoints = options.Checkpoints,
        }, _table.End);
        _tree = new KafkaTree(_table, options, _mountedAt);
        _timer = clock.CreateTimer(_ => Tend(), null, s_tendEvery, s_tendEvery);
    }

    /// <summary>Opens a cluster and its cache; no broker has to be there.</summary>
    /// <param name="cluster">Which cluster, and how it is spoken to.</param>
    /// <param name="cache">The log directory of the cache.</param>
    /// <param name="options">How the cluster is shown.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="logger">Told what librdkafka says, without secrets.</param>
    /// <returns>The source, or why it can't be had. The cache is the source's then.</returns>
    public static Result<KafkaSource> Open(KafkaOptions cluster, LogStore cache, KafkaVolumeOptions options, TimeProvider clock, ILogger logger)
    {
        var store = new MirrorStore(cache, options.Mirror.CacheMaxBytes);
        if (store.Forget(MirrorNames.HasStart) is { } broken)
            return broken;
        var client = KafkaClient.Create(cluster, logger, clock);
        return client.Value is { } made ? new KafkaSource(made, store, options, clock) : client.Failure!;
    }

    /// <summary>How many bytes of messages, keys and headers the cache has.</summary>
    public long CachedBytes => _store.Budget.Bytes;

    /// <inheritdoc/>
    public IReadOnlyList<StreamEntry> Streams => _tree.Streams;

    /// <inheritdoc/>
    public StreamEntry? Find(EntityName name) => _tree.Find(name);

    /// <inheritdoc/>
    public bool IsOutdated(EntityName? name) => _table.IsOutdated;

    /// <inheritdoc/>
    public Task<Failure?> Refresh() => Task.FromResult(_table.Refresh());

    /// <inheritdoc/>
    public Task<Result<StreamEntry>> CreateStream(EntityName name)
    {
        if (_tree.Find(name) is not null)
            return Task.FromResult<Result<StreamEntry>>(new Failure(Fault.Exists, $"there is a stream {name}"));
        return Task.FromResult<Result<StreamEntry>>(_tree.Make(name) is { } made
            ? made : new Failure(Fault.NotPermitted, $"{name} can't be made: streams of a cluster are what the separator makes of its topics' names"));
    }

    /// <inheritdoc/>
    public Task<Failure?> RenameStream(StreamId stream, EntityName name) =>
        Task.FromResult<Failure?>(new Failure(Fault.NotPermitted, "a stream of Kafka can't be renamed"));

    /// <inheritdoc/>
    public Task<Result<ISourceStream>> OpenStream(StreamId stream)
    {
        // Another host may have listed what this one has not.
        if (_options.IdPrefix is not null && _tree.TopicsOf(stream) is null && _table.Refresh() is { } unknown)
            return Task.FromResult<Result<ISourceStream>>(unknown);
        return Task.FromResult(_tree.TopicsOf(stream) is not null
            ? new Result<ISourceStream>(new KafkaStream(_client, _table, _tree, _options, _clock, _mountedAt, stream))
            : new Failure(Fault.Deleted, $"stream {stream} is gone"));
    }

    /// <inheritdoc/>
    public Task<Result<ISourceTopic>> OpenTopic(TopicId topic)
    {
        var found = _table.Ids.Find(_table, topic);
        return Task.FromResult(found.Value is { } life
            ? new Result<ISourceTopic>(new KafkaTopic(_client, _table, _options, _clock, life, index => Open(life, index))) : found.Failure!);
    }

    /// <inheritdoc/>
    public Task<Result<IPartitionSource>> OpenPartition(PartitionId partition)
    {
        var found = _table.Ids.Find(_table, partition, out var index);
        var opened = found.Value is { } life ? Open(life, index) : found.Failure!;
        return Task.FromResult(opened.Value is { } source ? new Result<IPartitionSource>(source) : opened.Failure!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _tender.Dispose();
        _refiller.Dispose();
        _mirrors.Note(isLast: true);
        _client.Dispose();
        await _store.Logs.DisposeAsync().ConfigureAwait(false);
    }

    private Result<KafkaPartition> Open(TopicLife topic, int index)
    {
        if (index < 0 || index >= topic.Partitions)
            return new Failure(Fault.NotFound, $"topic {topic.Name} has no partition {index}");
        return _mirrors.Find(topic, index).LoadCached() is { } broken
            ? broken : new KafkaPartition(_client, _mirrors, _store, _clock, topic, index);
    }

    /// <summary>One round at a time; one that takes long leaves out the next.</summary>
    private void Tend()
    {
        if (Interlocked.Exchange(ref _isTending, 1) == 1)
            return;
        _tender.Post(() =>
        {
            _client.TakeEvents();
            _mirrors.Tend();
            _store.Tend();
            Volatile.Write(ref _isTending, 0);
        });
    }
}
