using System.Buffers.Binary;
using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>Checkpoints as bytes: a mark, the generation, how many there are, 36 bytes for each, and a CRC-32C of all that.</summary>
internal static class CheckpointForm
{
    private const int HeadBytes = 16, PlaceBytes = 36;

    private static ReadOnlySpan<byte> Mark => "SAkafkC1"u8;

    /// <summary>Writes them.</summary>
    public static byte[] Write(CheckpointList list)
    {
        var bytes = new byte[HeadBytes + (list.Places.Count * PlaceBytes) + sizeof(uint)];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), list.Generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), list.Places.Count);
        var rest = bytes.AsSpan(HeadBytes);
        foreach (var place in list.Places)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, place.Ordinal);
            BinaryPrimitives.WriteInt64LittleEndian(rest[8..], place.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(rest[16..], place.Position);
            BinaryPrimitives.WriteInt64LittleEndian(rest[24..], place.Json);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[32..], place.Crc);
            rest = rest[PlaceBytes..];
        }
        BinaryPrimitives.WriteUInt32LittleEndian(rest, Crc32C.Compute(bytes.AsSpan(0, bytes.Length - sizeof(uint))));
        return bytes;
    }

    /// <summary>Reads them; null where that is not what was written.</summary>
    public static CheckpointList? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes + sizeof(uint) || !bytes.StartsWith(Mark) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Crc32C.Compute(bytes[..^sizeof(uint)]))
            return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (bytes.Length != HeadBytes + ((long)count * PlaceBytes) + sizeof(uint))
            return null;
        var places = new MirrorCheckpoint[count];
        for (var i = 0; i < count; i++)
        {
            var place = bytes.Slice(HeadBytes + (i * PlaceBytes), PlaceBytes);
            places[i] = new MirrorCheckpoint(
                BinaryPrimitives.ReadInt64LittleEndian(place),
                BinaryPrimitives.ReadInt64LittleEndian(place[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(place[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(place[24..]),
                BinaryPrimitives.ReadUInt32LittleEndian(place[32..]));
        }
        return new CheckpointList(BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]), places);
    }
}
