using System.Buffers;
using System.Buffers.Binary;

namespace StreamActors.Logs;

/// <summary>
/// Makes the bytes of a view that is not in a file: each message from its entry, its value and its key. Several threads
/// may read; each rents what it needs. What is kept between reads only saves work: where the last one ended, and the line
/// of a large message while its bytes are being read.
/// </summary>
internal sealed class ViewRenderer(PartitionReader reader)
{
    private const int SizeBytes = sizeof(int);

    private Mark? _mark;
    private Line? _line;

    /// <summary>Reads bytes of the view.</summary>
    /// <param name="now">The partition.</param>
    /// <param name="scale">The view.</param>
    /// <param name="position">From the partition's first byte ever; inside what is kept.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <returns>How many; fewer before a message that is damaged or was removed. Where that is the first, it throws.</returns>
    public int Read(PartitionSnapshot now, ViewScale scale, long position, Span<byte> buffer)
    {
        using var run = new MessageRun(reader, now, scale);
        var end = scale.At(now.End);
        var done = 0;
        try
        {
            Locate(run, now, scale, position);
            while (done < buffer.Length && position + done < end)
            {
                var skip = (int)(position + done - run.StartOf(0));
                run.LoadBytes((long)skip + buffer.Length - done);
                var next = run.StartOf(run.Count - 1) + scale.LengthOf(run.Entry(run.Count - 1));
                if (run.IsLarge)
                    done += ReadLarge(run, now, scale, skip, buffer[done..]);
                else
                    Render(run, now, scale, skip, buffer, ref done);
                if (position + done < next)
                {
                    Volatile.Write(ref _mark, new Mark(run.Ordinal, run.StartOf(0)));
                    break;
                }
                Volatile.Write(ref _mark, new Mark(run.Ordinal + run.Count, next));
                if (done < buffer.Length && next < end)
                    run.LoadEntries(run.Ordinal + run.Count);
            }
        }
        catch (LogIOException) when (done > 0)
        {
            // What comes before the fault is whole; the next read begins with it.
        }
        return done;
    }

    /// <summary>Goes to the message that a byte belongs to: near the last read's end as a rule, else by a search.</summary>
    private void Locate(MessageRun run, PartitionSnapshot now, ViewScale scale, long position)
    {
        if (Volatile.Read(ref _mark) is { } mark && mark.Position <= position && mark.Ordinal < now.End.Ordinal &&
            TryLocate(run, mark.Ordinal, position))
            return;
        run.LoadEntries(SnapshotReader.Find(reader, now, scale.Measure, position));
        if (!run.TrySkipTo(position))
            throw new LogIOException(LogError.Removed, $"a message of partition {now.Id} was removed while it was read");
    }

    private static bool TryLocate(MessageRun run, long ordinal, long position)
    {
        try
        {
            run.LoadEntries(ordinal);
            return run.TrySkipTo(position);
        }
        catch (LogIOException e) when (e.Error is LogError.Removed or LogError.Corrupt)
        {
            // That is a message before the one that is asked for.
            return false;
        }
    }

    private static void Render(MessageRun run, PartitionSnapshot now, ViewScale scale, int skip, Span<byte> buffer, ref int done)
    {
        for (var i = 0; i < run.Count && done < buffer.Length; i++)
        {
            var length = scale.LengthOf(run.Entry(i));
            var rest = buffer[done..];
            if (skip == 0 && length <= rest.Length)
            {
                Render(run, now, scale, i, rest[..length]);
                done += length;
                continue;
            }
            var whole = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                Render(run, now, scale, i, whole.AsSpan(0, length));
                var part = whole.AsSpan(skip, Math.Min(length - skip, rest.Length));
                part.CopyTo(rest);
                done += part.Length;
                skip = 0;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(whole);
            }
        }
    }

    private static void Render(MessageRun run, PartitionSnapshot now, ViewScale scale, int index, Span<byte> target)
    {
        var value = run.Value(index);
        if (scale.Kind == ViewKind.Size)
        {
            BinaryPrimitives.WriteInt32BigEndian(target, value.Length);
            value.CopyTo(target[SizeBytes..]);
        }
        else if (!JsonLine.TryWrite(run.Entry(index), value, run.Keys(index), run.KeyTag(index), target))
            throw SnapshotReader.Damaged(now, run.Ordinal + index, "its JSON line has another length than the index says");
    }

    private int ReadLarge(MessageRun run, PartitionSnapshot now, ViewScale scale, int skip, Span<byte> buffer)
    {
        var part = buffer[..Math.Min(buffer.Length, scale.LengthOf(run.Entry(0)) - skip)];
        if (scale.Kind == ViewKind.Json)
            ReadLine(run, now, skip, part);
        else
            ReadSized(run, now, skip, part);
        return part.Length;
    }

    /// <summary>The value of a large message is read in place, as in the default view.</summary>
    private void ReadSized(MessageRun run, PartitionSnapshot now, int skip, Span<byte> part)
    {
        ref readonly var entry = ref run.Entry(0);
        if (skip < SizeBytes)
        {
            Span<byte> size = stackalloc byte[SizeBytes];
            BinaryPrimitives.WriteInt32BigEndian(size, entry.ValueLength);
            var count = Math.Min(SizeBytes - skip, part.Length);
            size.Slice(skip, count).CopyTo(part);
            part = part[count..];
            skip += count;
        }
        if (now.EvictedRanges.PresentMessages(run.Ordinal, 1) == 0)
            throw SnapshotReader.Evicted(now, run.Ordinal);
        SnapshotReader.ReadView(now, entry.Position + now.Framing.Before + skip - SizeBytes, part);
        SnapshotReader.CheckRead(reader, now, run.Ordinal);
    }

    private void ReadLine(MessageRun run, PartitionSnapshot now, int skip, Span<byte> part)
    {
        var line = Interlocked.Exchange(ref _line, null);
        if (line is null || line.Ordinal != run.Ordinal)
        {
            line = new Line(run.Ordinal, new byte[run.Entry(0).JsonLength]);
            if (!JsonLine.TryWrite(SnapshotReader.ReadMessage(reader, now, run.Ordinal), line.Bytes))
                throw SnapshotReader.Damaged(now, run.Ordinal, "its JSON line has another length than the index says");
        }
        line.Bytes.AsSpan(skip, part.Length).CopyTo(part);
        if (skip + part.Length < line.Bytes.Length)
            Volatile.Write(ref _line, line);
    }

    /// <summary>A boundary that was come upon: a message, and where it begins in the view.</summary>
    private sealed record Mark(long Ordinal, long Position);

    private sealed record Line(long Ordinal, byte[] Bytes);
}
