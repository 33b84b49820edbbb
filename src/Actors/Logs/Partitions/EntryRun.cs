namespace StreamActors.Logs;

/// <summary>Makes the index entries of a batch record, as many at a time as there is room for.</summary>
internal ref struct EntryRun
{
    private readonly BatchHead _head;
    private readonly int _overhead;
    private readonly uint _tag;
    private SpanReader _body;
    private LogPlace _place;
    private long _maxTimestamp;
    private int _done;

    /// <summary>Begins at a record's first message.</summary>
    /// <param name="state">The partition's, before the record.</param>
    /// <param name="record">The whole record.</param>
    public EntryRun(PartitionState state, ReadOnlySpan<byte> record)
    {
        _body = BatchHead.Body(record);
        _head = BatchHead.Read(ref _body);
        _overhead = state.Framing.Overhead;
        _tag = state.Segments[^1].Tag;
        _place = state.End with { Offset = _head.BaseOffset };
        _maxTimestamp = state.MaxTimestamp;
    }

    /// <summary>The boundary behind the last entry that was made.</summary>
    public readonly LogPlace End => _place;

    /// <summary>The greatest time up to there.</summary>
    public readonly long MaxTimestamp => _maxTimestamp;

    /// <summary>Makes entries.</summary>
    /// <param name="target">Room for some.</param>
    /// <returns>How many bytes of it were needed; 0 when all are made.</returns>
    public int Fill(Span<byte> target)
    {
        var (ordinal, offset, position, json, keys) = _place;
        var maxTimestamp = _maxTimestamp;
        var count = Math.Min(_head.Count - _done, target.Length / IndexEntry.Size);
        for (var i = 0; i < count; i++)
        {
            var message = MessageHead.Read(ref _body);
            maxTimestamp = Math.Max(maxTimestamp, message.Timestamp);
            offset += message.Gap;
            var jsonLength = message.JsonLength + JsonLine.DigitsOf(offset);
            IndexEntry.Write(
                target.Slice(i * IndexEntry.Size, IndexEntry.Size), new LogPlace(ordinal, offset, position, json, keys), message, jsonLength,
                maxTimestamp, _tag);
            _body.Take(message.KeysLength + message.ValueLength);
            ordinal++;
            offset++;
            position += _overhead + message.ValueLength;
            json += jsonLength;
            keys += message.KeysLength;
        }
        (_place, _maxTimestamp) = (new LogPlace(ordinal, offset, position, json, keys), maxTimestamp);
        _done += count;
        return count * IndexEntry.Size;
    }
}
