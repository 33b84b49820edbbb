using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// Compares what is read of a default view with the index's checksums, so that a damaged cache is never read wrong. Who reads on
/// costs no search, and who reads what was found right before no look into the index. Safe for several threads.
/// </summary>
/// <param name="log">The log.</param>
internal sealed class ReadCheck(CachedLog log)
{
    private const int EntriesAtOnce = 256;

    /// <summary>Of a longer message, which is read in pieces, all of it is compared once.</summary>
    private const int LongBytes = 64 << 10;

    // Where the last read ended: its message, and that message's first byte.
    private volatile Place? _last;

    // The long message that was compared last.
    private volatile Place? _whole;

    private enum Finding
    {
        Right,
        Damaged,
        NotCompared,
    }

    /// <summary>Compares bytes.</summary>
    /// <param name="reader">Their log.</param>
    /// <param name="position">The first byte's place, counted from the log's first byte ever.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="damaged">The first message that is not what the index says; its ordinal.</param>
    /// <returns>How many bytes are right: those before it, or all. Or why the index can't tell.</returns>
    public LogResult<int> Check(PartitionReader reader, long position, ReadOnlySpan<byte> bytes, out long? damaged)
    {
        damaged = null;
        var known = log.Checked.CountRight(log.Id, position, bytes);
        if (known == bytes.Length)
            return known;
        var rest = CheckMessages(reader, position + known, bytes[known..], out damaged);
        return rest.Succeeded ? known + rest.Value : known > 0 ? known : rest;
    }

    private LogResult<int> CheckMessages(PartitionReader reader, long position, ReadOnlySpan<byte> bytes, out long? damaged)
    {
        damaged = null;
        var last = _last;
        var found = last is { } known && known.Position <= position && IsNear(reader, known, position, out var near) ? near : reader.FindPosition(position);
        if (!found.Succeeded)
            return found.Fault;
        var (ordinal, framing) = (found.Value, reader.Now.Framing);
        Span<IndexEntry> entries = stackalloc IndexEntry[EntriesAtOnce];
        var (right, compared, end) = (0, true, position + bytes.Length);
        var (reached, at) = (-1L, 0L);
        try
        {
            while (right < bytes.Length)
            {
                var run = reader.Entries(ordinal, entries);
                // What is before a damaged entry is right; whoever reads on finds the damage at its own place.
                if (!run.Succeeded)
                    return right > 0 ? right : run.Fault;
                if (run.Value == 0)
                    return bytes.Length;
                foreach (ref readonly var entry in entries[..run.Value])
                {
                    if (entry.Position >= end)
                    {
                        right = bytes.Length;
                        break;
                    }
                    var finding = Compare(reader, framing, ordinal, entry, position, bytes);
                    if (finding == Finding.Damaged)
                    {
                        damaged = ordinal;
                        return (int)Math.Max(0, entry.Position - position);
                    }
                    compared &= finding == Finding.Right;
                    (reached, at) = (ordinal, entry.Position);
                    right = (int)Math.Clamp(entry.Position + framing.Overhead + entry.ValueLength - position, 0, bytes.Length);
                    ordinal++;
                }
            }
        }
        finally
        {
            if (reached >= 0)
                _last = new Place(reached, at);
        }
        if (compared)
            log.Checked.Note(log.Id, position, bytes);
        return right;
    }

    /// <summary>Whether a place is in the message where the last read ended, or in the next one.</summary>
    private static bool IsNear(PartitionReader reader, Place known, long position, out LogResult<long> near)
    {
        near = known.Ordinal;
        var next = reader.Place(known.Ordinal + 1);
        if (!next.Succeeded)
            return false;
        if (position < next.Value.Position)
            return true;
        near = known.Ordinal + 1;
        return position == next.Value.Position;
    }

    private Finding Compare(PartitionReader reader, Framing framing, long ordinal, in IndexEntry entry, long position, ReadOnlySpan<byte> bytes)
    {
        var from = entry.Position + framing.Before - position;
        var to = from + entry.ValueLength;
        if (from >= 0 && to + framing.Overhead - framing.Before <= bytes.Length)
            return (entry.Length < 0 || Crc32C.Compute(bytes[(int)from..(int)to]) == entry.Crc) &&
                bytes.Slice((int)to, framing.Separator.Length).SequenceEqual(framing.Separator.Span) ? Finding.Right : Finding.Damaged;
        // What is read of it is a piece.
        var place = new Place(ordinal, entry.Position);
        if (_whole == place)
            return Finding.NotCompared;
        var message = reader.Message(ordinal);
        // What can't be compared is not known to be damaged: the rest of it may be evicted.
        if (!message.Succeeded)
            return message.Fault.Error == LogError.Corrupt ? Finding.Damaged : Finding.NotCompared;
        if (entry.ValueLength > LongBytes)
            _whole = place;
        return IsIn(bytes, from, message.Value.Value.GetValueOrDefault().Span) && IsIn(bytes, to, framing.Separator.Span) ? Finding.Right : Finding.Damaged;
    }

    /// <summary>Whether what is expected at a place, which may be before the bytes, is there as far as they go.</summary>
    private static bool IsIn(ReadOnlySpan<byte> bytes, long at, ReadOnlySpan<byte> expected)
    {
        var from = Math.Clamp(-at, 0, expected.Length);
        var to = Math.Clamp(bytes.Length - at, from, expected.Length);
        return bytes.Slice((int)Math.Clamp(at, 0, bytes.Length), (int)(to - from)).SequenceEqual(expected[(int)from..(int)to]);
    }

    private sealed record Place(long Ordinal, long Position);
}
