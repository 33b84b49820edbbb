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
        var head = reader.Take(Size);
        var gap = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]);
        return new MessageHead(
            BinaryPrimitives.ReadInt64LittleEndian(head),
            BinaryPrimitives.ReadInt32LittleEndian(head[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(head[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(head[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(head[20..]),
            (int)(gap & ~LogClockBit),
            (gap & LogClockBit) != 0 ? MessageClock.Log : MessageClock.Writer);
    }
}
