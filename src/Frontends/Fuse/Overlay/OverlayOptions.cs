namespace StreamActors.Fuse.Overlay;

/// <summary>How an overlay passes its directory through.</summary>
public sealed record OverlayOptions
{
    /// <summary>The most directories of SOURCE that are kept open to reach what is beneath them (setting <c>overlay.descriptors</c>).</summary>
    public int MaxDirectories { get; init; } = 1024;

    /// <summary>
    /// Tells the inode numbers of one overlay of a mount from those of another: a directory with the number of one above it
    /// would be taken for a circle. 0 shows SOURCE's own.
    /// </summary>
    public ulong NumberSalt { get; init; }

    /// <summary>The most requests for locks that wait at a time; more get ENOLCK.</summary>
    public int MaxLockWaiters { get; init; } = 4096;
}
