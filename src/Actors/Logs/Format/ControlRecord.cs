using System.Text;

namespace StreamActors.Logs;

/// <summary>The journal's small records: everything that is not a batch.</summary>
internal static class ControlRecord
{
    public static ByteBuffer Create(IncarnationId id, Framing framing, long shardEpoch, long created)
    {
        var buffer = Begin(id);
        buffer.Int64(shardEpoch);
        buffer.Int64(created);
        framing.Write(buffer);
        return End(buffer);
    }

    public static ByteBuffer Delete(IncarnationId id) => End(Begin(id));

    public static ByteBuffer Retain(IncarnationId id, int generation, LogPlace begin)
    {
        var buffer = Begin(id);
        buffer.Int32(generation);
        begin.Write(buffer);
        return End(buffer);
    }

    public static ByteBuffer Roll(IncarnationId id, long shardEpoch, LogPlace start)
    {
        var buffer = Begin(id);
        buffer.Int64(shardEpoch);
        start.Write(buffer);
        return End(buffer);
    }

    public static ByteBuffer Framing(IncarnationId id, Framing framing)
    {
        var buffer = Begin(id);
        framing.Write(buffer);
        return End(buffer);
    }

    /// <summary>A named cursor's place, or −1 where it is forgotten.</summary>
    public static ByteBuffer Cursor(IncarnationId id, string name, long offset)
    {
        var buffer = Begin(id);
        buffer.Int64(offset);
        buffer.Short(Encoding.UTF8.GetBytes(name));
        return End(buffer);
    }

    /// <summary>A property, or nothing behind its name where it is forgotten.</summary>
    public static ByteBuffer Property(IncarnationId id, string name, ReadOnlySpan<byte> value)
    {
        var buffer = Begin(id);
        buffer.Int32(value.Length);
        buffer.Short(Encoding.UTF8.GetBytes(name));
        buffer.Bytes(value);
        return End(buffer);
    }

    public static ByteBuffer Evict(IncarnationId id, LogRange range)
    {
        var buffer = Begin(id);
        range.Write(buffer);
        return End(buffer);
    }

    private static ByteBuffer Begin(IncarnationId id)
    {
        var buffer = new ByteBuffer();
        buffer.Add(RecordHeader.Size);
        buffer.UInt64(id.Value);
        return buffer;
    }

    private static ByteBuffer End(ByteBuffer buffer)
    {
        buffer.Add(RecordHeader.Align(buffer.Length) - buffer.Length).Clear();
        return buffer;
    }
}
