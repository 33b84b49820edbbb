using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// Compares what is read of a default view with the index's checksums, so that a damaged cache is never read wrong. Who reads on
/// costs no search. Safe for several threads.
/// </summary>
internal sealed class ReadCheck
{
    private const int EntriesAtOnce = 128;

    // Where the last read ended: its message, and that message's first byte.
    private volatile Place? _last;

    // Of a long message, which is read in pieces, all of it is compared once.
    private volatile Place? _whole;

    /// <summary>Compares bytes.</summary>
    /// <param name="reader">Their log.</param>
    /// <param name="position">The first byte's place, counted from the log's first byte ever.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="damaged">The first message that is not what the index says; its ordinal.</param>
    /// <returns>How many bytes are right: those before it, or all. Or why the index can't tell.</returns>
    public LogResult<int> Check(PartitionReader reader, long position, ReadOnlySpan<byte> bytes, out long? damaged)
    {
        damaged = null;
        var last = _last;
        var found = last is { } known && known.Position <= position && IsNear(reader, known, position, out var near) ? near : reader.FindPosition(position);
        if (!found.Succeeded)
            return found.Fault;
        var (ordinal, framing) = (found.Value, reader.Now.Framing);
        Span<IndexEntry> entries = stackalloc IndexEntry[EntriesAtOnce];
        var (right, end) = (0, position + bytes.Length);
        var (reached, at) = (-1L, 0L);
        try
        {
            while (true)
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
                        return bytes.Length;
                    if (!IsRight(reader, framing, ordinal, entry, position, bytes))
                    {
                        damaged = ordinal;
                        return (int)Math.Max(0, entry.Position - position);
                    }
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

    private bool IsRight(PartitionReader reader, Framing framing, long ordinal, in IndexEntry entry, long position, ReadOnlySpan<byte> bytes)
    {
        var from = entry.Position + framing.Before - position;
        var to = from + entry.ValueLength;
        if (from >= 0 && to + framing.Overhead - framing.Before <= bytes.Length)
            return (entry.Length < 0 || Crc32C.Compute(bytes[(int)from..(int)to]) == entry.Crc) &&
                bytes.Slice((int)to, framing.Separator.Length).SequenceEqual(framing.Separator.Span);
        if (_whole is { } whole && whole == new Place(ordinal, entry.Position))
            return true;
        // What is read of it is a piece.
        if (reader.Message(ordinal) is { Succeeded: false, Fault.Error: LogError.Corrupt })
            return false;
        _whole = new Place(ordinal, entry.Position);
        return true;
    }

    private sealed record Place(long Ordinal, long Position);
}
