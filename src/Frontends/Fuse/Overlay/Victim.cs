using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// What is about to lose a name. It is opened before (O_PATH), so that it can still be reached where that was its last.
/// </summary>
internal ref struct Victim
{
    private FileDescriptor? _descriptor;
    private OverlayInode? _inode;
    private Statx _stat;

    /// <summary>It, as O_PATH; null where it could not be opened.</summary>
    public readonly FileDescriptor? Descriptor => _descriptor;

    /// <summary>Its attributes; all 0 where it could not be opened.</summary>
    public readonly Statx Stat => _stat;

    /// <summary>Whether it is a regular file.</summary>
    public readonly bool IsRegular => _stat.IsRegular;

    /// <summary>Opens what has a name, if anything.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name.</param>
    /// <returns>What was found. What can't be opened is removed or replaced all the same, or the system call says why not.</returns>
    public static Victim Find(OverlayVolume volume, FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        var victim = default(Victim);
        if (volume.OpenPath(directory, name, out victim._descriptor) == Errno.None
            && OverlayVolume.StatOf(victim._descriptor!, out victim._stat) == Errno.None)
            victim._inode = volume.Known.Hold(Identity.Of(victim._stat));
        return victim;
    }

    /// <summary>The name is gone.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    public void LostName(LocatedInode parent, ReadOnlySpan<byte> name)
    {
        if (_inode is null)
            return;
        _inode.Lost(parent, name);
        if (!_stat.IsDirectory && _stat.Links > 1 && _inode.Name is not null)
            return;
        _inode.Pin(_descriptor!);
        _descriptor = null;
    }

    /// <summary>Lets it go.</summary>
    public readonly void Dispose()
    {
        _inode?.LetGo();
        _descriptor?.Dispose();
    }
}
