namespace StreamActors.Messages.Simulated;

/// <summary>
/// The place of the JSON file behind a simulated stream: a name in a directory, as it was found by a look-up. Implemented
/// by the overlay, which reaches it without following links and without blocking; used by the actors, which know no file
/// system. It outlives the look-up: every call opens whatever regular file has the name then, so that it can be asked
/// again after a rewrite.
/// </summary>
public interface ISimulatedFile
{
    /// <summary>Where the file is, below the overlaid directory; for logs.</summary>
    string Path { get; }

    /// <summary>What the look-up found.</summary>
    FileVersion Version { get; }

    /// <summary>Reads the whole content of the file that has the name now.</summary>
    /// <param name="maxBytes">More than this is <see cref="FileReadResult.TooLarge"/>.</param>
    /// <returns>
    /// The bytes together with the version that they are of; or <see cref="FileReadResult.BeingWritten"/> while somebody
    /// has the file open for writing, or why it can't be read.
    /// </returns>
    FileReadResult Read(long maxBytes);

    /// <summary>
    /// Replaces the content atomically: a new file beside it, written, synced, given the old one's owner, mode and
    /// extended attributes, and renamed over it.
    /// </summary>
    /// <param name="expected">Nothing is changed where the file that has the name now is of another version.</param>
    /// <param name="content">The new bytes.</param>
    /// <returns>0, or the Linux error number (ESTALE where the file is another one by now).</returns>
    int Rewrite(FileVersion expected, ReadOnlySpan<byte> content);

    /// <summary>Removes the file.</summary>
    /// <param name="expected">Nothing is removed where the file that has the name now is of another version.</param>
    /// <returns>0, or the Linux error number (ESTALE where the file is another one by now).</returns>
    int Remove(FileVersion expected);
}

/// <summary>Tells one content of one file from every other; all times in nanoseconds since 1970.</summary>
/// <param name="Device">Device number.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="BornAt">Time of birth, 0 where the file system has none.</param>
/// <param name="ModifiedAt">Time of the last write.</param>
/// <param name="ChangedAt">Time of the last status change.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct FileVersion(ulong Device, ulong Inode, long BornAt, long ModifiedAt, long ChangedAt, long Size);

/// <summary>What reading a simulated stream's file gave; a closed set.</summary>
public abstract record FileReadResult
{
    private FileReadResult()
    {
    }

    /// <summary>The content.</summary>
    /// <param name="Bytes">All bytes.</param>
    /// <param name="Version">The version they are of, which did not change while they were read.</param>
    public sealed record Content(ReadOnlyMemory<byte> Bytes, FileVersion Version) : FileReadResult;

    /// <summary>Somebody has it open for writing: what it will be is not known yet.</summary>
    public sealed record BeingWritten : FileReadResult;

    /// <summary>It is larger than wanted.</summary>
    /// <param name="Size">Its bytes.</param>
    public sealed record TooLarge(long Size) : FileReadResult;

    /// <summary>It can't be read.</summary>
    /// <param name="Errno">The Linux error number.</param>
    public sealed record Failed(int Errno) : FileReadResult;
}
