using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>
/// The file <c>checkpoint-LSN-EPOCH</c> of a shared log directory: from which LSN journals are needed, up to where former
/// epochs count whose files may still be needed, and which partitions there are.
/// </summary>
internal static class SharedCheckpoint
{
    public const string Name = "checkpoint";

    private static ReadOnlySpan<byte> Magic => "SAlog-C2"u8;

    public static byte[] Encode(long lsn, Epochs epochs, Guid directory)
    {
        var buffer = new ByteBuffer();
        buffer.Bytes(Magic);
        buffer.Int64(lsn);
        buffer.Int64(epochs.Own);
        buffer.Int32(epochs.Ends.Count);
        foreach (var (epoch, end) in epochs.Ends)
        {
            buffer.Int64(epoch);
            buffer.Int64(end);
        }
        buffer.Int32(epochs.Partitions.Count);
        foreach (var id in epochs.Partitions)
            buffer.UInt64(id.Value);
        buffer.UInt32(Crc32C.Append(Journal.TagOf(directory), buffer.Written));
        return buffer.Written.ToArray();
    }

    /// <summary>Adds what a checkpoint says to what is known.</summary>
    public static void Read(ILogFileSystem disk, string root, EpochFile file, Guid directory, Epochs epochs)
    {
        var path = $"{root}/{file.Name}";
        var bytes = AtomicFile.Read(disk, path).AsSpan();
        if (bytes.Length < Magic.Length + sizeof(uint) || !bytes.StartsWith(Magic) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Append(Journal.TagOf(directory), bytes[..^4]))
            throw new LogIOException(LogError.Corrupt, $"{path} is damaged, or another directory's");
        var reader = new SpanReader(bytes[Magic.Length..^4], path);
        if (reader.Int64() != file.Lsn || reader.Int64() != file.Epoch)
            throw new LogIOException(LogError.Corrupt, $"{path} was written under another name");
        for (var left = reader.Int32(); left > 0; left--)
        {
            var (epoch, end) = (reader.Int64(), reader.Int64());
            // What is known of the journals that are still needed comes from who sealed them.
            if (!epochs.Ends.ContainsKey(epoch))
                epochs.Add(epoch, end);
        }
        for (var left = reader.Int32(); left > 0; left--)
            epochs.Partitions.Add(new IncarnationId(reader.UInt64()));
    }
}
