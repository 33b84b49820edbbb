using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

// The fixed parts of requests, under the kernel's names and in its order (linux/fuse.h, 7.45). Names, values and data
// follow them. Sizes are asserted by tests.

[StructLayout(LayoutKind.Sequential)]
internal struct ForgetIn
{
    public ulong Lookups;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ForgetOne
{
    public ulong NodeId;
    public ulong Lookups;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BatchForgetIn
{
    public uint Count;
    public uint Dummy;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GetAttrIn
{
    /// <summary><c>FUSE_GETATTR_FH</c>: the handle is set.</summary>
    public const uint HasHandle = 1;

    public uint Flags;
    public uint Dummy;
    public ulong Fh;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SetAttrIn
{
    public uint Valid;
    public uint Padding;
    public ulong Fh;
    public ulong Size;
    public ulong LockOwner;
    public ulong Atime;
    public ulong Mtime;
    public ulong Ctime;
    public uint AtimeNsec;
    public uint MtimeNsec;
    public uint CtimeNsec;
    public uint Mode;
    public uint Unused4;
    public uint Uid;
    public uint Gid;
    public uint Unused5;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MkNodIn
{
    public uint Mode;
    public uint Rdev;
    public uint Umask;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MkDirIn
{
    public uint Mode;
    public uint Umask;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RenameIn
{
    public ulong NewDirectory;
}

[StructLayout(LayoutKind.Sequential)]
internal struct Rename2In
{
    public ulong NewDirectory;
    public uint Flags;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinkIn
{
    public ulong OldNodeId;
}

[StructLayout(LayoutKind.Sequential)]
internal struct OpenIn
{
    public uint Flags;
    public uint OpenFlags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CreateIn
{
    public uint Flags;
    public uint Mode;
    public uint Umask;
    public uint OpenFlags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ReleaseIn
{
    public ulong Fh;
    public uint Flags;
    public uint ReleaseFlags;
    public ulong LockOwner;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FlushIn
{
    public ulong Fh;
    public uint Unused;
    public uint Padding;
    public ulong LockOwner;
}

/// <summary>Of READ, READDIR and READDIRPLUS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReadIn
{
    public ulong Fh;
    public ulong Offset;
    public uint Size;
    public uint ReadFlags;
    public ulong LockOwner;
    public uint Flags;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct WriteIn
{
    public ulong Fh;
    public ulong Offset;
    public uint Size;
    public uint WriteFlags;
    public ulong LockOwner;
    public uint Flags;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FSyncIn
{
    /// <summary><c>FUSE_FSYNC_FDATASYNC</c>.</summary>
    public const uint DataOnly = 1;

    public ulong Fh;
    public uint Flags;
    public uint Padding;
}

/// <summary>Of SETXATTR; its first 8 bytes without <see cref="InitFlags.SetxattrExt"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SetXattrIn
{
    public const int ShortSize = 8;

    public uint Size;
    public uint Flags;
    public uint SetXattrFlags;
    public uint Padding;
}

/// <summary>Of GETXATTR and LISTXATTR.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GetXattrIn
{
    public uint Size;
    public uint Padding;
}

/// <summary>Of GETLK, SETLK and SETLKW.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LkIn
{
    /// <summary><c>FUSE_LK_FLOCK</c>.</summary>
    public const uint Flock = 1;

    public ulong Fh;
    public ulong Owner;
    public FuseFileLock Lock;
    public uint Flags;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AccessIn
{
    public uint Mask;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InterruptIn
{
    public ulong Unique;
}

[StructLayout(LayoutKind.Sequential)]
internal struct PollIn
{
    /// <summary><c>FUSE_POLL_SCHEDULE_NOTIFY</c>.</summary>
    public const uint ScheduleNotify = 1;

    public ulong Fh;
    public ulong Kh;
    public uint Flags;
    public uint Events;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FAllocateIn
{
    public ulong Fh;
    public ulong Offset;
    public ulong Length;
    public uint Mode;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LSeekIn
{
    public ulong Fh;
    public ulong Offset;
    public uint Whence;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CopyFileRangeIn
{
    public ulong FhIn;
    public ulong OffsetIn;
    public ulong NodeIdOut;
    public ulong FhOut;
    public ulong OffsetOut;
    public ulong Length;
    public ulong Flags;
}

/// <summary>How an extension at the end of a request starts: <c>struct fuse_ext_header</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExtHeader
{
    /// <summary><c>FUSE_EXT_GROUPS</c>: a <c>struct fuse_supp_groups</c> follows, a count and as many ids.</summary>
    public const uint Groups = 32;

    /// <summary>Bytes of the extension, this header included.</summary>
    public uint Size;
    public uint Type;
}
