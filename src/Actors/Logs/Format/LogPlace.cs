namespace StreamActors.Logs;

/// <summary>
/// A boundary between two messages of a partition, in every measure the log counts in. All of them count from the
/// partition's first message ever, whatever retention has removed since.
/// </summary>
/// <param name="Ordinal">How many messages lie before it.</param>
/// <param name="Offset">The offset that the next message has at least. It runs ahead of the ordinal where a source has gaps.</param>
/// <param name="Position">How many bytes of the default view lie before it.</param>
/// <param name="Json">How many bytes of the JSON view lie before it.</param>
/// <param name="Keys">How many bytes of the key file lie before it.</param>
public readonly record struct LogPlace(long Ordinal, long Offset, long Position, long Json, long Keys)
{
    internal static LogPlace Read(ref SpanReader reader) =>
        new(reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());

    internal void Write(ByteBuffer buffer)
    {
        buffer.Int64(Ordinal);
        buffer.Int64(Offset);
        buffer.Int64(Position);
        buffer.Int64(Json);
        buffer.Int64(Keys);
    }
}
