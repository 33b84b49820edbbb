using System.Runtime.InteropServices;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary><c>struct fuse_kstatfs</c> of <c>linux/fuse.h</c>, 80 bytes: the answer to STATFS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct KernelStatFs(in StatFs from)
{
    private readonly ulong _blocks = from.Blocks;
    private readonly ulong _freeBlocks = from.FreeBlocks;
    private readonly ulong _availableBlocks = from.AvailableBlocks;
    private readonly ulong _files = from.Files;
    private readonly ulong _freeFiles = from.FreeFiles;
    private readonly uint _blockSize = (uint)from.BlockSize;
    private readonly uint _nameLength = (uint)from.NameLength;
    private readonly uint _fragmentSize = (uint)from.FragmentSize;
    private readonly uint _padding = 0;
    private readonly ulong _spare0 = 0, _spare1 = 0, _spare2 = 0;
}

/// <summary><c>struct fuse_lk_out</c> of <c>linux/fuse.h</c>, 24 bytes: the answer to GETLK.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte, inclusive.</param>
/// <param name="Type">F_RDLCK, F_WRLCK, or F_UNLCK where nothing is in the way.</param>
/// <param name="Pid">The holder; 0 where it is not known.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct KernelLock(ulong Start, ulong End, uint Type, uint Pid);
