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

        var framing = state.Framing;
        var (before, overhead) = (framing.Before, framing.Overhead);
        var maxTimestamp = state.MaxTimestamp;
        var (ordinal, offset, position, json, keys) = (end.Ordinal, head.BaseOffset, end.Position, end.Json, end.Keys);
        for (var i = 0; i < head.Count; i++)
        {
            var message = MessageHead.Read(ref body);
            maxTimestamp = Math.Max(maxTimestamp, message.Timestamp);
            offset += message.Gap;
            var jsonLength = message.JsonLength + JsonLine.DigitsOf(offset);
            new IndexEntry(
                offset, position, json, jsonLength, message.Timestamp, maxTimestamp, message.Clock, keys, message.KeysLength > 0,
                message.Length, message.Crc).Write(_index.Add(IndexEntry.Size));
            if (message.KeysLength > 0)
                _keys.Add(body.Take(message.KeysLength));
            var value = body.Take(message.ValueLength);
            if (before > 0)
                framing.WriteBefore(value.Length, _data.Add(before));
            _data.Add(value);
            if (overhead > before)
                framing.WriteAfter(_data.Add(overhead - before));
            ordinal++;
            offset++;
            position += overhead + value.Length;
            json += jsonLength;
            keys += message.KeysLength;
        }
        end = new LogPlace(ordinal, offset, position, json, keys);
        _data.Flush();
        _keys.Flush();
        _index.Flush();
        state.End = end;
        state.MaxTimestamp = maxTimestamp;
        state.Writers.Note(head.WriterId, head.WriterEpoch, new WriterBatch(head.Sequence, head.Count, head.BaseOffset));
    }
}
