namespace StreamActors.Logs;

/// <summary>
/// Writes a batch record's messages into a partition's files. It is the only code that does so, at an append and at
/// recovery alike, and the same record always writes the same bytes to the same places.
/// </summary>
internal sealed class RecordApplier
{
    private const int EntryBytes = 256 << 10;

    private readonly WriteBuffer _data = new();
    private readonly WriteBuffer _keys = new();
    private byte[] _entries = [];

    /// <summary>Applies a record. The state moves on only when all is written.</summary>
    /// <param name="state">The partition's.</param>
    /// <param name="segment">Its last segment.</param>
    /// <param name="record">The whole record.</param>
    /// <param name="mayHold">Whether the ends of the files may stay in memory.</param>
    /// <param name="beside">Has the record's index entries made already; null for making them here.</param>
    public void Apply(PartitionState state, PartitionSegment segment, ReadOnlySpan<byte> record, bool mayHold, IndexBeside? beside = null)
    {
        var body = BatchHead.Body(record);
        var head = BatchHead.Read(ref body);
        var end = state.End;
        if (head.Ordinal != end.Ordinal || head.BaseOffset < end.Offset)
            throw new LogIOException(LogError.Corrupt,
                $"partition {state.Id} ends at message {end.Ordinal}, offset {end.Offset}; the journal goes on at message {head.Ordinal}, offset {head.BaseOffset}");
        if (beside is null)
        {
            WriteData(state, segment, head.Count, ref body, mayHold);
            WriteIndex(state, segment, head.Count, record, mayHold);
        }
        else
        {
            beside.Write(segment.Index, IndexPosition(segment, end), mayHold);
            try
            {
                WriteData(state, segment, head.Count, ref body, mayHold);
            }
            finally
            {
                beside.Await();
            }
            (state.End, state.MaxTimestamp) = beside.Result();
        }
        state.Writers.Note(head.WriterId, head.WriterEpoch, new WriterBatch(head.Sequence, head.Count, head.BaseOffset));
        segment.Tails.Appended(segment);
    }

    private void WriteData(PartitionState state, PartitionSegment segment, int count, ref SpanReader body, bool mayHold)
    {
        var (end, start) = (state.End, segment.Base);
        _data.Begin(segment.Data, end.Position - start.Position, mayHold);
        _keys.Begin(segment.Keys, end.Keys - start.Keys, mayHold);
        var framing = state.Framing;
        var (before, after) = (framing.Before, framing.Overhead - framing.Before);
        for (var i = 0; i < count; i++)
        {
            var message = MessageHead.Read(ref body);
            KeyRecord.AddTo(_keys, body.Take(message.KeysLength), segment.Tag);
            if (before > 0)
                framing.WriteBefore(message.ValueLength, _data.Add(before));
            _data.Add(body.Take(message.ValueLength));
            if (after > 0)
                framing.WriteAfter(_data.Add(after));
        }
        _data.Flush();
        _keys.Flush();
    }

    private void WriteIndex(PartitionState state, PartitionSegment segment, int count, ReadOnlySpan<byte> record, bool mayHold)
    {
        var wanted = (int)Math.Min(EntryBytes, (long)count * IndexEntry.Size);
        if (_entries.Length < wanted)
            _entries = new byte[Math.Min(EntryBytes, 2 * wanted)];
        var run = new EntryRun(state, record);
        var position = IndexPosition(segment, state.End);
        for (int length; (length = run.Fill(_entries)) > 0; position += length)
            segment.Index.Write(_entries.AsSpan(0, length), position, mayHold);
        (state.End, state.MaxTimestamp) = (run.End, run.MaxTimestamp);
    }

    private static long IndexPosition(PartitionSegment segment, LogPlace place) => (place.Ordinal - segment.Base.Ordinal) * IndexEntry.Size;
}
