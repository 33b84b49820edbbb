using System.Runtime.CompilerServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Bytes with a NUL behind them, as system calls take names and paths: copied into the caller's stack where they are
/// short. Bytes that hold a NUL themselves would name another file, so they are an error.
/// </summary>
internal readonly ref struct CString
{
    /// <summary>Bytes of stack that a caller gives; names (255) and most paths fit.</summary>
    public const int Inline = 512;

    /// <summary><c>PATH_MAX</c>: bytes of a path, its NUL included.</summary>
    public const int MaxPath = 4096;

    private readonly Span<byte> _bytes;

    /// <summary>Copies a name.</summary>
    /// <param name="text">The bytes, without NUL.</param>
    /// <param name="space">Stack of <see cref="Inline"/> bytes.</param>
    public CString(ReadOnlySpan<byte> text, Span<byte> space)
    {
        if (text.Contains((byte)0))
        {
            Error = Errno.EINVAL;
            return;
        }
        if (text.Length >= MaxPath)
        {
            Error = Errno.ENAMETOOLONG;
            return;
        }
        _bytes = text.Length < space.Length ? space : new byte[text.Length + 1];
        text.CopyTo(_bytes);
        _bytes[text.Length] = 0;
    }

    /// <summary>Why there is no string.</summary>
    public Errno Error { get; }

    /// <summary>Lets <c>fixed</c> take the address.</summary>
    /// <returns>The first byte; a null reference where there is an <see cref="Error"/>.</returns>
    public ref byte GetPinnableReference() => ref _bytes.IsEmpty ? ref Unsafe.NullRef<byte>() : ref _bytes[0];
}
