using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary><c>struct fuse_in_header</c>, 40 bytes: how every request starts.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InHeader
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 40;

    /// <summary>Bytes of the whole request.</summary>
    public uint Length;
    /// <summary>What is asked.</summary>
    public Opcode Opcode;
    /// <summary>The request's id.</summary>
    public ulong Unique;
    /// <summary>The inode that it is about.</summary>
    public ulong NodeId;
    /// <summary>The caller's fsuid.</summary>
    public uint Uid;
    /// <summary>The caller's fsgid.</summary>
    public uint Gid;
    /// <summary>The caller's thread id, 0 outside the server's pid namespace.</summary>
    public uint Pid;
    /// <summary>Extensions at the end of the request, in units of 8 bytes.</summary>
    public ushort TotalExtLength;
    /// <summary>Padding.</summary>
    public ushort Padding;
}
