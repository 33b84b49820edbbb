using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using StreamActors.Messages;
using StreamActors.Sources;
using static StreamActors.Kafka.ProducerApi;

namespace StreamActors.Kafka;

/// <summary>
/// A producer of librdkafka. Messages are handed over and answered in large numbers, without an object for each. One thread
/// takes the answers. Safe for several threads.
/// </summary>
internal sealed class NativeProducer : IDisposable
{
    /// <summary>How many messages are handed over, or their answers taken, in one call at most.</summary>
    private const int AtOnce = 1024;

    /// <summary>How long the thread waits for an answer before it looks whether it is to end, in milliseconds.</summary>
    private const int PollMilliseconds = 100;

    /// <summary>How often it waits so for the answers of what is given up at the end.</summary>
    private const int MaxPollsAtEnd = 20;

    private readonly ProducerHandle _handle;
    private readonly IntPtr _queue;
    private readonly KafkaLog _log;
    private readonly BrokerAccess _access;
    private readonly Thread _thread;
    private readonly AutoResetEvent _handedOver = new(false);
    private readonly Thread? _flusher;
    private readonly Lock _gate = new();
    private readonly ProduceWrite?[] _writes;
    private readonly Stack<int> _free = [];
    private TaskCompletionSource? _delivered;
    private volatile bool _isEnding;

    private NativeProducer(ProducerHandle handle, int maxWrites, bool flushes, KafkaLog log, BrokerAccess access)
    {
        (_handle, _log, _access) = (handle, log, access);
        _writes = new ProduceWrite?[maxWrites];
        for (var slot = maxWrites - 1; slot >= 0; slot--)
            _free.Push(slot);
        // Its lines and errors come where the answers do.
        _ = rd_kafka_set_log_queue(handle, IntPtr.Zero);
        _queue = rd_kafka_queue_get_main(handle);
        _thread = new Thread(Run) { Name = "kafka-produce", IsBackground = true };
        _thread.Start();
        if (!flushes)
            return;
        _flusher = new Thread(Flush) { Name = "kafka-flush", IsBackground = true };
        _flusher.Start();
    }

    /// <summary>Makes a producer. It talks to no broker yet.</summary>
    /// <param name="properties">Its properties.</param>
    /// <param name="maxWrites">How many writes are under way at a time, at most.</param>
    /// <param name="flushes">Whether messages are sent at once when all of a write are handed over; else they linger as the properties say.</param>
    /// <param name="log">Told what the library says.</param>
    /// <param name="access">Told whether brokers let it in.</param>
    /// <returns>The producer, or why not.</returns>
    public static Result<NativeProducer> Create(IReadOnlyDictionary<string, string> properties, int maxWrites, bool flushes, KafkaLog log, BrokerAccess access)
    {
        if (Configure(properties, out var conf) is { } wrong)
            return wrong;
        rd_kafka_conf_set_events(conf, DeliveryEvent | LogEvent | ErrorEvent);
        var error = new byte[ErrorBytes];
        var handle = rd_kafka_new(0, conf, error, error.Length);
        if (!handle.IsInvalid)
            return new NativeProducer(handle, maxWrites, flushes, log, access);
        // It is the library's only where it has made something of it.
        rd_kafka_conf_destroy(conf);
        return new Failure(Fault.InputOutput, TextOf(error));
    }

    /// <summary>Looks whether the library takes properties.</summary>
    /// <param name="properties">The properties.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Failure? Check(IReadOnlyDictionary<string, string> properties)
    {
        var wrong = Configure(properties, out var conf);
        if (wrong is null)
            rd_kafka_conf_destroy(conf);
        return wrong;
    }

