namespace StreamActors.Logs;

/// <summary>
/// Writes messages that were evicted back to their places. The index says what they have to be: offset, time, sizes, and the
/// checksum of each bare value; nothing is written before all of a batch is found to be so.
/// </summary>
internal sealed class RangeRestorer
{
    private const int EntriesAtOnce = 64;

    private readonly WriteBuffer _data = new();
    private readonly WriteBuffer _keys = new();
    private readonly IndexEntry[] _entries = new IndexEntry[EntriesAtOnce + 1];

    /// <summary>Restores. Where it throws, all of them are as they were.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="ordinal">The first message.</param>
    /// <param name="batch">The messages.</param>
    public void Restore(PartitionLog log, long ordinal, Batch batch)
    {
        using var reader = new PartitionReader(log.Feed);
        var state = log.State;
        var end = ordinal + batch.Count;
        if (end > state.End.Ordinal)
            throw Differs(state.Id, state.End.Ordinal);
        var restored = new LogRange(reader.Place(ordinal).Value, reader.Place(end).Value);
        Walk(reader, ordinal, batch, Compare);
        try
        {
            PartitionSegment? segment = null;
            Walk(reader, ordinal, batch, (at, in entry, _, in _, key, value) =>
            {
                if (log.SegmentOf(at) is var own && own != segment)
                {
                    Flush();
                    _data.Begin(own.Data, entry.Position - own.Base.Position, mayHold: false);
                    _keys.Begin(own.Keys, entry.Keys - own.Base.Keys, mayHold: false);
                    segment = own;
                }
                Write(state.Framing, segment.Tag, key, value);
            });
            Flush();
        }
        catch (LogIOException)
        {
            foreach (var range in state.Evicted.Within(restored))
                log.PunchEvicted(range);
            throw;
        }
        state.Evicted = state.Evicted.Without(restored);
    }

    private delegate void Visit(
        long ordinal, in IndexEntry entry, long keysEnd, in MessageHead message, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Goes through a batch beside the index.</summary>
    private void Walk(PartitionReader reader, long ordinal, Batch batch, Visit visit)
    {
        var now = reader.Now;
        var body = new SpanReader(batch.Messages, "a batch");
        var offset = batch.BaseOffset.GetValueOrDefault(-1);
        var (from, count) = (ordinal, 0);
        for (var at = ordinal; at < ordinal + batch.Count; at++)
        {
            // The last one read only tells where the keys of the one before it end.
            if (count == 0 || (at - from >= count - 1 && at + 1 < now.End.Ordinal))
            {
                count = SnapshotReader.ReadEntries(reader, now, at, _entries);
                from = at;
            }
            var index = (int)(at - from);
            var message = MessageHead.Read(ref body);
            offset += message.Gap;
            if (offset != _entries[index].Offset)
                throw Differs(now.Id, at);
            var keysEnd = index + 1 < count ? _entries[index + 1].Keys : now.End.Keys;
            var key = body.Take(message.KeysLength);
            visit(at, _entries[index], keysEnd, message, key, body.Take(message.ValueLength));
            offset++;
        }
    }

    private static void Compare(
        long ordinal, in IndexEntry entry, long keysEnd, in MessageHead message, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (message.Length != entry.Length || message.Crc != entry.Crc || message.Timestamp != entry.Timestamp || message.Clock != entry.Clock ||
            message.KeysLength != (entry.HasKeys ? keysEnd - entry.Keys : 0) || message.JsonLength + JsonLine.DigitsOf(entry.Offset) != entry.JsonLength)
            throw new LogIOException(LogError.Differs, $"the message at offset {entry.Offset} is not the one that was evicted");
    }

    private static LogIOException Differs(IncarnationId id, long ordinal) =>
        new(LogError.Differs, $"partition {id} has no message {ordinal} at the offset that was given");

    private void Write(Framing framing, uint tag, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (before, overhead) = (framing.Before, framing.Overhead);
        KeyRecord.AddTo(_keys, key, tag);
        if (before > 0)
            framing.WriteBefore(value.Length, _data.Add(before));
        _data.Add(value);
        if (overhead > before)
            framing.WriteAfter(_data.Add(overhead - before));
    }

    private void Flush()
    {
        _data.Flush();
        _keys.Flush();
    }
}
