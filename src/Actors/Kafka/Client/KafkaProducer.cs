using Confluent.Kafka;
using StreamActors.Messages;
using LogMessage = StreamActors.Logs.LogMessage;

namespace StreamActors.Kafka;

/// <summary>What became of messages that were written together.</summary>
/// <param name="Stored">How many of them, from the first on, are surely stored.</param>
/// <param name="FirstOffset">The offset of the first; −1 where none is stored.</param>
/// <param name="Failure">Why not all are stored; null where they are.</param>
/// <param name="IsKnown">Whether those after <paramref name="Stored"/> are surely not stored; else nobody can tell.</param>
public sealed record ProduceOutcome(int Stored, long FirstOffset, Failure? Failure, bool IsKnown);

/// <summary>
/// Writes messages with one idempotent producer: an attempt that is repeated stores nothing twice, and messages of a
/// partition keep their order. It connects at the first write. Safe for several threads.
/// </summary>
public sealed class KafkaProducer : IDisposable
{
    private readonly KafkaOptions _options;
    private readonly KafkaSecrets _secrets;
    private readonly KafkaLog _log;
    private readonly BrokerAccess _access;
    private readonly SemaphoreSlim _turns;
    private readonly int _maxMessageBytes;
    private readonly Lock _gate = new();
    private IProducer<byte[], byte[]>? _producer;
    private TaskCompletionSource? _delivered;
    private bool _isClosed;

    internal KafkaProducer(KafkaOptions options, KafkaSecrets secrets, KafkaLog log, BrokerAccess access)
    {
        (_options, _secrets, _log, _access) = (options, secrets, log, access);
        _turns = new SemaphoreSlim(options.MaxWrites);
        _maxMessageBytes = KafkaProperties.MaxMessageBytes(options);
    }