    /// <summary>Writes messages; the task ends when all have their answers, and does not fail.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="batch">The messages; at least one.</param>
    /// <returns>What became of them.</returns>
    public async Task<ProduceWrite> WriteAsync(string topic, int partition, MessageBatch batch)
    {
        var write = new ProduceWrite(batch.Count);
        if (Enter(write) is not { } slot)
        {
            Refuse(write, 0, new Error(ErrorCode.Local_Destroy));
            return write;
        }
        TaskCompletionSource? delivered = null;
        for (var next = 0; HandOver(topic, partition, batch, slot, write, ref next);)
        {
            // The library's queue is full, and empties within the write deadline.
            if (delivered is not null)
                await delivered.Task.ConfigureAwait(false);
            // It asks to be told first, and tries once more before it waits: what was delivered in between would not be told.
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            delivered = Interlocked.CompareExchange(ref _delivered, mine, null) ?? mine;
        }
        HandedOver();
        await write.Completed.ConfigureAwait(false);
        Leave(slot);
        return write;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isEnding)
                return;
            _isEnding = true;
        }
        Librdkafka.rd_kafka_queue_yield(_queue);
        _handedOver.Set();
        _thread.Join();
        _flusher?.Join();
        _handedOver.Dispose();
        Librdkafka.rd_kafka_queue_destroy(_queue);
        _handle.Dispose();
    }

    private static Failure? Configure(IReadOnlyDictionary<string, string> properties, out IntPtr conf)
    {
        conf = rd_kafka_conf_new();
        var error = new byte[ErrorBytes];
        foreach (var (name, value) in properties.Append(KeyValuePair.Create("log.queue", "true")))
            if (rd_kafka_conf_set(conf, name, value, error, error.Length) != 0)
            {
                rd_kafka_conf_destroy(conf);
                return new Failure(Fault.InputOutput, TextOf(error));
            }
        return null;
    }

    private int? Enter(ProduceWrite write)
    {
        lock (_gate)
        {
            if (_isEnding)
                return null;
            var slot = _free.Pop();
            _writes[slot] = write;
            return slot;
        }
    }

    private void Leave(int slot)
    {
        lock (_gate)
        {
            _writes[slot] = null;
            _free.Push(slot);
        }
    }

    /// <summary>Hands messages over, from one on, which is then the first that was not.</summary>
    /// <returns>Whether some are left because the library's queue is full.</returns>
    private bool HandOver(string topic, int partition, MessageBatch batch, int slot, ProduceWrite write, ref int next)
    {
        var native = IntPtr.Zero;
        try
        {
            native = rd_kafka_topic_new(_handle, topic, IntPtr.Zero);
            if (native == IntPtr.Zero)
            {
                Refuse(write, next, new Error((ErrorCode)rd_kafka_last_error()));
                return false;
            }
            using var pinned = new PinnedBytes();
            while (next < batch.Count)
            {
                var count = CountOfPlain(batch, next);
                var taken = count > 0 ? HandOverPlain(native, partition, batch, slot, write, next, count, pinned) : HandOverOne(native, partition, batch, slot, write, next, pinned);
                next += taken;
                if (taken < Math.Max(1, count))
                    return true;
            }
            return false;
        }
        catch (ObjectDisposedException)
        {
            Refuse(write, next, new Error(ErrorCode.Local_Destroy));
            return false;
        }
        finally
        {
            if (native != IntPtr.Zero)
                rd_kafka_topic_destroy(native);
        }
    }

    /// <summary>How many of the next messages have no headers and no time of their own, which many can't be handed over with.</summary>
    private static int CountOfPlain(MessageBatch batch, int from)
    {
        var count = 0;
        while (count < AtOnce && from + count < batch.Count &&
            (batch.TryGetBare(from + count, out _) || batch[from + count] is { Headers: null or { Count: 0 }, Timestamp: null }))
            count++;
        return count;
    }

    private static int HandOverPlain(IntPtr topic, int partition, MessageBatch batch, int slot, ProduceWrite write, int from, int count, PinnedBytes pinned)
    {
        var messages = ArrayPool<Message>.Shared.Rent(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var message = batch[from + i];
                messages[i] = new Message
                {
                    Value = message.Value is { } value ? pinned.AddressOf(value) : IntPtr.Zero,
                    ValueLength = message.Value?.Length ?? 0,
                    Key = message.Key is { } key ? pinned.AddressOf(key) : IntPtr.Zero,
                    KeyLength = message.Key?.Length ?? 0,
                    Tag = TagOf(slot, from + i),
                };
            }
            if (rd_kafka_produce_batch(topic, partition, CopiesBytes, messages, count) == count)
                return count;
            for (var i = 0; i < count; i++)
            {
                if (messages[i].Error == (int)ErrorCode.Local_QueueFull)
                    // Then none of those behind it was taken.
                    return i;
                if (messages[i].Error != 0)
                    write.Fail(from + i, ErrorOf(messages[i].Error), PersistenceStatus.NotPersisted);
            }
            return count;
        }
        finally
        {
            ArrayPool<Message>.Shared.Return(messages);
        }
    }

    /// <returns>1, or 0 where the library's queue is full.</returns>
    private int HandOverOne(IntPtr topic, int partition, MessageBatch batch, int slot, ProduceWrite write, int index, PinnedBytes pinned)
    {
        var message = batch[index];
        var headers = HeadersOf(message.Headers, pinned);
        var arguments = new List<Argument>
        {
            new() { Kind = Argument.Topic, Pointer = topic },
            new() { Kind = Argument.Partition, Number = partition },
            new() { Kind = Argument.Flags, Number = CopiesBytes },
            new() { Kind = Argument.Tag, Pointer = TagOf(slot, index) },
        };
        if (message.Value is { } value)
            arguments.Add(new Argument { Kind = Argument.Value, Pointer = pinned.AddressOf(value), Length = value.Length });
        if (message.Key is { } key)
            arguments.Add(new Argument { Kind = Argument.Key, Pointer = pinned.AddressOf(key), Length = key.Length });
        if (message.Timestamp is { } time)
            arguments.Add(new Argument { Kind = Argument.Timestamp, Number = time });
        if (headers != IntPtr.Zero)
            arguments.Add(new Argument { Kind = Argument.Headers, Pointer = headers });
        var refused = rd_kafka_produceva(_handle, [.. arguments], arguments.Count);
        if (refused == IntPtr.Zero)
            return 1;
        if (headers != IntPtr.Zero)
            rd_kafka_headers_destroy(headers);
        var error = rd_kafka_error_code(refused);
        rd_kafka_error_destroy(refused);
        if (error == (int)ErrorCode.Local_QueueFull)
            return 0;
        write.Fail(index, ErrorOf(error), PersistenceStatus.NotPersisted);
        return 1;
    }

    private static IntPtr HeadersOf(IReadOnlyList<MessageHeader>? headers, PinnedBytes pinned)
    {
        if (headers is not { Count: > 0 })
            return IntPtr.Zero;
        var native = rd_kafka_headers_new(headers.Count);
        foreach (var header in headers)
        {
            var name = Encoding.UTF8.GetBytes(header.Name);
            _ = rd_kafka_header_add(
                native, name, name.Length, header.Value is { } value ? pinned.AddressOf(value) : IntPtr.Zero, header.Value?.Length ?? 0);
        }
        return native;
    }

    private static void Refuse(ProduceWrite write, int from, Error error)
    {
        for (var index = from; index < write.Count; index++)
            write.Fail(index, error, PersistenceStatus.NotPersisted);
    }

    private void HandedOver()
    {
        // Who closes has all sent, or given up, as it is.
        lock (_gate)
            if (!_isEnding)
                _handedOver.Set();
    }

    /// <summary>The library lets nothing linger while somebody waits for it to be empty.</summary>
    private void Flush()
    {
        while (!_isEnding)
        {
            _handedOver.WaitOne();
            if (!_isEnding)
                _ = rd_kafka_flush(_handle, PollMilliseconds);
        }
    }

    private void Run()
    {
        var messages = new IntPtr[AtOnce];
        while (!_isEnding)
            Poll(messages);
        // What was handed over is given up, and answered so.
        _ = rd_kafka_purge(_handle, PurgesAll);
        for (var polls = 0; polls < MaxPollsAtEnd && HasWrites; polls++)
            Poll(messages);
        foreach (var write in _writes)
            write?.GiveUp();
    }

    private bool HasWrites
    {
        get
        {
            lock (_gate)
                return _writes.Any(write => write is { Completed.IsCompleted: false });
        }
    }

    private void Poll(IntPtr[] messages)
    {
        var told = rd_kafka_queue_poll(_queue, PollMilliseconds);
        if (told == IntPtr.Zero)
            return;
        switch (rd_kafka_event_type(told))
        {
            case DeliveryEvent:
                while ((int)rd_kafka_event_message_array(told, messages, messages.Length) is > 0 and var count)
                    Deliver(messages.AsSpan(0, count));
                break;
            case LogEvent when rd_kafka_event_log(told, out var facility, out var line, out var level) == 0:
                _log.Write(new LogMessage("", (SyslogLevel)level, TextOf(facility), TextOf(line)));
                break;
            case ErrorEvent:
                var error = new Error((ErrorCode)rd_kafka_event_error(told), TextOf(rd_kafka_event_error_string(told)), rd_kafka_event_error_is_fatal(told) != 0);
                _log.Write(error);
                _access.Note(error);
                break;
            default:
                break;
        }
        // Only now there is room for others.
        rd_kafka_event_destroy(told);
        if (Volatile.Read(ref _delivered) is not null)
            Interlocked.Exchange(ref _delivered, null)?.TrySetResult();
    }

    private void Deliver(ReadOnlySpan<IntPtr> messages)
    {
        foreach (var at in messages)
        {
            var message = new NativeMessage(at);
            // Its write can't leave before this.
            var (write, index) = (_writes[(int)(message.Tag >> 32)]!, (int)message.Tag);
            if (message.Error is not ErrorCode.NoError and var error)
                write.Fail(index, ErrorOf((int)error), (PersistenceStatus)rd_kafka_message_status(at));
            else
                write.Succeed(index, message.Offset);
        }
    }

    private static IntPtr TagOf(int slot, int index) => checked((IntPtr)(((long)slot << 32) | (uint)index));

    private static Error ErrorOf(int code) => new((ErrorCode)code, TextOf(rd_kafka_err2str(code)));

    private static string TextOf(IntPtr text) => Marshal.PtrToStringUTF8(text) ?? "";

    private static string TextOf(byte[] text) => Encoding.UTF8.GetString(text.AsSpan(0, Math.Max(0, text.AsSpan().IndexOf((byte)0))));
}
