namespace StreamActors.Logs;

/// <summary>
/// Writes a batch record's messages into a partition's files. It is the only code that does so, at an append and at
/// recovery alike, and the same record always writes the same bytes to the same places.
/// </summary>
internal sealed class RecordApplier
{
    private readonly WriteBuffer _data = new();
    private readonly WriteBuffer _index = new();
    private readonly WriteBuffer _keys = new();

    /// <summary>Applies a record. The state moves on only when all is written.</summary>
    /// <param name="state">The partition's.</param>
    /// <param name="segment">Its last segment.</param>
    /// <param name="record">The whole record.</param>
    public void Apply(PartitionState state, PartitionSegment segment, ReadOnlySpan<byte> record)
    {
        var body = new SpanReader(record[RecordHeader.Size..], "a batch record");
        var head = BatchHead.Read(ref body);
        var end = state.End;
        if (head.Ordinal != end.Ordinal || head.BaseOffset < end.Offset)
            throw new LogIOException(LogError.Corrupt,
                $"partition {state.Id} ends at message {end.Ordinal}, offset {end.Offset}; the journal goes on at message {head.Ordinal}, offset {head.BaseOffset}");
        var start = segment.Base;
        _data.Begin(segment.Data.File, end.Position - start.Position);
        _index.Begin(segment.Index.File, (end.Ordinal - start.Ordinal) * IndexEntry.Size);
        _keys.Begin(segment.Keys.File, end.Keys - start.Keys);

        var maxTimestamp = state.MaxTimestamp;
        end = end with { Offset = head.BaseOffset };
        for (var i = 0; i < head.Count; i++)
        {
            var message = MessageHead.Read(ref body);
            maxTimestamp = Math.Max(maxTimestamp, message.Timestamp);
            end = Append(state.Framing, end with { Offset = end.Offset + message.Gap }, maxTimestamp, message, ref body);
        }
        _data.Flush();
        _keys.Flush();
        _index.Flush();
        state.End = end;
        state.MaxTimestamp = maxTimestamp;
        state.Writers.Note(head.WriterId, head.WriterEpoch, new WriterBatch(head.Sequence, head.Count, head.BaseOffset));
    }

    private LogPlace Append(Framing framing, LogPlace place, long maxTimestamp, MessageHead message, ref SpanReader body)
    {
        var entry = new IndexEntry(
            place.Offset, place.Position, place.Json, message.JsonLength + JsonLine.DigitsOf(place.Offset), message.Timestamp,
            maxTimestamp, message.Clock, place.Keys, message.KeysLength > 0, message.Length, message.Crc);
        entry.Write(_index.Add(IndexEntry.Size));
        _keys.Add(body.Take(message.KeysLength));
        framing.WriteBefore(message.ValueLength, _data.Add(framing.Before));
        _data.Add(body.Take(message.ValueLength));
        framing.WriteAfter(_data.Add(framing.Overhead - framing.Before));
        return new LogPlace(
            place.Ordinal + 1, place.Offset + 1, place.Position + framing.Overhead + message.ValueLength,
            place.Json + entry.JsonLength, place.Keys + message.KeysLength);
    }
}
