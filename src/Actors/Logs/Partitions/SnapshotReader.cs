using System.Buffers;

namespace StreamActors.Logs;

/// <summary>What an ordinal can be looked up by.</summary>
internal enum LogMeasure
{
    Offset,
    Time,
    Position,
    Json,
    Size,
}

/// <summary>
/// Reads a snapshot's files. Retention publishes the new beginning before it removes bytes, and every read looks at the
/// beginning once more after its pread: what was removed meanwhile is an error, never zeros.
/// </summary>
internal static class SnapshotReader
{
    private const int EntriesAtOnce = 256;

    public static int ReadData(PartitionReader reader, long position, Span<byte> buffer)
    {
        var now = reader.Now;
        if (position < now.Begin.Position)
            throw Removed(now, position);
        var wanted = (int)Math.Min(buffer.Length, now.End.Position - position);
        if (wanted <= 0)
            return 0;
        wanted = now.EvictedRanges.PresentBytes(position, wanted);
        if (wanted == 0)
            throw Evicted(now, Find(reader, now, LogMeasure.Position, position));
        ReadView(now, position, buffer[..wanted]);
        CheckKept(reader, position);
        if (reader.Now.Evictions != now.Evictions)
            throw Evicted(now, Find(reader, now, LogMeasure.Position, position));
        return wanted;
    }

    public static IndexEntry ReadEntry(PartitionReader reader, PartitionSnapshot now, long ordinal)
    {
        var entry = default(IndexEntry);
        return ReadEntries(reader, now, ordinal, new Span<IndexEntry>(ref entry)) == 1
            ? entry : throw new LogIOException(LogError.NotFound, $"partition {now.Id} ends before message {ordinal}");
    }

    /// <summary>Reads a run of entries; fewer where one is damaged. Where that is the first, it throws.</summary>
    public static int ReadEntries(PartitionReader reader, PartitionSnapshot now, long ordinal, Span<IndexEntry> entries)
    {
        if (ordinal < now.Begin.Ordinal)
            throw new LogIOException(LogError.Removed, $"message {ordinal} of partition {now.Id} was removed");
        Span<byte> bytes = stackalloc byte[Math.Min(EntriesAtOnce, entries.Length) * IndexEntry.Size];
        var done = 0;
        while (done < entries.Length && ordinal + done < now.End.Ordinal)
        {
            var first = ordinal + done;
            var segment = SegmentAt(now, place => place.Ordinal, first, out var end);
            var count = (int)Math.Min(Math.Min(EntriesAtOnce, entries.Length - done), end.Ordinal - first);
            var chunk = bytes[..(count * IndexEntry.Size)];
            var read = segment.Index.Read(chunk, (first - segment.Base.Ordinal) * IndexEntry.Size) / IndexEntry.Size;
            var intact = 0;
            while (intact < read && IndexEntry.TryRead(chunk[(intact * IndexEntry.Size)..], segment.Tag, out entries[done + intact]))
                intact++;
            CheckOrdinal(reader, first);
            done += intact;
            if (intact < count)
                return done > 0 ? done : throw Corrupt(segment.Index.File.Path, $"the entry of message {first} is damaged");
        }
        return done;
    }

    public static LogRecord ReadMessage(PartitionReader reader, PartitionSnapshot now, long ordinal)
    {
        var entry = ReadEntry(reader, now, ordinal);
        CheckEntry(now, entry, ordinal);
        if (now.EvictedRanges.PresentMessages(ordinal, 1) == 0)
            throw Evicted(now, ordinal);
        var value = new byte[entry.ValueLength];
        ReadView(now, entry.Position + now.Framing.Before, value);
        CheckRead(reader, now, ordinal);
        if (entry.Crc != Crc32C.Compute(value))
            throw Damaged(now, ordinal, $"its value, at byte {entry.Position}, is damaged");
        var (key, headers) = entry.HasKeys ? ReadKeys(now, entry, ordinal) : (null, []);
        CheckRead(reader, now, ordinal);
        return new LogRecord(entry, entry.Length < 0 ? default(ReadOnlyMemory<byte>?) : value, key, headers);
    }

