namespace StreamActors.Logs;

/// <summary>The body of a batch record up to its first message.</summary>
internal readonly record struct BatchHead(
    IncarnationId Partition, long ShardEpoch, long WriterId, int WriterEpoch, int Sequence, long BaseOffset, long Ordinal, int Count)
{
    /// <summary>Begins to read a record behind its header.</summary>
    public static SpanReader Body(ReadOnlySpan<byte> record) => new(record[RecordHeader.Size..], "a batch record");

    public static BatchHead Read(ref SpanReader body) => new(
        new IncarnationId(body.UInt64()), body.Int64(), body.Int64(), body.Int32(), body.Int32(), body.Int64(), body.Int64(),
        (int)body.Int64());
}
