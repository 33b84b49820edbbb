using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>A growing array of little-endian fields.</summary>
internal sealed class ByteBuffer(int capacity = 256)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public Memory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Truncate(int length) => Length = length;

    public Span<byte> Add(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)Length + count, 2L * _bytes.Length)));
        var added = _bytes.AsSpan(Length, count);
        Length += count;
        return added;
    }

    public void Byte(byte value) => Add(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Add(2), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Add(4), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Add(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Add(8), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Add(8), value);

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Add(bytes.Length));

    /// <summary>Bytes behind their 16-bit length.</summary>
    public void Short(ReadOnlySpan<byte> bytes)
    {
        UInt16(checked((ushort)bytes.Length));
        Bytes(bytes);
    }
}
