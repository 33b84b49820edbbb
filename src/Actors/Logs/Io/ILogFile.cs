namespace StreamActors.Logs;

/// <summary>
/// An open file. Reads may run beside anything; writes of one file come from one thread. All failures are
/// <see cref="LogIOException"/>.
/// </summary>
public interface ILogFile : IDisposable
{
    /// <summary>Where the file was opened, for messages.</summary>
    string Path { get; }

    /// <summary>The size in bytes.</summary>
    long Length { get; }

    /// <summary>Reads at a position until the buffer is full or the file ends.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="position">The first byte's place in the file.</param>
    /// <returns>How many bytes were read.</returns>
    int Read(Span<byte> buffer, long position);

    /// <summary>Writes all bytes at a position. When it fails, any part of them may have been written.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="position">The first byte's place in the file.</param>
    void Write(ReadOnlySpan<byte> bytes, long position);

    /// <summary>Cuts or extends the file.</summary>
    /// <param name="length">The new size in bytes.</param>
    void SetLength(long length);

    /// <summary>
    /// Reserves blocks, so that writing to them can't fail for want of space; the size stays (fallocate(2),
    /// FALLOC_FL_KEEP_SIZE).
    /// </summary>
    /// <param name="position">The first byte.</param>
    /// <param name="length">How many bytes.</param>
    /// <returns>False where the file system can't do it.</returns>
    bool Reserve(long position, long length);

    /// <summary>
    /// Gives blocks back; the size stays. Does nothing where the file system can't do it (fallocate(2),
    /// FALLOC_FL_PUNCH_HOLE). What is read there afterwards has no meaning.
    /// </summary>
    /// <param name="position">The first byte.</param>
    /// <param name="length">How many bytes.</param>
    void PunchHole(long position, long length);

    /// <summary>Makes what was written survive a power loss (fdatasync(2)).</summary>
    void Sync();

    /// <summary>
    /// Makes everything that was written to this file's file system, files and names, survive a power loss (syncfs(2)).
    /// The file has to have been open since before it was written.
    /// </summary>
    /// <returns>False where that is not sure, or failed: each file has to be synced for itself then.</returns>
    bool TrySyncFileSystem();
}
