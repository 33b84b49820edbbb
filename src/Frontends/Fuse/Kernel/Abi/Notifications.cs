using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

// The bodies of notifications (linux/fuse.h, 7.45); names follow them, with their NUL.

[StructLayout(LayoutKind.Sequential)]
internal struct NotifyPollWakeupOut
{
    public ulong Kh;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NotifyInvalInodeOut
{
    public ulong NodeId;
    public long Offset;
    public long Length;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NotifyInvalEntryOut
{
    /// <summary><c>FUSE_EXPIRE_ONLY</c>: look the name up again at its next use.</summary>
    public const uint ExpireOnly = 1;

    public ulong Parent;
    public uint NameLength;
    public uint Flags;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NotifyDeleteOut
{
    public ulong Parent;
    public ulong Child;
    public uint NameLength;
    public uint Padding;
}
