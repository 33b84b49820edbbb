using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>Attributes of an inode: <c>struct fuse_attr</c> of <c>linux/fuse.h</c>, 88 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseAttr
{
    /// <summary>Inode number that <c>stat</c> shows.</summary>
    public ulong Ino;
    /// <summary>Size in bytes.</summary>
    public ulong Size;
    /// <summary>Blocks of 512 bytes.</summary>
    public ulong Blocks;
    /// <summary>Time of the last access, seconds since 1970.</summary>
    public ulong Atime;
    /// <summary>Time of the last modification, seconds since 1970.</summary>
    public ulong Mtime;
    /// <summary>Time of the last status change, seconds since 1970.</summary>
    public ulong Ctime;
    /// <summary>Nanoseconds of <see cref="Atime"/>.</summary>
    public uint AtimeNsec;
    /// <summary>Nanoseconds of <see cref="Mtime"/>.</summary>
    public uint MtimeNsec;
    /// <summary>Nanoseconds of <see cref="Ctime"/>.</summary>
    public uint CtimeNsec;
    /// <summary>File type and permission bits, as <c>st_mode</c>.</summary>
    public uint Mode;
    /// <summary>Number of hard links.</summary>
    public uint Nlink;
    /// <summary>Owner.</summary>
    public uint Uid;
    /// <summary>Group.</summary>
    public uint Gid;
    /// <summary>Device number of a special file, encoded as the kernel's <c>new_encode_dev</c>.</summary>
    public uint Rdev;
    /// <summary>Preferred size of a transfer in bytes.</summary>
    public uint Blksize;
    /// <summary><c>FUSE_ATTR_*</c>.</summary>
    public uint Flags;
}
