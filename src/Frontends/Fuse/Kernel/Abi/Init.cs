using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary><c>struct fuse_init_in</c>, 64 bytes; 16 without <see cref="InitFlags.InitExt"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InitIn
{
    public const int ShortSize = 16;

    public uint Major;
    public uint Minor;
    public uint MaxReadahead;
    public uint Flags;
    public uint Flags2;
    public Unused11 Unused;

    [System.Runtime.CompilerServices.InlineArray(11)]
    public struct Unused11
    {
        private uint _first;
    }
}

/// <summary><c>struct fuse_init_out</c>, 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InitOut
{
    public uint Major;
    public uint Minor;
    public uint MaxReadahead;
    public uint Flags;
    public ushort MaxBackground;
    public ushort CongestionThreshold;
    public uint MaxWrite;
    public uint TimeGranularity;
    public ushort MaxPages;
    public ushort MapAlignment;
    public uint Flags2;
    public uint MaxStackDepth;
    public ushort RequestTimeout;
    public Unused11 Unused;

    [System.Runtime.CompilerServices.InlineArray(11)]
    public struct Unused11
    {
        private ushort _first;
    }
}
