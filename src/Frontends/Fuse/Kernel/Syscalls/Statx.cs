using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary><c>struct statx</c> of <c>linux/stat.h</c>, 256 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public struct Statx
{
    /// <summary>The fields that are filled in (<c>STATX_*</c>).</summary>
    [FieldOffset(0)]
    public uint Mask;
    /// <summary>Preferred size of a transfer, bytes.</summary>
    [FieldOffset(4)]
    public uint BlockSize;
    /// <summary><c>STATX_ATTR_*</c>.</summary>
    [FieldOffset(8)]
    public ulong Attributes;
    /// <summary>Hard links.</summary>
    [FieldOffset(16)]
    public uint Links;
    /// <summary>Owner.</summary>
    [FieldOffset(20)]
    public uint Uid;
    /// <summary>Group.</summary>
    [FieldOffset(24)]
    public uint Gid;
    /// <summary>Type and permission bits.</summary>
    [FieldOffset(28)]
    public ushort Mode;
    /// <summary>Inode number.</summary>
    [FieldOffset(32)]
    public ulong Inode;
    /// <summary>Size, bytes.</summary>
    [FieldOffset(40)]
    public ulong Size;
    /// <summary>Blocks of 512 bytes.</summary>
    [FieldOffset(48)]
    public ulong Blocks;
    /// <summary>Which bits of <see cref="Attributes"/> the file system knows.</summary>
    [FieldOffset(56)]
    public ulong AttributesMask;
    /// <summary>Last access.</summary>
    [FieldOffset(64)]
    public StatxTime AccessTime;
    /// <summary>Birth; nothing where <see cref="Linux.STATX_BTIME"/> is not in <see cref="Mask"/>.</summary>
    [FieldOffset(80)]
    public StatxTime BirthTime;
    /// <summary>Last status change.</summary>
    [FieldOffset(96)]
    public StatxTime ChangeTime;
    /// <summary>Last modification.</summary>
    [FieldOffset(112)]
    public StatxTime ModifyTime;
    /// <summary>Major number of the device that a special file stands for.</summary>
    [FieldOffset(128)]
    public uint RdevMajor;
    /// <summary>Minor number of the device that a special file stands for.</summary>
    [FieldOffset(132)]
    public uint RdevMinor;
    /// <summary>Major number of the device that holds the file.</summary>
    [FieldOffset(136)]
    public uint DeviceMajor;
    /// <summary>Minor number of the device that holds the file.</summary>
    [FieldOffset(140)]
    public uint DeviceMinor;
    /// <summary>Id of the mount.</summary>
    [FieldOffset(144)]
    public ulong MountId;

    /// <summary>The device that holds the file, as one number.</summary>
    public readonly ulong Device => ((ulong)DeviceMajor << 32) | DeviceMinor;

    /// <summary>The file type: <c>S_IFREG</c> and so on.</summary>
    public readonly uint Type => (uint)Mode & Linux.S_IFMT;

    /// <summary>Whether it is a directory.</summary>
    public readonly bool IsDirectory => Type == Linux.S_IFDIR;

    /// <summary>Whether it is a regular file.</summary>
    public readonly bool IsRegular => Type == Linux.S_IFREG;

    /// <summary>Whether it is a symbolic link.</summary>
    public readonly bool IsSymlink => Type == Linux.S_IFLNK;

    /// <summary>The attributes as FUSE gives them.</summary>
    /// <returns>All fields, with the file's own inode number.</returns>
    public readonly FuseAttr ToAttr() => new()
    {
        Ino = Inode,
        Size = Size,
        Blocks = Blocks,
        Atime = (ulong)AccessTime.Seconds,
        Mtime = (ulong)ModifyTime.Seconds,
        Ctime = (ulong)ChangeTime.Seconds,
        AtimeNsec = AccessTime.Nanoseconds,
        MtimeNsec = ModifyTime.Nanoseconds,
        CtimeNsec = ChangeTime.Nanoseconds,
        Mode = Mode,
        Nlink = Links,
        Uid = Uid,
        Gid = Gid,
        Rdev = DeviceNumber.Encode(RdevMajor, RdevMinor),
        Blksize = BlockSize,
    };
}

/// <summary><c>struct statx_timestamp</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatxTime
{
    /// <summary>Seconds since 1970, may be negative.</summary>
    public long Seconds;
    /// <summary>0 to 999,999,999.</summary>
    public uint Nanoseconds;
    private readonly int _reserved;

    /// <summary>Nanoseconds since 1970.</summary>
    public readonly long TotalNanoseconds => unchecked((Seconds * 1_000_000_000L) + Nanoseconds);
}

/// <summary>Device numbers as FUSE carries them (<c>new_encode_dev</c> of <c>linux/kdev_t.h</c>) and as <c>mknod</c> takes them.</summary>
public static class DeviceNumber
{
    /// <summary>Packs a device number for FUSE.</summary>
    /// <param name="major">Major number, 12 bits.</param>
    /// <param name="minor">Minor number, 20 bits.</param>
    /// <returns>The 32-bit form.</returns>
    public static uint Encode(uint major, uint minor) => (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12);

    /// <summary>Turns FUSE's form into the C library's <c>dev_t</c>.</summary>
    /// <param name="encoded">The 32-bit form.</param>
    /// <returns>The argument for <see cref="Syscall.MkNodAt"/>.</returns>
    public static ulong ToDevT(uint encoded)
    {
        ulong major = (encoded & 0xFFF00) >> 8;
        ulong minor = (encoded & 0xFF) | ((encoded >> 12) & 0xFFF00);
        return ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
    }
}
