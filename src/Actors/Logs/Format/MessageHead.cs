using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>The 28 bytes before each message of a batch record; its key record and its value follow.</summary>
internal readonly record struct MessageHead(
    long Timestamp, int Length, uint Crc, int KeysLength, int JsonLength, int Gap, MessageClock Clock)
{
    public const int Size = 28;

    private const uint LogClockBit = 1U << 31;

    public int ValueLength => Math.Max(0, Length);

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, Timestamp);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Crc);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], KeysLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[20..], JsonLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], (uint)Gap | (Clock == MessageClock.Log ? LogClockBit : 0));
    }

    public static MessageHead Read(ref SpanReader reader)
    {
        var timestamp = reader.Int64();
        var length = reader.Int32();
        var crc = reader.UInt32();
        var keys = reader.Int32();
        var json = reader.Int32();
        var gap = reader.UInt32();
        return new MessageHead(timestamp, length, crc, keys, json, (int)(gap & ~LogClockBit),
            (gap & LogClockBit) != 0 ? MessageClock.Log : MessageClock.Writer);
    }
}
