using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Tree;

/// <summary>Stands for the mount of a tree that is not mounted: nothing was agreed, and nobody wants to be notified.</summary>
internal sealed class NoConnection : IFuseConnection, INotifier
{
    /// <inheritdoc/>
    public FuseFeatures Features => FuseFeatures.None;

    /// <inheritdoc/>
    public INotifier Notifier => this;

    /// <inheritdoc/>
    public Errno OpenBacking(FileDescriptor file, out int backingId)
    {
        backingId = 0;
        return Errno.EOPNOTSUPP;
    }

    /// <inheritdoc/>
    public Errno CloseBacking(int backingId) => Errno.EOPNOTSUPP;

    /// <inheritdoc/>
    public void AfterCloses(Action then) => then();

    /// <inheritdoc/>
    public bool Poll(ulong kh) => false;

    /// <inheritdoc/>
    public bool InvalidateAttributes(ulong nodeId) => false;

    /// <inheritdoc/>
    public bool InvalidateInode(ulong nodeId, long offset, long length) => true;

    /// <inheritdoc/>
    public bool InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false) => true;

    /// <inheritdoc/>
    public bool Delete(ulong parent, ulong child, ReadOnlySpan<byte> name) => true;
}
