namespace StreamActors.Logs;

/// <summary>A run of messages, by the boundaries before the first and after the last.</summary>
/// <param name="From">The boundary before the first.</param>
/// <param name="To">The boundary after the last.</param>
public readonly record struct LogRange(LogPlace From, LogPlace To)
{
    /// <summary>How many bytes of the data file and of the key file it has.</summary>
    public long Bytes => To.Position - From.Position + To.Keys - From.Keys;

    internal static LogRange Read(ref SpanReader reader) => new(LogPlace.Read(ref reader), LogPlace.Read(ref reader));

    internal void Write(ByteBuffer buffer)
    {
        From.Write(buffer);
        To.Write(buffer);
    }
}
