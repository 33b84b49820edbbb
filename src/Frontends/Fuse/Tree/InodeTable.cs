using System.Collections.Concurrent;

namespace StreamActors.Fuse.Tree;

/// <summary>
/// The inodes that the kernel knows, by node id, with their look-up counts. An inode enters at the first reply that
/// names it and leaves when the kernel has forgotten as often as it was told.
/// </summary>
public sealed class InodeTable
{
    /// <summary>The root's node id (<c>FUSE_ROOT_ID</c>).</summary>
    public const ulong RootId = 1;

    private readonly ConcurrentDictionary<ulong, Inode> _byNodeId = new();
    private ulong _lastNodeId = RootId;

    /// <summary>Makes a table that holds the root.</summary>
    /// <param name="root">The root directory.</param>
    public InodeTable(Inode root)
    {
        root.NodeId = RootId;
        root.Lookups = 1;
        _byNodeId[RootId] = root;
    }

    /// <summary>How many inodes the kernel knows.</summary>
    public int Count => _byNodeId.Count;

    /// <summary>Finds an inode.</summary>
    /// <param name="nodeId">Its id.</param>
    /// <returns>The inode, or null where the kernel has no right to name it.</returns>
    public Inode? Find(ulong nodeId) => _byNodeId.GetValueOrDefault(nodeId);

    /// <summary>Counts a look-up that a reply is about to tell the kernel of.</summary>
    /// <param name="inode">The inode; it gets a node id at its first look-up, and a new one after it was forgotten.</param>
    public void Reference(Inode inode)
    {
        lock (inode.TableGate)
        {
            if (inode.Lookups++ > 0)
                return;
            inode.NodeId = Interlocked.Increment(ref _lastNodeId);
            _byNodeId[inode.NodeId] = inode;
            inode.Referenced();
        }
    }

    /// <summary>Takes look-ups back (FORGET). The root is never forgotten.</summary>
    /// <param name="nodeId">The inode's id; an unknown one is ignored.</param>
    /// <param name="count">How many look-ups.</param>
    public void Forget(ulong nodeId, ulong count)
    {
        if (nodeId == RootId || !_byNodeId.TryGetValue(nodeId, out var inode))
            return;
        lock (inode.TableGate)
        {
            if (inode.NodeId != nodeId)
                return;
            inode.Lookups = count >= inode.Lookups ? 0 : inode.Lookups - count;
            if (inode.Lookups > 0)
                return;
            _byNodeId.TryRemove(nodeId, out _);
            inode.Forgotten();
        }
    }

    /// <summary>Forgets everything but the root, at unmount.</summary>
    public void Clear()
    {
        foreach (var nodeId in _byNodeId.Keys)
            Forget(nodeId, ulong.MaxValue);
    }
}
