using System.Buffers.Binary;

namespace StreamActors.Messages;

/// <summary>
/// How messages become the bytes of the default view: start + [4-byte big-endian size of the value] + value + stop +
/// separator. It is fixed as soon as a partition has a message.
/// </summary>
public sealed class Framing : IEquatable<Framing>
{
    /// <summary>The longest start, stop or separator, in bytes.</summary>
    public const int MaxPartBytes = 1024;

    private readonly byte[] _start;
    private readonly byte[] _stop;
    private readonly byte[] _separator;

    /// <summary>Makes a framing.</summary>
    /// <param name="start">Before each message.</param>
    /// <param name="hasSize">Whether the value's size stands before it.</param>
    /// <param name="stop">After each value.</param>
    /// <param name="separator">After that.</param>
    /// <exception cref="ArgumentException">A part is longer than <see cref="MaxPartBytes"/>.</exception>
    public Framing(ReadOnlySpan<byte> start, bool hasSize, ReadOnlySpan<byte> stop, ReadOnlySpan<byte> separator)
    {
        if (start.Length > MaxPartBytes || stop.Length > MaxPartBytes || separator.Length > MaxPartBytes)
            throw new ArgumentException($"A part of a framing has at most {MaxPartBytes} bytes.");
        _start = start.ToArray();
        _stop = stop.ToArray();
        _separator = separator.ToArray();
        HasSize = hasSize;
    }

    /// <summary>One message a line.</summary>
    public static Framing Lines { get; } = new([], false, [], "\n"u8);

    /// <summary>Before each message.</summary>
    public ReadOnlyMemory<byte> Start => _start;

    /// <summary>Whether the value's size, 4 bytes big-endian, stands before it.</summary>
    public bool HasSize { get; }

    /// <summary>After each value.</summary>
    public ReadOnlyMemory<byte> Stop => _stop;

    /// <summary>After each stop.</summary>
    public ReadOnlyMemory<byte> Separator => _separator;

    /// <summary>How many bytes stand before a value.</summary>
    public int Before => _start.Length + (HasSize ? sizeof(int) : 0);

    /// <summary>How many bytes each message has besides its value.</summary>
    public int Overhead => Before + _stop.Length + _separator.Length;

    /// <summary>Writes what stands before a value.</summary>
    /// <param name="valueLength">The value's size in bytes.</param>
    /// <param name="target">At least <see cref="Before"/> bytes.</param>
    public void WriteBefore(int valueLength, Span<byte> target)
    {
        _start.CopyTo(target);
        if (HasSize)
            BinaryPrimitives.WriteInt32BigEndian(target[_start.Length..], valueLength);
    }

    /// <summary>Writes what stands after a value.</summary>
    /// <param name="target">At least <see cref="Overhead"/> − <see cref="Before"/> bytes.</param>
    public void WriteAfter(Span<byte> target)
    {
        _stop.CopyTo(target);
        _separator.CopyTo(target[_stop.Length..]);
    }

    /// <inheritdoc/>
    public bool Equals(Framing? other) => other is not null && HasSize == other.HasSize &&
        _start.AsSpan().SequenceEqual(other._start) && _stop.AsSpan().SequenceEqual(other._stop) &&
        _separator.AsSpan().SequenceEqual(other._separator);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Framing);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(HasSize, _start.Length, _stop.Length, _separator.Length);
}