    /// <summary>Writes messages, and waits until all in-sync replicas have them. It ends within the write deadline.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="messages">The messages, in their order; at least one.</param>
    /// <returns>What became of them. The task does not fail.</returns>
    public async Task<ProduceOutcome> ProduceAsync(string topic, int partition, IReadOnlyList<LogMessage> messages)
    {
        // Looked at first, so that nothing is stored of messages one of which can't be.
        var size = messages.Max(message => SizeOf(message));
        if (size > _maxMessageBytes)
            return NotBegun(new Failure(Fault.MessageTooLarge, $"a message of {size} bytes; the most is {_maxMessageBytes} (message.max.bytes)"));
        if (!await _turns.WaitAsync(_options.WriteDeadline).ConfigureAwait(false))
            return NotBegun(new Failure(Fault.Overloaded, $"{_options.MaxWrites} writes are under way to the cluster"));
        try
        {
            if (Open() is not { } producer)
                return NotBegun(new Failure(Fault.Crashed, "the volume was closed"));
            var write = new Write(messages.Count);
            var target = new TopicPartition(topic, partition);
            for (var i = 0; i < messages.Count; i++)
                await EnqueueAsync(producer, target, messages[i], i, write).ConfigureAwait(false);
            await write.Completed.ConfigureAwait(false);
            if (write.IsFatal)
                Abandon(producer);
            return OutcomeOf(write, topic, partition);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IProducer<byte[], byte[]>? producer;
        lock (_gate)
        {
            _isClosed = true;
            producer = _producer;
            _producer = null;
        }
        producer?.Dispose();
    }

    private static long SizeOf(in LogMessage message)
    {
        long size = (message.Value?.Length ?? 0) + (message.Key?.Length ?? 0);
        foreach (var header in message.Headers ?? [])
            size += header.Name.Length + (header.Value?.Length ?? 0);
        return size;
    }

    private static ProduceOutcome NotBegun(Failure failure) => new(0, -1, failure, IsKnown: true);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IProducer<byte[], byte[]>? Open()
    {
        lock (_gate)
        {
            if (_isClosed)
                return null;
            return _producer ??= new ProducerBuilder<byte[], byte[]>(KafkaProperties.OfProducer(_options))
                .SetLogHandler((_, line) => _log.Write(line))
                .SetErrorHandler((_, error) =>
                {
                    _log.Write(error);
                    _access.Note(error);
                })
                .Build();
        }
    }

    /// <summary>After a fatal error a producer refuses everything; the next write gets a new one, with a new id.</summary>
    private void Abandon(IProducer<byte[], byte[]> producer)
    {
        lock (_gate)
        {
            if (_producer != producer)
                return;
            _producer = null;
        }
        producer.Dispose();
    }

    /// <summary>Hands a message to the library; waits for deliveries while its queue is full, which end within the write deadline.</summary>
    private async ValueTask EnqueueAsync(IProducer<byte[], byte[]> producer, TopicPartition target, LogMessage message, int index, Write write)
    {
        var wire = WireOf(message);
        TaskCompletionSource? delivered = null;
        while (true)
        {
            try
            {
                producer.Produce(target, wire, report =>
                {
                    write.Complete(index, report.Offset.Value, report.Status, report.Error);
                    if (Volatile.Read(ref _delivered) is not null)
                        Interlocked.Exchange(ref _delivered, null)?.TrySetResult();
                });
                return;
            }
            catch (ProduceException<byte[], byte[]> refused) when (refused.Error.Code == ErrorCode.Local_QueueFull)
            {
                if (delivered is not null)
                    await delivered.Task.ConfigureAwait(false);
                // It asks to be told first, and tries once more before it waits: what was delivered in between would not be told.
                var mine = NewSignal();
                delivered = Interlocked.CompareExchange(ref _delivered, mine, null) ?? mine;
            }
            catch (ProduceException<byte[], byte[]> refused)
            {
                write.Complete(index, -1, PersistenceStatus.NotPersisted, refused.Error);
                return;
            }
            catch (ObjectDisposedException)
            {
                write.Complete(index, -1, PersistenceStatus.NotPersisted, new Error(ErrorCode.Local_Destroy));
                return;
            }
        }
    }

    private ProduceOutcome OutcomeOf(Write write, string topic, int partition)
    {
        if (write.FirstError is not { } error)
        {
            _access.Granted();
            return new ProduceOutcome(write.Count, write.FirstOffset, null, IsKnown: true);
        }
        var failure = BrokerErrors.FailureOf($"partition {partition} of topic {topic} can't be written", error, _secrets);
        // Only of what surely did not get there it is true that it was refused.
        if (write.IsRestMissing)
            failure = _access.Explain(failure);
        return new ProduceOutcome(write.Stored, write.Stored > 0 ? write.FirstOffset : -1, failure, write.IsRestMissing);
    }

    private static Message<byte[], byte[]> WireOf(LogMessage message)
    {
        var wire = new Message<byte[], byte[]>
        {
            Key = message.Key?.ToArray()!,
            Value = message.Value?.ToArray()!,
            Timestamp = new Timestamp(message.Timestamp, TimestampType.CreateTime),
        };
        if (message.Headers is { Count: > 0 } headers)
        {
            wire.Headers = [];
            foreach (var header in headers)
                wire.Headers.Add(header.Name, header.Value?.ToArray());
        }
        return wire;
    }

    /// <summary>Messages that were written together, until the last of them has its answer.</summary>
    private sealed class Write(int count)
    {
        private readonly TaskCompletionSource _completed = NewSignal();
        private readonly long[] _offsets = new long[count];
        private readonly PersistenceStatus[] _states = new PersistenceStatus[count];
        private readonly Error?[] _errors = new Error?[count];
        private int _left = count;

        public int Count => _offsets.Length;

        public Task Completed => _completed.Task;

        public long FirstOffset => _offsets[0];

        public bool IsFatal => _errors.Any(error => error is { IsFatal: true } or { Code: ErrorCode.Local_Fatal });

        public int Stored => Array.FindIndex(_errors, error => error is not null) is var first and >= 0 ? first : Count;

        public Error? FirstError => _errors.FirstOrDefault(error => error is not null);

        /// <summary>Whether nothing from the first failed message on can have reached the log.</summary>
        public bool IsRestMissing => _states.AsSpan(Stored).IndexOfAnyExcept(PersistenceStatus.NotPersisted) < 0;

        public void Complete(int index, long offset, PersistenceStatus status, Error error)
        {
            _offsets[index] = offset;
            _states[index] = status;
            _errors[index] = error.IsError ? error : null;
            if (Interlocked.Decrement(ref _left) == 0)
                _completed.SetResult();
        }
    }
}
