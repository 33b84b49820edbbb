using System.Buffers.Binary;
using System.Numerics;

namespace StreamActors.Logs;

/// <summary>
/// What the index says of one message; 64 bytes on disk, the last four a CRC-32C of the others, changed by the partition's tag.
/// </summary>
/// <param name="Offset">The message's offset.</param>
/// <param name="Position">Where its frame begins in the default view, from the partition's first byte ever.</param>
/// <param name="Json">Where its line begins in the JSON view, likewise.</param>
/// <param name="JsonLength">The length of that line in bytes, with its line feed.</param>
/// <param name="Timestamp">Its time, in milliseconds since 1970 UTC.</param>
/// <param name="MaxTimestamp">The greatest time of it and all before it.</param>
/// <param name="Clock">Whose time that is.</param>
/// <param name="Keys">How many bytes of the key file lie before it.</param>
/// <param name="HasKeys">Whether its key and headers are there; it has neither where not.</param>
/// <param name="Length">The value's size in bytes, or −1 where the value is null.</param>
/// <param name="Crc">The CRC-32C of the bare value; 0 where it is null.</param>
public readonly record struct IndexEntry(
    long Offset,
    long Position,
    long Json,
    int JsonLength,
    long Timestamp,
    long MaxTimestamp,
    MessageClock Clock,
    long Keys,
    bool HasKeys,
    int Length,
    uint Crc)
{
    /// <summary>Its size on disk, in bytes.</summary>
    public const int Size = 64;

    private const ulong LogClockBit = 1UL << 63;
    private const ulong HasKeysBit = 1UL << 62;

    /// <summary>The value's size in the views, where null is as empty as empty.</summary>
    public int ValueLength => Math.Max(0, Length);

    /// <summary>The boundary before it.</summary>
    /// <param name="ordinal">How many messages lie before it.</param>
    /// <returns>The same boundary in every measure.</returns>
    public LogPlace PlaceBefore(long ordinal) => new(ordinal, Offset, Position, Json, Keys);

    /// <summary>Writes one. All are made here, so their checksum is of what is still in registers.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    /// <param name="place">The boundary before the message.</param>
    /// <param name="message">The message.</param>
    /// <param name="jsonLength">See <see cref="JsonLength"/>.</param>
    /// <param name="maxTimestamp">See <see cref="MaxTimestamp"/>.</param>
    /// <param name="tag">Tells the partition's files from those of another one.</param>
    internal static void Write(
        Span<byte> target, in LogPlace place, in MessageHead message, int jsonLength, long maxTimestamp, uint tag)
    {
        target = target[..Size];
        var keys = (ulong)place.Keys | (message.Clock == MessageClock.Log ? LogClockBit : 0) | (message.KeysLength > 0 ? HasKeysBit : 0);
        var lengths = (uint)message.Length | ((ulong)(uint)jsonLength << 32);
        BinaryPrimitives.WriteInt64LittleEndian(target, place.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], place.Position);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], place.Json);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], message.Timestamp);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], maxTimestamp);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], keys);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], lengths);
        var crc = BitOperations.Crc32C(~0U, (ulong)place.Offset);
        crc = BitOperations.Crc32C(crc, (ulong)place.Position);
        crc = BitOperations.Crc32C(crc, (ulong)place.Json);
        crc = BitOperations.Crc32C(crc, (ulong)message.Timestamp);
        crc = BitOperations.Crc32C(crc, (ulong)maxTimestamp);
        crc = BitOperations.Crc32C(crc, keys);
        crc = BitOperations.Crc32C(crc, lengths);
        crc = ~BitOperations.Crc32C(crc, message.Crc) ^ tag;
        BinaryPrimitives.WriteUInt64LittleEndian(target[56..], message.Crc | ((ulong)crc << 32));
    }

    /// <summary>Reads one; false where it is not what was written, or another partition's.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> source, uint tag, out IndexEntry entry)
    {
        entry = default;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != (Crc32C.Compute(source[..60]) ^ tag))
            return false;
        var keys = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]);
        entry = new IndexEntry(
            BinaryPrimitives.ReadInt64LittleEndian(source),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[52..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            (keys & LogClockBit) != 0 ? MessageClock.Log : MessageClock.Writer,
            (long)(keys & ~(LogClockBit | HasKeysBit)),
            (keys & HasKeysBit) != 0,
            BinaryPrimitives.ReadInt32LittleEndian(source[48..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[56..]));
        return true;
    }
}
