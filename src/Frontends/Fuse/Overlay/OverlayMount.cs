using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>What the mount offers to the overlay beyond answers to its calls.</summary>
public interface IOverlayMount
{
    /// <summary>Registers a file for passthrough.</summary>
    /// <param name="file">The regular file; O_PATH will do.</param>
    /// <param name="backingId">Its id in this mount.</param>
    /// <returns>None; EOPNOTSUPP where passthrough was not negotiated, ELOOP where SOURCE is stacked too deep, or why not.</returns>
    Errno OpenBacking(FileDescriptor file, out int backingId);

    /// <summary>Takes a registration back.</summary>
    /// <param name="backingId">What <see cref="OpenBacking"/> gave.</param>
    void CloseBacking(int backingId);

    /// <summary>Makes the kernel look a name up again. Called from device threads, so it must not wait for one.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name; copied.</param>
    void InvalidateName(Inode parent, ReadOnlySpan<byte> name);
}

/// <summary>A mount that offers nothing.</summary>
public sealed class OverlayMount : IOverlayMount
{
    /// <summary>The only one.</summary>
    public static readonly IOverlayMount None = new OverlayMount();

    private OverlayMount()
    {
    }

    /// <inheritdoc/>
    public Errno OpenBacking(FileDescriptor file, out int backingId)
    {
        backingId = 0;
        return Errno.EOPNOTSUPP;
    }

    /// <inheritdoc/>
    public void CloseBacking(int backingId)
    {
    }

    /// <inheritdoc/>
    public void InvalidateName(Inode parent, ReadOnlySpan<byte> name)
    {
    }
}
