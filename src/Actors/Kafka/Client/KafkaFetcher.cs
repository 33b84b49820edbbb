using Confluent.Kafka;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;
using LogMessage = StreamActors.Logs.LogMessage;

namespace StreamActors.Kafka;

/// <summary>
/// Fetches messages of any number of partitions with one consumer and one thread. Partitions are assigned, never
/// subscribed to, so no group is joined. What was fetched is handed to the sinks in batches; while a sink waits for room
/// nothing more is taken, and the consumer stops asking the brokers when its buffer is full. Safe for several threads.
/// </summary>
public sealed class KafkaFetcher : IDisposable
{
    /// <summary>The most messages that are handed over at a time.</summary>
    public const int MaxMessages = 16_384;

    /// <summary>A hand-over begins when so many bytes of keys and values were collected.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>How long the thread waits for a message before it looks whether it is to end, in milliseconds.</summary>
    private const int PollMilliseconds = 100;

    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly TopicIdentities _identities;
    private readonly KafkaSecrets _secrets;
    private readonly KafkaLog _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicPartition, Fetching> _active = [];
    private readonly List<Fetching> _collected = [];
    private Thread? _thread;
    private volatile bool _isEnding;
    private int _messages;
    private long _bytes;

    internal KafkaFetcher(IConsumer<byte[], byte[]> consumer, FetchPace pace, TopicIdentities identities, KafkaSecrets secrets, KafkaLog log) =>
        (_consumer, Pace, _identities, _secrets, _log) = (consumer, pace, identities, secrets, log);

    /// <summary>How it fetches.</summary>
    public FetchPace Pace { get; }

