using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>The mount that a tree is served on.</summary>
/// <param name="tree">The tree; its connection is there before the first request.</param>
public sealed class ConnectedOverlayMount(FuseTree tree) : IOverlayMount
{
    /// <inheritdoc/>
    public Errno OpenBacking(FileDescriptor file, out int backingId)
    {
        backingId = 0;
        return tree.Connection.Features.Passthrough ? tree.Connection.OpenBacking(file, out backingId) : Errno.EOPNOTSUPP;
    }

    /// <inheritdoc/>
    public void CloseBacking(int backingId) => tree.Connection.CloseBacking(backingId);

    /// <inheritdoc/>
    public void InvalidateName(Inode parent, ReadOnlySpan<byte> name) => tree.Connection.Notifier.InvalidateEntry(parent.NodeId, name);
}
