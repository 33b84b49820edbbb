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
        Prepare(disk, path, content, sync: true);
        Replace(disk, path);
    }

    /// <summary>The first half of a replacement: the new file, beside the old one.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="content">What it shall hold.</param>
    /// <param name="sync">Whether it is synced here; else the caller does so before <see cref="Replace"/>, as <see cref="SyncPrepared"/> does.</param>
    public static void Prepare(ILogFileSystem disk, string path, ReadOnlySpan<byte> content, bool sync)
    {
        var temporary = path + TemporarySuffix;
        disk.Delete(temporary);
        using var file = disk.Open(temporary, LogFileMode.CreateNew);
        file.Write(content, 0);
        if (sync)
            file.Sync();
    }

    /// <summary>Makes the new file survive power loss, where <see cref="Prepare"/> has not.</summary>
    public static void SyncPrepared(ILogFileSystem disk, string path)
    {
        using var file = disk.Open(path + TemporarySuffix, LogFileMode.Write);
        file.Sync();
    }

    /// <summary>The second half.</summary>
    public static void Replace(ILogFileSystem disk, string path) => disk.Rename(path + TemporarySuffix, path);

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
