using System.Runtime.InteropServices;
using Confluent.Kafka;
using StreamActors.Logs;
using StreamActors.Messages;
using LogMessage = StreamActors.Logs.LogMessage;

namespace StreamActors.Kafka;

/// <summary>A message as librdkafka has it (<c>rd_kafka_message_t</c>), or an end or an error in its place. It is valid until it is given back.</summary>
internal readonly struct NativeMessage(IntPtr at)
{
    // Offsets of the structure's members where pointers have 64 bits.
    private const int ErrorAt = 0, TopicAt = 8, PartitionAt = 16, ValueAt = 24, ValueLengthAt = 32, KeyAt = 40, KeyLengthAt = 48, OffsetAt = 56, TagAt = 64;

    private const int CreateTime = 1;

    /// <summary>What it says that is not a message; <see cref="ErrorCode.NoError"/> for a message.</summary>
    public ErrorCode Error => (ErrorCode)Marshal.ReadInt32(at, ErrorAt);

    /// <summary>The error in words.</summary>
    public string Reason => Marshal.PtrToStringUTF8(Librdkafka.rd_kafka_message_errstr(at)) ?? "";

    /// <summary>The partition of which it is; null where it is an error of the whole client.</summary>
    public TopicPartition? TopicPartition =>
        Topic == IntPtr.Zero ? null : new TopicPartition(Marshal.PtrToStringUTF8(Librdkafka.rd_kafka_topic_name(Topic))!, Partition);

    /// <summary>Its offset; at an end that of the message that is yet to come.</summary>
    public long Offset => Marshal.ReadInt64(at, OffsetAt);

    /// <summary>What was handed over with one that was produced.</summary>
    public long Tag => Marshal.ReadInt64(at, TagAt);

    /// <summary>How many bytes its value and key have.</summary>
    public long Length => Marshal.ReadInt64(at, ValueLengthAt) + Marshal.ReadInt64(at, KeyLengthAt);

    private IntPtr Topic => Marshal.ReadIntPtr(at, TopicAt);

    private int Partition => Marshal.ReadInt32(at, PartitionAt);

    /// <summary>Whether it is of the same partition as another that was taken with it.</summary>
    public bool IsBeside(NativeMessage other) => Topic == other.Topic && Partition == other.Partition;

    /// <summary>Copies it.</summary>
    /// <param name="bytes">Where its bytes go.</param>
    /// <param name="message">The message.</param>
    /// <returns>Its error where its headers can't be read.</returns>
    public ErrorCode Read(FetchedBytes bytes, out LogMessage message)
    {
        var time = Librdkafka.rd_kafka_message_timestamp(at, out var clock);
        var error = ReadHeaders(bytes, out var headers);
        message = new LogMessage(
            BytesOf(bytes, Marshal.ReadIntPtr(at, ValueAt), Marshal.ReadInt64(at, ValueLengthAt)),
            Math.Max(0, time),
            clock == CreateTime ? MessageClock.Writer : MessageClock.Log,
            BytesOf(bytes, Marshal.ReadIntPtr(at, KeyAt), Marshal.ReadInt64(at, KeyLengthAt)),
            headers);
        return error;
    }

    private ErrorCode ReadHeaders(FetchedBytes bytes, out MessageHeader[]? headers)
    {
        headers = null;
        var error = (ErrorCode)Librdkafka.rd_kafka_message_headers(at, out var list);
        if (error != ErrorCode.NoError)
            return error == ErrorCode.Local_NoEnt ? ErrorCode.NoError : error;
        headers = new MessageHeader[Librdkafka.rd_kafka_header_cnt(list)];
        for (var i = 0; i < headers.Length; i++)
        {
            error = (ErrorCode)Librdkafka.rd_kafka_header_get_all(list, i, out var name, out var value, out var length);
            if (error != ErrorCode.NoError)
                return error;
            headers[i] = new MessageHeader(Marshal.PtrToStringUTF8(name)!, BytesOf(bytes, value, length));
        }
        return ErrorCode.NoError;
    }

    /// <summary>Null, which is not empty, stays null.</summary>
    private static ReadOnlyMemory<byte>? BytesOf(FetchedBytes bytes, IntPtr from, long length) =>
        from == IntPtr.Zero ? default(ReadOnlyMemory<byte>?) : bytes.Copy(from, (int)length);
}
