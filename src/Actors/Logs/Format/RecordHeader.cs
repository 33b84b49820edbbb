using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>What a journal record is about.</summary>
internal enum RecordKind : byte
{
    Batch = 1,
    Create = 2,
    Delete = 3,
    Retain = 4,
    Roll = 5,
    Framing = 6,
    Cursor = 7,
    Names = 8,
    Property = 9,
    Evict = 10,
}

/// <summary>
/// The 32 bytes before each record's body: CRC-32C of what follows it (begun with the directory's id, so that a record
/// of another directory is no record here), length of header and body, LSN, the LSN up to which the journal was known to
/// be synced when it was written, kind. Records are padded with zeros to 8 bytes.
/// </summary>
internal readonly record struct RecordHeader(int Length, long Lsn, long Synced, RecordKind Kind)
{
    public const int Size = 32;
    public const int Alignment = 8;

    public static int Align(int length) => (length + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Completes a record whose body and padding are in place.</summary>
    public static void Seal(Span<byte> record, uint tag, long lsn, long synced, RecordKind kind)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], record.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], lsn);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], synced);
        record[24] = (byte)kind;
        record[25..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(record, Crc32C.Append(tag, record[4..]));
    }

    public static RecordHeader Read(ReadOnlySpan<byte> record) => new(
        BinaryPrimitives.ReadInt32LittleEndian(record[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(record[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(record[16..]),
        (RecordKind)record[24]);

    /// <summary>Whether a header can be a record's at this place, before its body is read.</summary>
    public bool IsPlausible(long lsn, long available) =>
        Lsn == lsn && Length >= Size && Length % Alignment == 0 && Length <= available;

    public static bool IsIntact(ReadOnlySpan<byte> record, uint tag) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record) == Crc32C.Append(tag, record[4..]);
}
