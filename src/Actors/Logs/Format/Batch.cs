using System.Buffers.Binary;
using System.Text;

namespace StreamActors.Logs;

/// <summary>
/// Messages that are appended together: all of them or none. It is filled by the writer, on the writer's thread, in the
/// form in which the journal keeps it. From the append until its completion it belongs to the log; then it can be
/// cleared and used again.
/// </summary>
public sealed class Batch
{
    /// <summary>The writer id of those that number nothing.</summary>
    public const long NoWriter = -1;

    /// <summary>A batch of this many bytes should be appended before more is added.</summary>
    public const int FullBytes = 8 << 20;

    /// <summary>The most bytes of one batch, messages and what is kept with them.</summary>
    public const int MaxBytes = 1 << 30;

    internal const int HeaderSize = RecordHeader.Size + 56;

    private readonly ByteBuffer _record = new(4096);
    private readonly int _messageMaxBytes;

    /// <summary>Makes an empty one.</summary>
    /// <param name="messageMaxBytes">The longest message, value and key and headers, in bytes.</param>
    public Batch(int messageMaxBytes = LogOptions.DefaultMessageMaxBytes)
    {
        _messageMaxBytes = Math.Min(messageMaxBytes, LogOptions.LargestMessageMaxBytes);
        Clear();
    }

    /// <summary>Who writes, or <see cref="NoWriter"/>.</summary>
    public long WriterId { get; set; } = NoWriter;

    /// <summary>Rises when a writer begins anew; older ones are fenced.</summary>
    public int WriterEpoch { get; set; }

    /// <summary>The writer's number of the first message: the last batch's plus its count, from 0, below 2³¹, round.</summary>
    public int Sequence { get; set; }

    /// <summary>The epoch under which the caller owns the partition; older ones are fenced.</summary>
    public long ShardEpoch { get; set; }

    /// <summary>The first message's offset where a source gives it, which is the next one or later; else null.</summary>
    public long? BaseOffset { get; set; }

    /// <summary>How many messages it has.</summary>
    public int Count { get; private set; }

    /// <summary>How many bytes it has in the journal.</summary>
    public int Length => _record.Length;

    /// <summary>Whether it should be appended before more is added.</summary>
    public bool IsFull => Length >= FullBytes;

    internal long ValueBytes { get; private set; }

    internal long KeyBytes { get; private set; }

    /// <summary>The messages, each behind its head and its key record.</summary>
    internal ReadOnlySpan<byte> Messages => _record.Written[HeaderSize..];

    /// <summary>Empties it; the writer's numbers stay.</summary>
    public void Clear()
    {
        _record.Clear();
        _record.Add(HeaderSize);
        Count = 0;
        ValueBytes = KeyBytes = 0;
    }

    /// <summary>Adds a message without key and headers.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="timestamp">Milliseconds since 1970 UTC.</param>
    /// <param name="clock">Whose time that is.</param>
    /// <returns>Null, or why it was not added: <see cref="LogError.TooLarge"/>.</returns>
    public LogFault? Add(ReadOnlySpan<byte> value, long timestamp, MessageClock clock = MessageClock.Log)
    {
        if (TooLarge(value.Length, 0) is { } fault)
            return fault;
        var json = JsonLine.Measure(value, valueIsNull: false, timestamp, key: null, headers: null);
        Begin(timestamp, value.Length, Crc32C.Compute(value), 0, json, 0, clock);
        _record.Bytes(value);
        return null;
    }

    /// <summary>Adds a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="gap">How many offsets its source left out before it.</param>
    /// <returns>Null, or why it was not added: <see cref="LogError.TooLarge"/> or <see cref="LogError.Invalid"/>.</returns>
    public LogFault? Add(in LogMessage message, int gap = 0)
    {
        if (gap < 0)
            return new LogFault(LogError.Invalid, "a gap between offsets is negative");
        if (message.Headers is { } headers && (headers.Count > KeyRecord.MaxHeaders ||
            headers.Any(header => Encoding.UTF8.GetByteCount(header.Name) > ushort.MaxValue)))
            return new LogFault(LogError.TooLarge, "a message has too many headers, or one with a name that is too long");
        var keys = KeyRecord.Measure(message.Key, message.Headers);
        var value = message.Value.GetValueOrDefault().Span;
        if (TooLarge(value.Length, keys) is { } fault)
            return fault;
        var json = JsonLine.Measure(value, message.Value is null, message.Timestamp, message.Key, message.Headers);
        Begin(message.Timestamp, message.Value is null ? -1 : value.Length, Crc32C.Compute(value), keys, json, gap, message.Clock);
        if (keys > 0)
            KeyRecord.Write(_record, message.Key, message.Headers);
        KeyBytes += keys;
        _record.Bytes(value);
        return null;
    }

    /// <summary>The record for the journal, with room for its header.</summary>
    internal Memory<byte> Complete(IncarnationId partition, LogPlace end)
    {
        var length = _record.Length;
        _record.Add(RecordHeader.Align(length) - length).Clear();
        var record = _record.Memory;
        _record.Truncate(length); // so that messages can be added where this append fails
        var body = record.Span[RecordHeader.Size..];
        BinaryPrimitives.WriteUInt64LittleEndian(body, partition.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], ShardEpoch);
        BinaryPrimitives.WriteInt64LittleEndian(body[16..], WriterId);
        BinaryPrimitives.WriteInt32LittleEndian(body[24..], WriterEpoch);
        BinaryPrimitives.WriteInt32LittleEndian(body[28..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(body[32..], BaseOffset ?? end.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(body[40..], end.Ordinal);
        BinaryPrimitives.WriteInt64LittleEndian(body[48..], Count);
        return record;
    }

    private LogFault? TooLarge(long valueBytes, long keyBytes)
    {
        if (valueBytes + keyBytes > _messageMaxBytes)
            return new LogFault(LogError.TooLarge, $"a message of {valueBytes + keyBytes} bytes; the most is {_messageMaxBytes}");
        return Count > 0 && Length + valueBytes + keyBytes + MessageHead.Size > MaxBytes
            ? new LogFault(LogError.TooLarge, $"a batch of more than {MaxBytes} bytes") : null;
    }

    private void Begin(long timestamp, int length, uint crc, int keys, long json, int gap, MessageClock clock)
    {
        new MessageHead(timestamp, length, crc, keys, (int)json, gap, clock).Write(_record.Add(MessageHead.Size));
        Count++;
        ValueBytes += Math.Max(0, length);
    }
}
