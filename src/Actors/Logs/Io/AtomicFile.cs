namespace StreamActors.Logs;

/// <summary>Small files that are replaced as a whole: after a crash the old one or the new one is there.</summary>
internal static class AtomicFile
{
    public const string TemporarySuffix = ".tmp";

    /// <summary>The longest such file, in bytes.</summary>
    public const long MaxBytes = 256 << 20;

    /// <summary>Replaces a file. The caller syncs the directory when the new one has to survive power loss.</summary>
    public static void Write(ILogFileSystem disk, string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + TemporarySuffix;
        disk.Delete(temporary);
        using (var file = disk.Open(temporary, LogFileMode.CreateNew))
        {
            file.Write(content, 0);
            file.Sync();
        }
        disk.Rename(temporary, path);
    }

    public static byte[] Read(ILogFileSystem disk, string path)
    {
        using var file = disk.Open(path, LogFileMode.Read);
        var length = file.Length;
        if (length > MaxBytes)
            throw new LogIOException(LogError.Corrupt, $"{path} has {length} bytes; the most is {MaxBytes}");
        var content = new byte[length];
        return file.Read(content, 0) == length
            ? content : throw new LogIOException(LogError.Io, $"{path} shrank while it was read");
    }
}
