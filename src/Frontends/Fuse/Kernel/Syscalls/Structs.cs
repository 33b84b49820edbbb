using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary><c>struct timespec</c>, 16 bytes; also the argument of <c>utimensat</c>.</summary>
/// <param name="Seconds">Seconds since 1970; without meaning where the nanoseconds are Now or Omit.</param>
/// <param name="Nanoseconds">0 to 999,999,999, <see cref="Now"/> or <see cref="Omit"/>.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct Timespec(long Seconds, long Nanoseconds)
{
    /// <summary><c>UTIME_NOW</c>: the time of the call.</summary>
    public const long Now = 0x3FFFFFFF;
    /// <summary><c>UTIME_OMIT</c>: the time stays as it is.</summary>
    public const long Omit = 0x3FFFFFFE;
}

/// <summary><c>struct statfs</c> of x86-64, 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StatFs
{
    /// <summary>Magic number of the file system type.</summary>
    public long Type;
    /// <summary>Preferred size of a transfer, bytes.</summary>
    public long BlockSize;
    /// <summary>All blocks of <see cref="FragmentSize"/>.</summary>
    public ulong Blocks;
    /// <summary>Free blocks.</summary>
    public ulong FreeBlocks;
    /// <summary>Free blocks for users other than root.</summary>
    public ulong AvailableBlocks;
    /// <summary>All inodes.</summary>
    public ulong Files;
    /// <summary>Free inodes.</summary>
    public ulong FreeFiles;
    /// <summary>Id of the file system.</summary>
    public ulong Id;
    /// <summary>Longest name, bytes.</summary>
    public long NameLength;
    /// <summary>Unit of the block counts, bytes.</summary>
    public long FragmentSize;
    /// <summary><c>ST_*</c>.</summary>
    public long Flags;
    private readonly long _spare0, _spare1, _spare2, _spare3;
}

/// <summary><c>struct flock</c> of x86-64, 32 bytes: a range of a file for <c>fcntl</c> locks.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FileLock
{
    /// <summary><c>F_RDLCK</c> 0, <c>F_WRLCK</c> 1, <c>F_UNLCK</c> 2.</summary>
    public short Type;
    /// <summary><c>SEEK_SET</c> 0.</summary>
    public short Whence;
    private readonly int _pad0;
    /// <summary>First byte.</summary>
    public long Start;
    /// <summary>Bytes; 0 is to the end of the file.</summary>
    public long Length;
    /// <summary>Who holds it (of GETLK); 0 in a request for an open-file-description lock.</summary>
    public int Pid;
    private readonly int _pad1;
}

/// <summary><c>struct iovec</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary><c>struct rlimit</c>, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}

/// <summary><c>struct msghdr</c> of x86-64, 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary><c>struct pollfd</c>, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int Fd;
    public short Events;
    public short Returned;
}

/// <summary><c>struct open_how</c>, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;
}

/// <summary><c>struct fuse_backing_map</c>, 16 bytes: the argument of FUSE_DEV_IOC_BACKING_OPEN.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BackingMap
{
    public int Fd;
    public uint Flags;
    public ulong Padding;
}
