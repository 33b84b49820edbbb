using System.Collections.Concurrent;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// The objects of SOURCE that the kernel knows or a request is working on, so that every name of an object leads to
/// the same inode. An entry lives as long as somebody holds its inode.
/// </summary>
internal sealed class IdentityTable
{
    private readonly ConcurrentDictionary<Identity, OverlayInode> _byIdentity = new();

    /// <summary>How many objects are known.</summary>
    public int Count => _byIdentity.Count;

    /// <summary>Finds an object that is known, and holds it.</summary>
    /// <param name="identity">The object.</param>
    /// <returns>Its inode, to be let go of by the caller; null where it is not known.</returns>
    public OverlayInode? Hold(in Identity identity) =>
        _byIdentity.TryGetValue(identity, out var inode) && inode.TryHold() ? inode : null;

    /// <summary>Enters an object that <see cref="Hold"/> did not find.</summary>
    /// <param name="created">An inode for it, which its maker holds.</param>
    /// <returns>This inode, or the one that another thread entered meanwhile; held by the caller.</returns>
    public OverlayInode Add(OverlayInode created)
    {
        while (true)
        {
            var known = _byIdentity.GetOrAdd(created.Identity, created);
            if (known == created || known.TryHold())
                return known;
            Remove(known);
        }
    }

    /// <summary>Enters an inode again that everyone had let go of.</summary>
    /// <param name="inode">The inode.</param>
    public void Restore(OverlayInode inode) => _byIdentity[inode.Identity] = inode;

    /// <summary>Takes out an inode that nobody holds.</summary>
    /// <param name="inode">The inode.</param>
    public void Remove(OverlayInode inode) => _byIdentity.TryRemove(new KeyValuePair<Identity, OverlayInode>(inode.Identity, inode));
}
