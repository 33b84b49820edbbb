using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// A cluster. Everything that blocks does so for at most the deadline, whether a broker is there or not. The library
/// connects by itself, again and again, so nothing has to be opened anew after an outage. Safe for several threads.
/// </summary>
public sealed class KafkaClient : IDisposable
{
    /// <summary>The most offsets of one partition that are fetched from at a time, at each pace.</summary>
    public const int MaxFetchers = 8;

    /// <summary>The most events that are taken from the library at a time.</summary>
    private const int MaxEvents = 1000;

    /// <summary>How often a partition is looked up again that the cluster has, and whose leader it does not tell.</summary>
    private const int MaxLookUps = 5;

    private readonly KafkaOptions _options;
    private readonly KafkaSecrets _secrets;
    private readonly KafkaLog _log;
    private readonly BrokerAccess _access;

    // A broker answers the requests of one connection one after the other, and holds a fetch back until there is something:
    // so whoever asks has connections of its own.
    private readonly IConsumer<byte[], byte[]> _asker;
    private readonly IAdminClient _admin;
    private readonly TopicIdentities _identities;
    private readonly PartitionEnds _ends;
    private readonly Lock _gate = new();
    private readonly List<KafkaFetcher> _fetchers = [];
    private bool _isClosed;

    private KafkaClient(KafkaOptions options, KafkaSecrets secrets, KafkaLog log, TimeProvider clock)
    {
        (_options, _secrets, _log, _access) = (options, secrets, log, new BrokerAccess(secrets));
        _asker = NewConsumer(FetchPace.Tail);
        _admin = new DependentAdminClientBuilder(_asker.Handle).Build();
        Admin = new KafkaAdmin(_admin, options, secrets, _access);
        _identities = new TopicIdentities(Admin, clock);
        _ends = new PartitionEnds(Admin);
        _access.Listen = TakeEvents;
        Producer = new KafkaProducer(options, secrets, log, _access);
    }

    /// <summary>Makes topics, deletes them, and moves groups.</summary>
    public KafkaAdmin Admin { get; }

    /// <summary>How many partitions are fetched, each as often as it is fetched from different offsets.</summary>
    public int FetchCount
    {
        get
        {
            lock (_gate)
                return _fetchers.Sum(fetcher => fetcher.Count);
        }
    }

    /// <summary>Whether brokers have sent this process away, by its credentials, since they last answered.</summary>
    public bool IsRefused => _access.IsRefused;

    /// <summary>Writes messages.</summary>
    public KafkaProducer Producer { get; }

    /// <summary>Makes a client. It talks to no broker yet.</summary>
    /// <param name="options">Which cluster, and how.</param>
    /// <param name="logger">Told what librdkafka says, without secrets.</param>
    /// <param name="clock">What time it is.</param>
    /// <returns>The client, or why not: a property that librdkafka does not know or take.</returns>
    public static Result<KafkaClient> Create(KafkaOptions options, ILogger logger, TimeProvider clock)
    {
        var secrets = new KafkaSecrets(options.Properties);
        try
        {
            // A producer is made at the first write, which is late to learn of a wrong property.
            if (NativeProducer.Check(KafkaProperties.OfProducer(options)) is { } wrong)
                return new Failure(wrong.Fault, secrets.Scrub($"the Kafka client can't be made: {wrong.Reason}"));
            return new KafkaClient(options, secrets, new KafkaLog(logger, secrets), clock);
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentException or KafkaException or DllNotFoundException)
        {
            return new Failure(Fault.InputOutput, secrets.Scrub($"the Kafka client can't be made: {refused.Message}"));
        }
    }

    /// <summary>All topics.</summary>
    /// <returns>What the cluster has, or why it can't be told.</returns>
    public Result<ClusterView> ListTopics() => Guarded<ClusterView>("the topics can't be listed", () =>
    {
        var metadata = _admin.GetMetadata(_options.Deadline);
        return new ClusterView(metadata.Topics
            // One whose leader is being chosen is there all the same.
            .Where(topic => topic.Error.Code != ErrorCode.UnknownTopicOrPart)
            .ToDictionary(topic => topic.Topic, ViewOf));
    });

    /// <summary>A topic by its name, asked of the cluster now. The cluster is never made to create it.</summary>
    /// <param name="name">The topic's name.</param>
    /// <returns>The topic, or why there is none: <see cref="Fault.NotFound"/>.</returns>
    public Result<TopicView> FindTopic(string name)
    {
        var doing = $"topic {name} can't be looked up";
        return Guarded<TopicView>(doing, () =>
        {
            var found = _admin.GetMetadata(name, _options.Deadline).Topics.Find(topic => topic.Topic == name);
            if (found is null)
                return new Failure(Fault.NotFound, $"the cluster has no topic {name}");
            return found.Error.Code == ErrorCode.NoError ? ViewOf(found) : BrokerErrors.FailureOf(doing, found.Error, _secrets);
        });
    }

    /// <summary>From where to where a partition has messages that may be read, asked of its leader now.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>The offsets, or why they can't be told.</returns>
    public Result<Watermarks> FindWatermarks(string topic, int partition)
    {
        for (var left = MaxLookUps; ; left--)
        {
            var failure = FindWatermarks(topic, partition, out var marks);
            if (marks is not null)
                return marks;
            // A broker that has just come back may not tell of a partition yet.
            if (failure is not { Fault: Fault.NotFound } || left == 0 || FindTopic(topic).Value is not { } view || view.Partitions <= partition)
                return failure!;
        }
    }