    /// <summary>A binary search over the index, among the messages that are kept when it ends.</summary>
    public static long Find(PartitionReader reader, PartitionSnapshot now, LogMeasure measure, long value)
    {
        var low = now.Begin.Ordinal;
        var high = now.End.Ordinal;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            try
            {
                var entry = ReadEntry(reader, now, middle);
                if (IsBefore(now, middle, entry, measure, value))
                    low = middle + 1;
                else
                    high = middle;
            }
            catch (LogIOException e) when (e.Error == LogError.Removed && reader.Now.Begin.Ordinal > low)
            {
                low = reader.Now.Begin.Ordinal;
            }
        }
        return low;
    }

    /// <summary>Whether an exception is one of the log's own, as a value.</summary>
    public static bool IsFault(Exception exception, PartitionReader reader, out LogFault fault)
    {
        fault = exception switch
        {
            LogIOException e => LogFault.Of(e),
            ObjectDisposedException e => new LogFault(LogError.Closed, $"the reader of partition {reader.Now.Id} is closed", e),
            _ => null!,
        };
        return fault is not null;
    }

    /// <summary>What an entry says has to lie inside the files, or a damaged one could ask for any amount of memory.</summary>
    public static void CheckEntry(PartitionSnapshot now, IndexEntry entry, long ordinal)
    {
        if (entry.Position < 0 || entry.Position + now.Framing.Overhead + entry.ValueLength > now.End.Position ||
            entry.Keys < 0 || entry.Keys > now.End.Keys)
            throw Corrupt(SegmentAt(now, place => place.Ordinal, ordinal, out _).Index.File.Path,
                $"message {ordinal} lies outside the partition");
    }

    public static void ReadView(PartitionSnapshot now, long position, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var segment = SegmentAt(now, place => place.Position, position, out var end);
            var count = (int)Math.Min(buffer.Length, end.Position - position);
            if (segment.Data.Read(buffer[..count], position - segment.Base.Position) < count)
                throw Corrupt(segment.Data.File.Path, "it is shorter than what was committed to it");
            buffer = buffer[count..];
            position += count;
        }
    }

    /// <summary>Reads bytes of the key file, counted from the partition's first one ever.</summary>
    public static void ReadKeyFile(PartitionSnapshot now, long position, Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var segment = SegmentAt(now, place => place.Keys, position, out var end);
            var count = (int)Math.Min(buffer.Length, end.Keys - position);
            if (segment.Keys.Read(buffer[..count], position - segment.Base.Keys) < count)
                throw Corrupt(segment.Keys.File.Path, "it is shorter than what was committed to it");
            buffer = buffer[count..];
            position += count;
        }
    }

    /// <summary>Tells the files that have a message from those of another partition.</summary>
    public static uint TagAt(PartitionSnapshot now, long ordinal) => SegmentAt(now, place => place.Ordinal, ordinal, out _).Tag;

    /// <summary>Whether the messages from an ordinal on are still kept; asked after their bytes were read.</summary>
    public static void CheckOrdinal(PartitionReader reader, long ordinal)
    {
        if (ordinal < reader.Now.Begin.Ordinal)
            throw new LogIOException(LogError.Removed, $"message {ordinal} of partition {reader.Now.Id} was removed");
    }

    /// <summary>
    /// Whether bytes that were read are those of the messages from an ordinal on. An eviction meanwhile, of whatever messages,
    /// may have put holes in their place, and a restore may have hidden that since.
    /// </summary>
    public static void CheckRead(PartitionReader reader, PartitionSnapshot now, long ordinal)
    {
        CheckOrdinal(reader, ordinal);
        if (reader.Now.Evictions != now.Evictions)
            throw Evicted(now, ordinal);
    }

    /// <summary>The fault of a message that has to be restored first.</summary>
    public static LogIOException Evicted(PartitionSnapshot now, long ordinal) =>
        new(LogError.Evicted, $"message {ordinal} of partition {now.Id} was evicted") { Evicted = new EvictedMessage(now.Id, ordinal) };

    /// <summary>The fault of a message whose bytes are not what was written.</summary>
    public static LogIOException Damaged(PartitionSnapshot now, long ordinal, string what) =>
        Corrupt(SegmentAt(now, place => place.Ordinal, ordinal, out _).Data.File.Path, $"message {ordinal}: {what}");

    private static (ReadOnlyMemory<byte>?, IReadOnlyList<MessageHeader>) ReadKeys(PartitionSnapshot now, IndexEntry entry, long ordinal)
    {
        var segment = SegmentAt(now, place => place.Ordinal, ordinal, out var end);
        var file = segment.Keys;
        var position = entry.Keys - segment.Base.Keys;
        Span<byte> prefix = stackalloc byte[KeyRecord.Prefix];
        if (file.Read(prefix, position) < prefix.Length ||
            KeyRecord.SizeOf(prefix) is var size && (size < KeyRecord.Prefix || size > end.Keys - entry.Keys))
            throw Corrupt(file.File.Path, $"the key of message {ordinal} is damaged");
        var record = ArrayPool<byte>.Shared.Rent((int)size);
        try
        {
            if (file.Read(record.AsSpan(0, (int)size), position) < size)
                throw Corrupt(file.File.Path, $"the key of message {ordinal} is cut off");
            return KeyRecord.Read(record.AsSpan(0, (int)size), segment.Tag, file.File.Path);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    private static bool IsBefore(PartitionSnapshot now, long ordinal, IndexEntry entry, LogMeasure measure, long value) => measure switch
    {
        LogMeasure.Offset => entry.Offset < value,
        LogMeasure.Time => entry.MaxTimestamp < value,
        LogMeasure.Position => entry.Position + now.Framing.Overhead + entry.ValueLength <= value,
        LogMeasure.Json => entry.Json + entry.JsonLength <= value,
        _ => entry.Position + (ordinal * (sizeof(int) - now.Framing.Overhead)) + sizeof(int) + entry.ValueLength <= value,
    };

    private static PartitionSegment SegmentAt(PartitionSnapshot now, Func<LogPlace, long> measure, long value, out LogPlace end)
    {
        var i = now.Segments.Length - 1;
        end = now.End;
        while (i > 0 && measure(now.Segments[i].Base) > value)
            end = now.Segments[i--].Base;
        return now.Segments[i];
    }

    private static void CheckKept(PartitionReader reader, long position)
    {
        if (position < reader.Now.Begin.Position)
            throw Removed(reader.Now, position);
    }

    private static LogIOException Removed(PartitionSnapshot now, long position) =>
        new(LogError.Removed, $"byte {position} of partition {now.Id} was removed by retention");

    private static LogIOException Corrupt(string path, string what) => new(LogError.Corrupt, $"{path}: {what}");
}
