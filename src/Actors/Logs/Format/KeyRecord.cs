using System.Buffers.Binary;
using System.Text;

namespace StreamActors.Logs;

/// <summary>
/// A key and headers in the key file: CRC-32C of the rest, length of the rest, key (its length, −1 for null, and bytes),
/// number of headers, and for each the name behind its 16-bit length and the value like the key. In the file the checksum is
/// changed by the partition's tag; in a batch, which is made before it is known where it goes, it is as it is.
/// </summary>
internal static class KeyRecord
{
    public const int Prefix = 8;
    public const int MaxHeaders = 10_000;

    public static int Measure(ReadOnlyMemory<byte>? key, IReadOnlyList<MessageHeader>? headers)
    {
        if (key is null && headers is not { Count: > 0 })
            return 0;
        long size = Prefix + 4 + (key?.Length ?? 0) + 2;
        foreach (var header in headers ?? [])
            size += 2 + Encoding.UTF8.GetByteCount(header.Name) + 4 + (header.Value?.Length ?? 0);
        return (int)Math.Min(size, int.MaxValue);
    }

    public static void Write(ByteBuffer buffer, ReadOnlyMemory<byte>? key, IReadOnlyList<MessageHeader>? headers)
    {
        var start = buffer.Length;
        buffer.Add(Prefix);
        Nullable(buffer, key);
        buffer.UInt16((ushort)(headers?.Count ?? 0));
        foreach (var header in headers ?? [])
        {
            buffer.Short(Encoding.UTF8.GetBytes(header.Name));
            Nullable(buffer, header.Value);
        }
        var record = buffer.Written[start..];
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], record.Length - Prefix);
        BinaryPrimitives.WriteUInt32LittleEndian(record, Crc32C.Compute(record[4..]));
    }

    /// <summary>Adds a batch's record to a key file.</summary>
    /// <param name="file">The key file.</param>
    /// <param name="record">The whole record; empty where the message has none.</param>
    /// <param name="tag">Tells the partition's files from those of another one.</param>
    public static void AddTo(WriteBuffer file, ReadOnlySpan<byte> record, uint tag)
    {
        if (record.IsEmpty)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(file.Add(sizeof(uint)), BinaryPrimitives.ReadUInt32LittleEndian(record) ^ tag);
        file.Add(record[sizeof(uint)..]);
    }

    /// <summary>The size of a whole record, from its first <see cref="Prefix"/> bytes.</summary>
    public static long SizeOf(ReadOnlySpan<byte> prefix) => Prefix + (long)BinaryPrimitives.ReadInt32LittleEndian(prefix[4..]);

    /// <summary>Reads a whole record of a key file; throws where it is not what was written, or another partition's.</summary>
    public static (ReadOnlyMemory<byte>? Key, IReadOnlyList<MessageHeader> Headers) Read(ReadOnlySpan<byte> record, uint tag, string what)
    {
        var reader = Open(record, tag, what);
        var key = Nullable(ref reader);
        var headers = new MessageHeader[reader.UInt16()];
        for (var i = 0; i < headers.Length; i++)
            headers[i] = new MessageHeader(Encoding.UTF8.GetString(reader.Short()), Nullable(ref reader));
        return (key, headers);
    }

    /// <summary>Begins to read a whole record: its key, the number of headers, and their names and values follow.</summary>
    public static SpanReader Open(ReadOnlySpan<byte> record, uint tag, string what) =>
        record.Length >= Prefix && BinaryPrimitives.ReadUInt32LittleEndian(record) == (Crc32C.Compute(record[4..]) ^ tag)
            ? new SpanReader(record[Prefix..], what)
            : throw new LogIOException(LogError.Corrupt, $"{what}: a key's checksum is wrong");

    /// <summary>The next key or header value; false where it is null.</summary>
    public static bool Next(ref SpanReader reader, out ReadOnlySpan<byte> bytes)
    {
        var length = reader.Int32();
        bytes = length < 0 ? default : reader.Take(length);
        return length >= 0;
    }

    private static void Nullable(ByteBuffer buffer, ReadOnlyMemory<byte>? bytes)
    {
        buffer.Int32(bytes?.Length ?? -1);
        buffer.Bytes(bytes.GetValueOrDefault().Span);
    }

    private static ReadOnlyMemory<byte>? Nullable(ref SpanReader reader) =>
        Next(ref reader, out var bytes) ? bytes.ToArray() : default(ReadOnlyMemory<byte>?);
}
