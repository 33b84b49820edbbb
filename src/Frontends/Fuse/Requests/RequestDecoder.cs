using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Requests;

/// <summary>
/// Takes a request's body apart, from the front. What is missing or left over makes it <see cref="IsMalformed"/>: the
/// kernel and we agreed on one version of the protocol, in which every length is known.
/// </summary>
internal ref struct RequestDecoder
{
    /// <summary><c>NAME_MAX</c>: bytes of a name.</summary>
    public const int MaxName = 255;

    private const int ExtUnit = 8;

    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts with the whole body.</summary>
    /// <param name="body">What follows the header.</param>
    public RequestDecoder(ReadOnlySpan<byte> body) => _rest = body;

    /// <summary>Whether the body was not of the form that the opcode has.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Takes the extensions off the end.</summary>
    /// <param name="header">The header, which has their length.</param>
    /// <returns>The supplementary group of a request that makes a file, or null.</returns>
    public uint? TakeExtensions(in InHeader header)
    {
        if (header.TotalExtLength == 0)
            return null;
        var length = header.TotalExtLength * ExtUnit;
        if (length > _rest.Length)
        {
            IsMalformed = true;
            return null;
        }
        var extensions = _rest[^length..];
        _rest = _rest[..^length];
        return SupplementaryGroup(extensions);
    }

    /// <summary>Takes a struct.</summary>
    /// <param name="value">The struct.</param>
    /// <typeparam name="T">Its type, in the kernel's layout.</typeparam>
    /// <returns>None, or EINVAL where the body is too short.</returns>
    public Errno Take<T>(out T value)
        where T : unmanaged
    {
        value = default;
        if (_rest.Length < Unsafe.SizeOf<T>())
            return Malformed();
        value = MemoryMarshal.Read<T>(_rest);
        _rest = _rest[Unsafe.SizeOf<T>()..];
        return Errno.None;
    }

    /// <summary>Takes the start of a struct, of a kernel that sends no more of it.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="value">The struct; what was not sent is 0.</param>
    /// <typeparam name="T">Its type, in the kernel's layout.</typeparam>
    /// <returns>None, or EINVAL where the body is too short.</returns>
    public Errno TakeStart<T>(int length, out T value)
        where T : unmanaged
    {
        value = default;
        if (_rest.Length < length)
            return Malformed();
        _rest[..length].CopyTo(MemoryMarshal.AsBytes(new Span<T>(ref value)));
        _rest = _rest[length..];
        return Errno.None;
    }

    /// <summary>Takes bytes.</summary>
    /// <param name="length">How many.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>None, or EINVAL where the body is too short.</returns>
    public Errno TakeBytes(uint length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (length > (uint)_rest.Length)
            return Malformed();
        bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return Errno.None;
    }

    /// <summary>Takes a string that a NUL ends.</summary>
    /// <param name="text">The string, without the NUL.</param>
    /// <returns>None, or EINVAL where there is no NUL.</returns>
    public Errno TakeString(out ReadOnlySpan<byte> text)
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            text = default;
            return Malformed();
        }
        text = _rest[..end];
        _rest = _rest[(end + 1)..];
        return Errno.None;
    }

    /// <summary>Takes the name of an entry of a directory.</summary>
    /// <param name="name">The name.</param>
    /// <returns>None; EINVAL where it is empty, has a slash, is <c>.</c> or <c>..</c>; ENAMETOOLONG over <see cref="MaxName"/>.</returns>
    public Errno TakeName(out ReadOnlySpan<byte> name)
    {
        var error = TakeString(out name);
        if (error != Errno.None)
            return error;
        if (name.Length > MaxName)
            return Errno.ENAMETOOLONG;
        return name.IsEmpty || name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)
            ? Errno.EINVAL
            : Errno.None;
    }

    /// <summary>Says that nothing is to follow.</summary>
    /// <returns>None, or EINVAL where something does.</returns>
    public Errno End() => _rest.IsEmpty && !IsMalformed ? Errno.None : Malformed();

    private Errno Malformed()
    {
        IsMalformed = true;
        return Errno.EINVAL;
    }

    private uint? SupplementaryGroup(ReadOnlySpan<byte> extensions)
    {
        uint? group = null;
        while (extensions.Length >= Unsafe.SizeOf<ExtHeader>())
        {
            var header = MemoryMarshal.Read<ExtHeader>(extensions);
            if (header.Size < Unsafe.SizeOf<ExtHeader>() || header.Size > (uint)extensions.Length)
            {
                IsMalformed = true;
                return null;
            }
            var content = extensions[Unsafe.SizeOf<ExtHeader>()..(int)header.Size];
            // The kernel sends one group: the directory's, where the caller is in it.
            if (header.Type == ExtHeader.Groups && content.Length >= 8 && MemoryMarshal.Read<uint>(content) > 0)
                group = MemoryMarshal.Read<uint>(content[4..]);
            extensions = extensions[(int)header.Size..];
        }
        return group;
    }
}
