using Confluent.Kafka;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// Fetches messages of any number of partitions with one consumer. Partitions are assigned, never subscribed to, so no group
/// is joined. One thread takes what was fetched, while another hands to the sinks what was taken before, in batches. While a
/// sink waits for room no more is taken than the next hand-over has room for, and the consumer stops asking the brokers when
/// its buffer is full. Safe for several threads.
/// </summary>
public sealed class KafkaFetcher : IDisposable
{
    /// <summary>How long the thread waits for a message before it serves what the library has to say aside.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(1);

    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly ConsumerQueue _queue;
    private readonly TopicIdentities _identities;
    private readonly KafkaSecrets _secrets;
    private readonly KafkaLog _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicPartition, Fetching> _active = [];
    private readonly object _turn = new();
    private readonly Lock _delivering = new();
    private HandOver _gathered = new();
    private HandOver _asked = new();
    private Thread? _thread;
    private ThreadWorker? _deliverer;

    // Whether what was asked about is not handed over yet; it is the other threads' meanwhile.
    private bool _isHandingOver;
    private volatile bool _isEnding;

    internal KafkaFetcher(IConsumer<byte[], byte[]> consumer, FetchPace pace, TopicIdentities identities, KafkaSecrets secrets, KafkaLog log) =>
        (_consumer, _queue, Pace, _identities, _secrets, _log) = (consumer, new ConsumerQueue(consumer.Handle), pace, identities, secrets, log);

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
                _deliverer = new ThreadWorker("kafka-deliver");
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
        _queue.Wake();
        thread?.Join();
        // Once this is held no sink is called any more.
        lock (_delivering)
            _deliverer?.Dispose();
        _queue.Dispose();
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
            var isFree = IsFree;
            if (isFree && !_gathered.IsEmpty && (!_gathered.HasMessages || _gathered.IsFull || _identities.UntilNext <= TimeSpan.Zero))
                BeginHandOver();
            else if (_gathered.IsFull)
                WaitUntilFree();
            else
                Gather(isFree && !_gathered.IsEmpty ? _identities.UntilNext : s_poll);
        }
    }

    private bool IsFree
    {
        get
        {
            lock (_turn)
                return !_isHandingOver;
        }
    }

    private void WaitUntilFree()
    {
        lock (_turn)
            while (_isHandingOver)
                Monitor.Wait(_turn);
    }

    private void BeginHandOver()
    {
        (_asked, _gathered) = (_gathered, _asked);
        lock (_turn)
            _isHandingOver = true;
        _ = ConfirmAsync(_identities.ConfirmAsync(_asked.Topics));
    }

    /// <summary>
    /// Nothing is handed over before it is known that it is not of a topic that was made anew. What comes while the cluster is
    /// asked, or while sinks take what there is, waits for the next answer.
    /// </summary>
    private async Task ConfirmAsync(Task answer)
    {
        await answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _deliverer!.Post(() => Deliver(answer));
    }

    private void Deliver(Task answer)
    {
        answer.GetAwaiter().GetResult();
        lock (_delivering)
            if (!_isEnding)
                _asked.Deliver();
        lock (_turn)
        {
            _isHandingOver = false;
            Monitor.Pulse(_turn);
        }
        _queue.Wake();
    }

    private void Gather(TimeSpan wait)
    {
        var count = _queue.Take((int)Math.Ceiling(wait.TotalMilliseconds));
        for (var from = 0; from < count;)
        {
            var to = from + 1;
            while (to < count && _queue[to].IsBeside(_queue[from]))
                to++;
            Gather(from, to);
            from = to;
        }
        _queue.Release();
    }

    /// <summary>Takes what came of one partition.</summary>
    private void Gather(int from, int to)
    {
        var partition = _queue[from].TopicPartition;
        var fetching = partition is null ? null : Find(partition);
        var portion = fetching is null ? null : _gathered.Of(fetching);
        for (var i = from; i < to; i++)
        {
            var message = _queue[i];
            if (message.Error is not (ErrorCode.NoError or ErrorCode.Local_PartitionEOF))
                Fail(portion, new Error(message.Error, message.Reason));
            else if (portion is null || !IsOwn(portion.Fetching, partition!, message.Offset))
                return;
            else if (message.Error == ErrorCode.Local_PartitionEOF)
                portion.End = message.Offset;
            else if (_gathered.Add(portion, message) is not ErrorCode.NoError and var error)
                Fail(portion, new Error(error));
        }
    }

    /// <summary>
    /// Whether something belongs to what is fetched now. A message or an end can be left of an earlier fetch of the partition,
    /// in the queue or in this thread's hands, and would then make believe that there is nothing before it. So what comes first
    /// and is not at the first offset has to come twice.
    /// </summary>
    private bool IsOwn(Fetching fetching, TopicPartition partition, long offset)
    {
        if (fetching.IsSure || offset == fetching.First || offset == fetching.Doubted)
            return fetching.IsSure = true;
        fetching.Doubted = offset;
        try
        {
            _consumer.Seek(new TopicPartitionOffset(partition, fetching.First));
        }
        catch (KafkaException)
        {
            // It has not begun yet, so nothing of its own has come.
        }
        return false;
    }

    private void Fail(FetchedPortion? portion, Error error)
    {
        if (portion is not { Fetching: var fetching })
        {
            _log.Write(error);
            return;
        }
        var failure = BrokerErrors.FailureOf($"partition {fetching.Partition} of topic {fetching.Topic} can't be fetched", error, _secrets);
        portion.Failure = failure;
        _log.Failed(fetching.Topic, fetching.Partition, failure.Reason);
    }

    private Fetching? Find(TopicPartition partition)
    {
        lock (_gate)
            return _active.GetValueOrDefault(partition);
    }
}
