using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>
/// The file that says how far the journal was synced. It is written after each sync and never synced itself, so it may
/// lag behind; it never runs ahead. A bad record before it is corruption and not a torn tail.
/// </summary>
internal sealed class SyncMark(ILogFile file, Guid directory) : IDisposable
{
    public const int Size = 20;

    private static ReadOnlySpan<byte> Magic => "SAlog-M1"u8;

    private readonly uint _tag = Journal.TagOf(directory);

    /// <summary>Makes it where the directory is new. This time it is synced, so that it is always whole.</summary>
    public static void Make(ILogFileSystem disk, string path, Guid directory)
    {
        disk.Delete(path);
        using var file = disk.Open(path, LogFileMode.CreateNew);
        new SyncMark(file, directory).TryWrite(0);
        file.Sync();
    }

    /// <summary>Opens it; one that is missing is made anew.</summary>
    public static SyncMark Open(ILogFileSystem disk, string path, Guid directory) =>
        new(disk.Open(path, disk.Exists(path) ? LogFileMode.Write : LogFileMode.CreateNew), directory);

    /// <summary>What it says; null where it says nothing whole.</summary>
    public long? Read()
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (file.Length != Size || file.Read(bytes, 0) < Size || !bytes.StartsWith(Magic) ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) != Crc32C.Append(_tag, bytes[..16]))
            return null;
        return BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
    }

    /// <summary>Writes it. A full disk only makes it lag.</summary>
    public bool TryWrite(long lsn)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], lsn);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Crc32C.Append(_tag, bytes[..16]));
        try
        {
            file.Write(bytes, 0);
            return true;
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota)
        {
            return false;
        }
    }

    /// <summary>Syncs the file system that the log is on; false where each file has to be synced for itself.</summary>
    public bool TrySyncFileSystem() => file.TrySyncFileSystem();

    public void Dispose() => file.Dispose();
}
