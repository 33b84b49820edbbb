using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamActors.Kafka;

/// <summary>
/// The queue of a consumer, from which many messages are taken at a time. What the library has to say aside is told meanwhile
/// to the consumer's handlers. One thread takes; <see cref="Wake"/> is for any.
/// </summary>
internal sealed class ConsumerQueue : IDisposable
{
    /// <summary>The most messages that are taken at a time.</summary>
    public const int MaxTaken = 1024;

    private readonly SafeHandle _client;
    private readonly IntPtr _queue;
    private readonly IntPtr[] _taken = new IntPtr[MaxTaken];
    private readonly Lock _gate = new();
    private int _count;
    private bool _isDisposed;

    /// <summary>Opens the queue of a consumer, which must outlive it.</summary>
    public ConsumerQueue(Handle consumer)
    {
        _client = Librdkafka.HandleOf(consumer);
        var isHeld = false;
        _client.DangerousAddRef(ref isHeld);
        _queue = Librdkafka.rd_kafka_queue_get_consumer(_client.DangerousGetHandle());
    }

    /// <summary>What was taken, until it is given back.</summary>
    /// <param name="index">Counts from 0 in the order in which it came.</param>
    public NativeMessage this[int index] => new(_taken[index]);

    /// <summary>Takes what is there; where nothing is, waits for the first to come. What was taken has to be given back before.</summary>
    /// <param name="milliseconds">How long to wait at most; 0 takes only what is there.</param>
    /// <returns>How much came: messages, ends and errors.</returns>
    public int Take(int milliseconds)
    {
        // The library waits until it has as many as it was asked for; so it is asked to wait for one only.
        _count = Consume(ref _taken[0], milliseconds, 1);
        if (_count == 1)
            _count += Consume(ref _taken[1], 0, MaxTaken - 1);
        return _count;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Release()
    {
        for (var i = 0; i < _count; i++)
            Librdkafka.rd_kafka_message_destroy(_taken[i]);
        _count = 0;
    }

    /// <summary>Ends the wait of <see cref="Take"/>, or the next one.</summary>
    public void Wake()
    {
        lock (_gate)
            if (!_isDisposed)
                Librdkafka.rd_kafka_queue_yield(_queue);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
        }
        Release();
        Librdkafka.rd_kafka_queue_destroy(_queue);
        _client.DangerousRelease();
    }

    private int Consume(ref IntPtr first, int milliseconds, int count) =>
        (int)Math.Max(0, Librdkafka.rd_kafka_consume_batch_queue(_queue, milliseconds, ref first, count));
}
