using System.Buffers.Binary;
using System.Text;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>Writes requests and expected replies field by field, without the structs under test.</summary>
internal sealed class ByteWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public ByteWriter U64(params ulong[] values)
    {
        Span<byte> eight = stackalloc byte[8];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
            _bytes.AddRange(eight);
        }
        return this;
    }

    public ByteWriter U32(params uint[] values)
    {
        Span<byte> four = stackalloc byte[4];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
            _bytes.AddRange(four);
        }
        return this;
    }

    public ByteWriter U16(params ushort[] values)
    {
        Span<byte> two = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(two, value);
            _bytes.AddRange(two);
        }
        return this;
    }

    public ByteWriter Name(string name)
    {
        _bytes.AddRange(Encoding.UTF8.GetBytes(name));
        _bytes.Add(0);
        return this;
    }

    public ByteWriter Raw(string text)
    {
        _bytes.AddRange(Encoding.UTF8.GetBytes(text));
        return this;
    }

    public ByteWriter Zero(int count)
    {
        _bytes.AddRange(new byte[count]);
        return this;
    }

    /// <summary>A whole request: header and body.</summary>
    public static byte[] Request(uint opcode, ulong node, byte[] body, byte[]? extensions = null, uint? length = null, ulong unique = Unique) =>
        new ByteWriter()
            .U32(length ?? (uint)(40 + body.Length + (extensions?.Length ?? 0)), opcode)
            .U64(unique, node)
            .U32(Uid, Gid, Pid)
            .U16((ushort)((extensions?.Length ?? 0) / 8), 0)
            .Append(body)
            .Append(extensions ?? [])
            .ToArray();

    /// <summary>A whole reply: header and body.</summary>
    public static byte[] Reply(int error, byte[]? body = null, ulong unique = Unique) =>
        new ByteWriter().U32((uint)(16 + (body?.Length ?? 0)), (uint)-error).U64(unique).Append(body ?? []).ToArray();

    public ByteWriter Append(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public const ulong Unique = 0x1122334455667788;
    public const uint Uid = 1000;
    public const uint Gid = 100;
    public const uint Pid = 4242;
}
