namespace StreamActors.Logs;

/// <summary>A framing on the disk: size flag, start, stop and separator, each behind its 16-bit length.</summary>
internal static class FramingRecord
{
    public static void Write(this Framing framing, ByteBuffer buffer)
    {
        buffer.Byte(framing.HasSize ? (byte)1 : (byte)0);
        buffer.Short(framing.Start.Span);
        buffer.Short(framing.Stop.Span);
        buffer.Short(framing.Separator.Span);
    }

    public static Framing Read(ref SpanReader reader)
    {
        var hasSize = reader.Byte() != 0;
        var start = reader.Short();
        var stop = reader.Short();
        var separator = reader.Short();
        if (start.Length > Framing.MaxPartBytes || stop.Length > Framing.MaxPartBytes || separator.Length > Framing.MaxPartBytes)
            throw new LogIOException(LogError.Corrupt, "a framing has parts that are too long");
        return new Framing(start, hasSize, stop, separator);
    }
}
