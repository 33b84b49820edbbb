using System.Buffers.Binary;
using System.Text;

namespace StreamActors.Kafka.Tests.Front;

/// <summary>Reads what Kafka's protocol is made of. From some version on a request is flexible: lengths are varints, plus one.</summary>
internal sealed class WireReader(byte[] bytes, int position = 0, bool isFlexible = false)
{
    public int Position { get; private set; } = position;

    public bool IsFlexible => isFlexible;

    public int Left => bytes.Length - Position;

    public byte Byte() => bytes[Advance(1)];

    public bool Flag() => Byte() != 0;

    public short Short() => BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(Advance(2)));

    public int Int() => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(Advance(4)));

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(Advance(8)));

    /// <summary>How many elements an array has; −1: null.</summary>
    public int Count() => isFlexible ? (int)Unsigned() - 1 : Int();

    public string? NullableText()
    {
        var length = isFlexible ? (int)Unsigned() - 1 : Short();
        return length < 0 ? null : Encoding.UTF8.GetString(Span(length));
    }

    public string Text() => NullableText()!;

    public byte[]? Bytes()
    {
        var length = isFlexible ? (int)Unsigned() - 1 : Int();
        return length < 0 ? null : Span(length).ToArray();
    }

    public ReadOnlySpan<byte> Span(int length) => bytes.AsSpan(Advance(length), length);

    public ReadOnlySpan<byte> Since(int start) => bytes.AsSpan(start, Position - start);

    /// <summary>Skips tagged fields, which only flexible requests have.</summary>
    public void Tags()
    {
        if (!isFlexible)
            return;
        for (var left = Unsigned(); left > 0; left--)
        {
            Unsigned();
            Advance((int)Unsigned());
        }
    }

    /// <summary>A number of a record: a varint whose lowest bit is the sign.</summary>
    public long ZigZag()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private int Advance(int length)
    {
        var at = Position;
        Position += length;
        return Position <= bytes.Length ? at : throw new InvalidDataException($"a frame of {bytes.Length} bytes ends before {Position}");
    }
}
