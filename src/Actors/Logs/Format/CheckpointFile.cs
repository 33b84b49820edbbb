using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>
/// The file <c>checkpoint</c>: from which LSN the journal is needed, and the epoch of the process that owned the
/// directory last.
/// </summary>
internal readonly record struct CheckpointFile(long Lsn, long Epoch)
{
    public const string Name = "checkpoint";

    private const int Size = 28;

    private static ReadOnlySpan<byte> Magic => "SAlog-C1"u8;

    public void Write(ILogFileSystem disk, string root, Guid directory)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Lsn);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Crc32C.Append(Journal.TagOf(directory), bytes[..24]));
        AtomicFile.Write(disk, $"{root}/{Name}", bytes);
        disk.SyncDirectory(root);
    }

    public static CheckpointFile Read(ILogFileSystem disk, string root, Guid directory)
    {
        var path = $"{root}/{Name}";
        var bytes = AtomicFile.Read(disk, path).AsSpan();
        if (bytes.Length != Size || !bytes.StartsWith(Magic) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) != Crc32C.Append(Journal.TagOf(directory), bytes[..24]))
            throw new LogIOException(LogError.Corrupt, $"{path} is damaged, or another directory's");
        return new CheckpointFile(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
    }
}
