using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Memory of one device thread, outside the collected heap: page-aligned, and backed by pages only where it was touched,
/// so that a thread that never saw a long request costs little.
/// </summary>
internal sealed unsafe class PageBuffer : IDisposable
{
    /// <summary>Bytes of a page.</summary>
    public const int PageSize = 4096;

    private readonly int _length;
    private byte* _start;

    /// <summary>Reserves memory.</summary>
    /// <param name="length">Bytes, a multiple of <see cref="PageSize"/>.</param>
    public PageBuffer(int length)
    {
        _length = length;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)length, PageSize);
    }

    /// <summary>The memory. Safe as long as no span of it is used after <see cref="Dispose"/>: the thread that owns the
    /// buffer disposes of it when its loop has ended, and handlers keep spans no longer than their call.</summary>
    public Span<byte> Span => new(_start, _length);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
