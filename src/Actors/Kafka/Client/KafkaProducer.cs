using StreamActors.Messages;
using StreamActors.Sources;

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
    private NativeProducer? _producer;
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
    /// <param name="batch">The messages, in their order; at least one. One without a time gets that of this call.</param>
    /// <returns>What became of them. The task does not fail.</returns>
    public async Task<ProduceOutcome> ProduceAsync(string topic, int partition, MessageBatch batch)
    {
        // Looked at first, so that nothing is stored of messages one of which can't be.
        var size = LargestOf(batch);
        if (size > _maxMessageBytes)
            return NotBegun(new Failure(Fault.MessageTooLarge, $"a message of {size} bytes; the most is {_maxMessageBytes} (message.max.bytes)"));
        if (!await _turns.WaitAsync(_options.WriteDeadline).ConfigureAwait(false))
            return NotBegun(new Failure(Fault.Overloaded, $"{_options.MaxWrites} writes are under way to the cluster"));
        try
        {
            var opened = Open();
            if (opened.Value is not { } producer)
                return NotBegun(opened.Failure!);
            var write = await producer.WriteAsync(topic, partition, batch).ConfigureAwait(false);
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
        NativeProducer? producer;
        lock (_gate)
        {
            _isClosed = true;
            producer = _producer;
            _producer = null;
        }
        producer?.Dispose();
    }

    private static long LargestOf(MessageBatch batch)
    {
        long largest = 0;
        for (var i = 0; i < batch.Count; i++)
            largest = Math.Max(largest, batch.TryGetBare(i, out var value) ? value.Length : SizeOf(batch[i]));
        return largest;
    }

    private static long SizeOf(in BatchedMessage message)
    {
        long size = (message.Value?.Length ?? 0) + (message.Key?.Length ?? 0);
        foreach (var header in message.Headers ?? [])
            size += header.Name.Length + (header.Value?.Length ?? 0);
        return size;
    }

    private static ProduceOutcome NotBegun(Failure failure) => new(0, -1, failure, IsKnown: true);

    private Result<NativeProducer> Open()
    {
        lock (_gate)
        {
            if (_isClosed)
                return new Failure(Fault.Crashed, "the volume was closed");
            if (_producer is { } known)
                return known;
            var made = NativeProducer.Create(KafkaProperties.OfProducer(_options), _options.MaxWrites, !KafkaProperties.SetsLinger(_options), _log, _access);
            _producer = made.Value;
            return made.Failure is { } failure ? failure with { Reason = _secrets.Scrub(failure.Reason) } : made;
        }
    }

    /// <summary>After a fatal error a producer refuses everything; the next write gets a new one, with a new id.</summary>
    private void Abandon(NativeProducer producer)
    {
        lock (_gate)
        {
            if (_producer != producer)
                return;
            _producer = null;
        }
        producer.Dispose();
    }

    private ProduceOutcome OutcomeOf(ProduceWrite write, string topic, int partition)
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
}
