using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>The file <c>names/snapshot</c>: the table of names as it was at an LSN of its own journal.</summary>
internal static class NamesFile
{
    public const string Name = "snapshot";

    private static ReadOnlySpan<byte> Magic => "SAlog-N1"u8;

    public static void Write(ILogFileSystem disk, string folder, Guid directory, long lsn, NamesSnapshot names)
    {
        AtomicFile.Write(disk, $"{folder}/{Name}", Encode(directory, lsn, names).Written);
        disk.SyncDirectory(folder);
    }

    /// <summary>Whether the file has no stream in it, as far as its size tells.</summary>
    public static bool IsEmpty(ILogFileSystem disk, string folder) =>
        AtomicFile.Read(disk, $"{folder}/{Name}").Length <= Encode(default, 0, NamesSnapshot.Empty).Length;

    public static (long Lsn, NamesSnapshot Names) Read(ILogFileSystem disk, string folder, Guid directory)
    {
        var path = $"{folder}/{Name}";
        var bytes = AtomicFile.Read(disk, path).AsSpan();
        if (bytes.Length < Magic.Length + sizeof(uint) || !bytes.StartsWith(Magic) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Compute(bytes[..^4]))
            throw new LogIOException(LogError.Corrupt, $"{path} is damaged");
        var reader = new SpanReader(bytes[Magic.Length..^4], path);
        if (new Guid(reader.Take(16)) != directory)
            throw new LogIOException(LogError.Corrupt, $"{path} belongs to another directory");
        return (reader.Int64(), ApplyChanges(NamesSnapshot.Empty, ref reader));
    }

    private static ByteBuffer Encode(Guid directory, long lsn, NamesSnapshot names)
    {
        var buffer = new ByteBuffer();
        buffer.Bytes(Magic);
        directory.TryWriteBytes(buffer.Add(16));
        buffer.Int64(lsn);
        WriteChanges(buffer, [.. names.ToChanges()]);
        buffer.UInt32(Crc32C.Compute(buffer.Written));
        return buffer;
    }

    public static void WriteChanges(ByteBuffer buffer, IReadOnlyList<NamesChange> changes)
    {
        buffer.Int32(changes.Count);
        foreach (var change in changes)
            change.Write(buffer);
    }

    public static NamesSnapshot ApplyChanges(NamesSnapshot names, ref SpanReader reader)
    {
        for (var left = reader.Int32(); left > 0; left--)
            names = names.Apply(NamesChange.Read(ref reader));
        return names;
    }
}
