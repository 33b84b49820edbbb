using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Tree;

/// <summary>What is mounted: the root, the inodes and handles that the kernel knows, and how long it may cache.</summary>
public sealed class FuseTree
{
    private readonly TreeOptions _options;

    /// <summary>Makes the tree of one mount.</summary>
    /// <param name="root">The root directory; it gets node id 1.</param>
    /// <param name="options">Ownership and cache times.</param>
    public FuseTree(Inode root, TreeOptions options)
    {
        _options = options;
        Inodes = new InodeTable(root);
    }

    /// <summary>The inodes that the kernel knows.</summary>
    public InodeTable Inodes { get; }

    /// <summary>The open files.</summary>
    public HandleTable Handles { get; } = new();

    /// <summary>The volumes below the one at the root.</summary>
    public MountedVolumes Volumes { get; } = new();

    /// <summary>The mount, for notifications and backing files; before it is there, one that has no features.</summary>
    public IFuseConnection Connection { get; internal set; } = new NoConnection();

    internal FuseEntryOut Entry(Inode inode, in FuseAttr attr, TimeSpan? entryTimeout = null)
    {
        var (entryValid, attrValid) = (entryTimeout ?? inode.EntryTimeout ?? _options.EntryTimeout, inode.AttrTimeout ?? _options.AttrTimeout);
        return new FuseEntryOut
        {
            NodeId = inode.NodeId,
            EntryValid = Seconds(entryValid),
            EntryValidNsec = Nanoseconds(entryValid),
            AttrValid = Seconds(attrValid),
            AttrValidNsec = Nanoseconds(attrValid),
            Attr = Shown(attr),
        };
    }

    internal FuseAttrOut AttrOut(Inode inode, in FuseAttr attr, bool areKept = false)
    {
        var attrValid = areKept ? _options.AttrTimeout : inode.AttrTimeout ?? _options.AttrTimeout;
        return new FuseAttrOut { AttrValid = Seconds(attrValid), AttrValidNsec = Nanoseconds(attrValid), Attr = Shown(attr) };
    }

    private FuseAttr Shown(FuseAttr attr)
    {
        attr.Uid = _options.Uid ?? attr.Uid;
        attr.Gid = _options.Gid ?? attr.Gid;
        if (_options.Umask is { } umask)
            attr.Mode = (attr.Mode & ~0x1FFu) | (0x1FFu & ~umask);
        return attr;
    }

    private static ulong Seconds(TimeSpan time) => (ulong)(time.Ticks / TimeSpan.TicksPerSecond);

    private static uint Nanoseconds(TimeSpan time) => (uint)(time.Ticks % TimeSpan.TicksPerSecond * 100);
}

/// <summary>How the tree shows itself.</summary>
/// <param name="EntryTimeout">How long the kernel may cache a name.</param>
/// <param name="AttrTimeout">How long the kernel may cache attributes.</param>
/// <param name="Uid">Owner that every inode shows, or null for its own.</param>
/// <param name="Gid">Group that every inode shows, or null for its own.</param>
/// <param name="Umask">Permission bits that no inode shows (the others are all shown, as libfuse does), or null for its own.</param>
public sealed record TreeOptions(TimeSpan EntryTimeout, TimeSpan AttrTimeout, uint? Uid = null, uint? Gid = null, uint? Umask = null);
