using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace StreamActors.Kafka.Tests.Front;

/// <summary>Writes what Kafka's protocol is made of; see <see cref="WireReader"/>.</summary>
internal sealed class WireWriter(bool isFlexible = false)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public WireWriter Byte(byte value) => Raw([value]);

    public WireWriter Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public WireWriter Short(int value)
    {
        BinaryPrimitives.WriteInt16BigEndian(Room(2), (short)value);
        return this;
    }

    public WireWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(4), value);
        return this;
    }

    public WireWriter Long(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Room(8), value);
        return this;
    }

    public WireWriter Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        return this;
    }

    public WireWriter Count(int value) => isFlexible ? Unsigned((uint)(value + 1)) : Int(value);

    public WireWriter Text(string? value)
    {
        var length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        _ = isFlexible ? Unsigned((uint)(length + 1)) : Short(length);
        return value is null ? this : Raw(Encoding.UTF8.GetBytes(value));
    }

    public WireWriter Bytes(byte[]? value)
    {
        Count(value?.Length ?? -1);
        return Raw(value);
    }

    /// <summary>No tagged fields.</summary>
    public WireWriter Tags() => isFlexible ? Byte(0) : this;

    private WireWriter Unsigned(uint value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        return Byte((byte)value);
    }

    private Span<byte> Room(int length)
    {
        var room = _bytes.GetSpan(length)[..length];
        _bytes.Advance(length);
        return room;
    }
}