    /// <summary>How many partitions are fetched.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _active.Count;
        }
    }

    /// <summary>Whether a partition is fetched.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>True where <see cref="Start"/> would refuse it.</returns>
    public bool Has(string topic, int partition)
    {
        lock (_gate)
            return _active.ContainsKey(new TopicPartition(topic, partition));
    }

    /// <summary>Fetches a partition, which nobody else does.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">The first offset that is wanted.</param>
    /// <param name="sink">Takes the messages.</param>
    /// <returns>What ends it, or why it can't begin.</returns>
    public Result<Fetching> Start(TopicIdentity topic, int partition, long offset, IFetchSink sink)
    {
        var fetching = new Fetching(this, topic, partition, offset, sink);
        var key = new TopicPartition(topic.Name, partition);
        lock (_gate)
        {
            if (_isEnding)
                return new Failure(Fault.Crashed, "the volume was closed");
            if (!_active.TryAdd(key, fetching))
                return new Failure(Fault.Busy, $"partition {partition} of topic {topic.Name} is fetched already");
            try
            {
                _consumer.IncrementalAssign([new TopicPartitionOffset(key, offset)]);
            }
            catch (KafkaException refused)
            {
                _active.Remove(key);
                return BrokerErrors.FailureOf($"partition {partition} of topic {topic.Name} can't be fetched", refused.Error, _secrets);
            }
            if (_thread is null)
            {
                _thread = new Thread(Run) { Name = "kafka-fetch", IsBackground = true };
                _thread.Start();
            }
        }
        return fetching;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            _isEnding = true;
            thread = _thread;
        }
        thread?.Join();
        _consumer.Dispose();
    }

    internal void Stop(Fetching fetching)
    {
        var key = new TopicPartition(fetching.Topic, fetching.Partition);
        lock (_gate)
        {
            if (_active.GetValueOrDefault(key) != fetching)
                return;
            _active.Remove(key);
            if (_isEnding)
                return;
            try
            {
                _consumer.IncrementalUnassign([key]);
            }
            catch (KafkaException refused)
            {
                // It is forgotten all the same: what still comes finds no one to take it.
                _log.Failed(fetching.Topic, fetching.Partition, refused.Error.Reason);
            }
        }
    }

    private void Run()
    {
        while (!_isEnding)
        {
            if (!Collect(PollMilliseconds))
                continue;
            while (_messages < MaxMessages && _bytes < MaxBytes && Collect(0))
            {
                // What is there already goes along.
            }
            if (_messages > 0)
                Confirm();
            Deliver();
        }
    }

    /// <summary>Nothing is handed over before it is known that it is not of a topic that was made anew.</summary>
    private void Confirm()
    {
        while (_messages < MaxMessages && _bytes < MaxBytes && _identities.UntilNext is { Ticks: > 0 } rest)
            Collect((int)Math.Ceiling(rest.TotalMilliseconds));
        _identities.Confirm([.. _collected.Where(fetching => fetching.Messages.Count > 0).Select(fetching => fetching.Identity).Distinct()]);
        foreach (var fetching in _collected)
            fetching.Refuse();
    }

    private bool Collect(int milliseconds)
    {
        try
        {
            if (_consumer.Consume(milliseconds) is not { } result)
                return false;
            if (Find(result.TopicPartition) is { } fetching && IsOwn(fetching, result.TopicPartitionOffset))
                Add(fetching, result);
            return true;
        }
        catch (ConsumeException refused)
        {
            Add(refused);
            return true;
        }
    }

    /// <summary>
    /// Whether something belongs to what is fetched now. A message or an end can be left of an earlier fetch of the partition,
    /// in the queue or in this thread's hands, and would then make believe that there is nothing before it. So what comes first
    /// and is not at the first offset has to come twice.
    /// </summary>
    private bool IsOwn(Fetching fetching, TopicPartitionOffset at)
    {
        if (fetching.IsSure || at.Offset.Value == fetching.First || at.Offset.Value == fetching.Doubted)
            return fetching.IsSure = true;
        fetching.Doubted = at.Offset.Value;
        try
        {
            _consumer.Seek(new TopicPartitionOffset(at.TopicPartition, fetching.First));
        }
        catch (KafkaException)
        {
            // It has not begun yet, so nothing of its own has come.
        }
        return false;
    }

    private void Add(Fetching fetching, ConsumeResult<byte[], byte[]> result)
    {
        Touch(fetching);
        if (result.IsPartitionEOF)
        {
            fetching.End = result.Offset.Value;
            return;
        }
        var message = result.Message;
        // An end that was passed is none.
        fetching.End = null;
        fetching.Messages.Add(new FetchedMessage(result.Offset.Value, MessageOf(message)));
        _messages++;
        _bytes += (message.Value?.Length ?? 0) + (message.Key?.Length ?? 0);
    }

    private void Add(ConsumeException refused)
    {
        var at = refused.ConsumerRecord?.TopicPartition;
        if (at is null || Find(at) is not { } fetching)
        {
            _log.Write(refused.Error);
            return;
        }
        Touch(fetching);
        fetching.Failure = BrokerErrors.FailureOf($"partition {at.Partition.Value} of topic {at.Topic} can't be fetched", refused.Error, _secrets);
        _log.Failed(at.Topic, at.Partition.Value, fetching.Failure.Reason);
    }

    private void Touch(Fetching fetching)
    {
        if (fetching.Messages.Count == 0 && fetching.End is null && fetching.Failure is null)
            _collected.Add(fetching);
    }

    private void Deliver()
    {
        foreach (var fetching in _collected)
            fetching.Deliver();
        _collected.Clear();
        _messages = 0;
        _bytes = 0;
    }

    private Fetching? Find(TopicPartition partition)
    {
        lock (_gate)
            return _active.GetValueOrDefault(partition);
    }

    private static LogMessage MessageOf(Message<byte[], byte[]> message) => new(
        BytesOf(message.Value),
        Math.Max(0, message.Timestamp.UnixTimestampMs),
        message.Timestamp.Type == TimestampType.CreateTime ? MessageClock.Writer : MessageClock.Log,
        BytesOf(message.Key),
        message.Headers is { Count: > 0 } headers ? HeadersOf(headers) : null);

    private static MessageHeader[] HeadersOf(Headers headers)
    {
        var result = new MessageHeader[headers.Count];
        for (var i = 0; i < result.Length; i++)
            result[i] = new MessageHeader(headers[i].Key, BytesOf(headers[i].GetValueBytes()));
        return result;
    }

    /// <summary>Null, which is not empty, stays null; a conversion of the language's would make it empty.</summary>
    private static ReadOnlyMemory<byte>? BytesOf(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;
}