    /// <summary>How far a partition goes, asked of its leader now, together with others. Never blocks, and the task does not fail.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>What was told, or why nobody can be asked.</returns>
    public Task<Result<Watermark>> FindEndAsync(string topic, int partition) => _ends.FindAsync(topic, partition);

    /// <summary>The first message of a partition that is not older than a time, by the broker's index.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="time">The time.</param>
    /// <param name="offset">The message's offset; null where all are older.</param>
    /// <returns>Null, or why it can't be told.</returns>
    public Failure? FindOffset(string topic, int partition, DateTimeOffset time, out long? offset)
    {
        var doing = $"the time {time:O} can't be looked up in partition {partition} of topic {topic}";
        long? result = null;
        var outcome = Guarded<object>(doing, () =>
        {
            var asked = new TopicPartitionTimestamp(topic, partition, new Timestamp(time.UtcDateTime, TimestampType.CreateTime));
            var found = _asker.OffsetsForTimes([asked], _options.Deadline)[0].Offset;
            result = found.Value < 0 ? null : found.Value;
            return this;
        });
        offset = result;
        return outcome.Failure;
    }

    /// <summary>Asks about topics now; afterwards <see cref="TopicIdentity.IsOver"/> is as of then. May block.</summary>
    /// <param name="topics">The topics.</param>
    public void Confirm(IReadOnlyCollection<TopicIdentity> topics) => _identities.Confirm(topics);

    /// <summary>The same for a topic of which the cluster has not told just now.</summary>
    /// <param name="topic">The topic.</param>
    public void ConfirmRecent(TopicIdentity topic) => _identities.ConfirmRecent(topic);

    /// <summary>Whether <see cref="ConfirmRecent"/> has nothing to ask.</summary>
    /// <param name="topic">The topic.</param>
    public bool IsRecent(TopicIdentity topic) => _identities.IsRecent(topic);

    /// <summary>The same for one who writes, whom no older answer will do.</summary>
    /// <param name="topic">The topic.</param>
    public Task ConfirmFreshAsync(TopicIdentity topic) => _identities.ConfirmFreshAsync(topic);

    /// <summary>
    /// Takes what the library has to say aside, such as that a broker does not let it in. It waits where messages are taken,
    /// which nobody takes of this client: so this has to be called now and then.
    /// </summary>
    public void TakeEvents()
    {
        for (var left = MaxEvents; left > 0; left--)
        {
            try
            {
                if (_asker.Consume(TimeSpan.Zero) is null)
                    return;
            }
            catch (ConsumeException told)
            {
                _log.Write(told.Error);
                _access.Note(told.Error);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Fetches a partition. One consumer of each pace fetches all; only where the same partition is wanted from another offset
    /// too, there is another, of which there are few.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The first offset that is wanted.</param>
    /// <param name="sink">Takes the messages.</param>
    /// <param name="pace">How.</param>
    /// <returns>What ends it, or why it can't begin.</returns>
    public Result<Fetching> Fetch(TopicIdentity topic, int partition, long offset, IFetchSink sink, FetchPace pace = FetchPace.CatchUp)
    {
        lock (_gate)
        {
            if (_isClosed)
                return new Failure(Fault.Crashed, "the volume was closed");
            foreach (var fetcher in _fetchers)
                if (fetcher.Pace == pace && !fetcher.Has(topic.Name, partition))
                    return fetcher.Start(topic, partition, offset, sink);
            if (_fetchers.Count(fetcher => fetcher.Pace == pace) == MaxFetchers)
                return new Failure(Fault.Overloaded, $"partition {partition} of topic {topic.Name} is fetched from {MaxFetchers} offsets already");
            var another = new KafkaFetcher(NewConsumer(pace), pace, _identities, _secrets, _log);
            _fetchers.Add(another);
            return another.Start(topic, partition, offset, sink);
        }
    }

    /// <summary>Writes to the log why messages of a partition can't be had.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="reason">What happened; a sentence without a full stop.</param>
    public void Report(string topic, int partition, string reason) => _log.Failed(topic, partition, reason);

    /// <inheritdoc/>
    public void Dispose()
    {
        KafkaFetcher[] fetchers;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            fetchers = [.. _fetchers];
        }
        Producer.Dispose();
        foreach (var fetcher in fetchers)
            fetcher.Dispose();
        _admin.Dispose();
        _asker.Dispose();
    }

    private Failure? FindWatermarks(string topic, int partition, out Watermarks? marks)
    {
        var found = Guarded<Watermarks>($"the end of partition {partition} of topic {topic} can't be told", () =>
        {
            var told = _asker.QueryWatermarkOffsets(new TopicPartition(topic, partition), _options.Deadline);
            return new Watermarks(told.Low.Value, told.High.Value);
        });
        marks = found.Value;
        return found.Failure;
    }

    private IConsumer<byte[], byte[]> NewConsumer(FetchPace pace) => new ConsumerBuilder<byte[], byte[]>(KafkaProperties.OfConsumer(_options, pace))
        .SetLogHandler((_, line) => _log.Write(line))
        .SetErrorHandler((_, error) =>
        {
            _log.Write(error);
            _access.Note(error);
        })
        .Build();

    private static TopicView ViewOf(TopicMetadata topic) => new(topic.Topic, topic.Partitions.Count);

    private Result<T> Guarded<T>(string doing, Func<Result<T>> ask)
        where T : class
    {
        try
        {
            var answer = ask();
            _access.Granted();
            return answer;
        }
        catch (KafkaException refused)
        {
            return _access.Explain(BrokerErrors.FailureOf(doing, refused.Error, _secrets));
        }
        catch (ObjectDisposedException)
        {
            return new Failure(Fault.Crashed, $"{doing}: the volume was closed");
        }
    }
}
