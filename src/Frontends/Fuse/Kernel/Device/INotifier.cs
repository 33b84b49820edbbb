namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Tells the kernel what changed. All but <see cref="Poll"/> and <see cref="InvalidateAttributes"/> take locks that a request
/// may hold, so they are queued and sent by a thread that serves no requests.
/// </summary>
public interface INotifier
{
    /// <summary>Wakes whoever polls a file. Sent at once, from any thread.</summary>
    /// <param name="kh">The id that the POLL request gave.</param>
    /// <returns>Whether the kernel took it; false where nobody polls any more.</returns>
    bool Poll(ulong kh);

    /// <summary>Drops cached attributes of an inode. Sent at once, from any thread.</summary>
    /// <param name="nodeId">The inode.</param>
    /// <returns>Whether the kernel took it; false where it does not know the inode.</returns>
    bool InvalidateAttributes(ulong nodeId);

    /// <summary>Drops cached attributes and data of an inode.</summary>
    /// <param name="nodeId">The inode.</param>
    /// <param name="offset">From this byte on; negative for the attributes alone.</param>
    /// <param name="length">Bytes; 0 or less to the end.</param>
    /// <returns>False where the queue is full.</returns>
    bool InvalidateInode(ulong nodeId, long offset, long length);

    /// <summary>Drops a cached name.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name, copied.</param>
    /// <param name="expireOnly">Whether it is only looked up again at its next use, where the kernel knows that.</param>
    /// <returns>False where the queue is full.</returns>
    bool InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false);

    /// <summary>Says that a name was deleted behind the kernel's back.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="child">What the name stood for.</param>
    /// <param name="name">The name, copied.</param>
    /// <returns>False where the queue is full.</returns>
    bool Delete(ulong parent, ulong child, ReadOnlySpan<byte> name);
}
