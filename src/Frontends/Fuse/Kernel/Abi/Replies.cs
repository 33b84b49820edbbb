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

/// <summary><c>struct fuse_kstatfs</c>, 80 bytes: the answer to STATFS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseKStatFs
{
    /// <summary>All blocks of <see cref="Frsize"/>.</summary>
    public ulong Blocks;
    /// <summary>Free blocks.</summary>
    public ulong Bfree;
    /// <summary>Free blocks for users other than root.</summary>
    public ulong Bavail;
    /// <summary>All inodes.</summary>
    public ulong Files;
    /// <summary>Free inodes.</summary>
    public ulong Ffree;
    /// <summary>Preferred size of a transfer, bytes.</summary>
    public uint Bsize;
    /// <summary>Longest name, bytes.</summary>
    public uint Namelen;
    /// <summary>Unit of the block counts, bytes.</summary>
    public uint Frsize;
    private readonly uint _padding, _spare0, _spare1, _spare2, _spare3, _spare4, _spare5;
}

/// <summary><c>struct fuse_file_lock</c>, 24 bytes: a range of a file and the kind of lock on it; also the answer to GETLK.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseFileLock
{
    /// <summary>First byte.</summary>
    public ulong Start;
    /// <summary>Last byte, inclusive; <see cref="long.MaxValue"/> is the end of the file.</summary>
    public ulong End;
    /// <summary><c>F_RDLCK</c> 0, <c>F_WRLCK</c> 1, <c>F_UNLCK</c> 2.</summary>
    public uint Type;
    /// <summary>Who holds it.</summary>
    public uint Pid;
}
