using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary><c>struct fuse_entry_out</c>, 128 bytes: the answer to whatever finds or makes a name.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseEntryOut
{
    /// <summary>The inode's id in this mount; 0 for a negative entry.</summary>
    public ulong NodeId;
    /// <summary>Tells apart inodes that had the same <see cref="NodeId"/>.</summary>
    public ulong Generation;
    /// <summary>How long the name may be cached, seconds.</summary>
    public ulong EntryValid;
    /// <summary>How long the attributes may be cached, seconds.</summary>
    public ulong AttrValid;
    /// <summary>Nanoseconds of <see cref="EntryValid"/>.</summary>
    public uint EntryValidNsec;
    /// <summary>Nanoseconds of <see cref="AttrValid"/>.</summary>
    public uint AttrValidNsec;
    /// <summary>The attributes.</summary>
    public FuseAttr Attr;
}

/// <summary><c>struct fuse_attr_out</c>, 104 bytes: the answer to GETATTR and SETATTR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseAttrOut
{
    /// <summary>How long the attributes may be cached, seconds.</summary>
    public ulong AttrValid;
    /// <summary>Nanoseconds of <see cref="AttrValid"/>.</summary>
    public uint AttrValidNsec;
    /// <summary>Padding.</summary>
    public uint Dummy;
    /// <summary>The attributes.</summary>
    public FuseAttr Attr;
}

/// <summary><c>struct fuse_open_out</c>, 16 bytes: the answer to OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseOpenOut
{
    /// <summary>The handle's id.</summary>
    public ulong Fh;
    /// <summary>How the kernel treats the open file.</summary>
    public OpenReplyFlags OpenFlags;
    /// <summary>Id of the backing file where <see cref="OpenReplyFlags.Passthrough"/> is set.</summary>
    public int BackingId;
}

/// <summary><c>FOPEN_*</c> of <c>linux/fuse.h</c>.</summary>
[Flags]
public enum OpenReplyFlags : uint
{
    /// <summary>Cached pages, dropped at open.</summary>
    None = 0,
    /// <summary>Reads and writes reach the server, uncached.</summary>
    DirectIo = 1 << 0,
    /// <summary>Cached pages are kept at open.</summary>
    KeepCache = 1 << 1,
    /// <summary>The file has no positions.</summary>
    NonSeekable = 1 << 2,
    /// <summary>The directory's entries may be cached.</summary>
    CacheDir = 1 << 3,
    /// <summary>The file is a stream: reads and writes have no position.</summary>
    Stream = 1 << 4,
    /// <summary>No FLUSH at close.</summary>
    NoFlush = 1 << 5,
    /// <summary>Several direct writes at once.</summary>
    ParallelDirectWrites = 1 << 6,
    /// <summary>Reads and writes go to a backing file, inside the kernel.</summary>
    Passthrough = 1 << 7,
}
