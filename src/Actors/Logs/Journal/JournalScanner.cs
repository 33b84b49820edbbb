namespace StreamActors.Logs;

/// <summary>Reads a journal's records in their order, and judges the place where they end.</summary>
internal sealed class JournalScanner(
    Guid directory, IReadOnlyList<JournalSegment> segments, long from, long synced, long limit = long.MaxValue)
{
    private const int WindowBytes = 1 << 20;

    private readonly uint _tag = Journal.TagOf(directory);
    private byte[] _window = [];
    private JournalSegment? _inWindow;
    private long _windowStart;
    private int _windowLength;

    /// <summary>What is done with each record: its header and all its bytes, which are only valid during the call.</summary>
    public delegate void RecordHandler(RecordHeader header, ReadOnlySpan<byte> record);

    /// <summary>The LSN after the last whole record.</summary>
    public long End { get; private set; }

    /// <summary>How many bytes of a torn tail follow it.</summary>
    public long TornBytes { get; private set; }

    /// <summary>Reads from the first LSN that is needed to the end. What the first segment has before it may be gone.</summary>
    /// <exception cref="LogIOException">Corruption: a record is bad that was synced once, or that others follow.</exception>
    public void Scan(RecordHandler handle)
    {
        End = from;
        foreach (var segment in segments)
        {
            if (segment.BaseLsn > End || segment.CheckHeader(directory) != SegmentHeader.Intact)
                break;
            ScanSegment(segment, handle);
        }
        if (segments.Count > 0)
            Judge();
    }

    private void ScanSegment(JournalSegment segment, RecordHandler handle)
    {
        var length = segment.File.Length;
        while (End < limit && TryReadRecord(segment, End, length, out var header, out var record))
        {
            handle(header, record);
            End += header.Length;
        }
    }

    private bool TryReadRecord(
        JournalSegment segment, long lsn, long length, out RecordHeader header, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (!IsRecordAt(segment, lsn, length, out header))
            return false;
        record = Window(segment, segment.PositionOf(lsn), header.Length);
        return record.Length == header.Length && RecordHeader.IsIntact(record, _tag);
    }

    /// <summary>Whether the header there can be that of a record of this LSN.</summary>
    private bool IsRecordAt(JournalSegment segment, long lsn, long length, out RecordHeader header)
    {
        header = default;
        var position = segment.PositionOf(lsn);
        var available = length - position;
        if (available < RecordHeader.Size)
            return false;
        header = RecordHeader.Read(Window(segment, position, RecordHeader.Size));
        return header.IsPlausible(lsn, available);
    }

    /// <summary>Everything after <see cref="End"/> is a torn tail only if nothing of it was ever synced.</summary>
    private void Judge()
    {
        if (segments.FirstOrDefault(segment => segment.CheckHeader(directory) == SegmentHeader.Foreign) is { } foreign)
            throw new LogIOException(LogError.Corrupt, $"{foreign.Path} was made in another log directory");
        if (End < synced)
            throw Corrupt($"ends there or is damaged, and was synced up to LSN {synced}");
        if (End > limit)
            throw Corrupt($"goes beyond LSN {limit}, where it was sealed");
        if (limit < long.MaxValue)
            return;
        foreach (var segment in segments)
        {
            var length = segment.File.Length;
            // What a file that is used again has behind its records is of its earlier life.
            var isReused = segment.CheckHeader(directory) == SegmentHeader.Intact && segment.IsReused;
            var written = isReused ? length : segment.WrittenLength();
            if (segment.PositionOf(End) >= written && segment.BaseLsn <= End)
                continue;
            var from = Math.Max(End, segment.BaseLsn);
            var torn = isReused ? from : Math.Max(from, segment.BaseLsn + written - JournalSegment.HeaderSize);
            for (var lsn = from; segment.PositionOf(lsn) < written; lsn += RecordHeader.Alignment)
            {
                if (!IsRecordAt(segment, lsn, length, out var header))
                    continue;
                if (isReused)
                    torn = Math.Max(torn, lsn + header.Length);
                if (TryReadRecord(segment, lsn, length, out header, out _) && header.Synced > End)
                    throw Corrupt($"is damaged there; a later record says that it was synced up to LSN {header.Synced}");
            }
            TornBytes += torn - from;
        }
    }

    private LogIOException Corrupt(string what)
    {
        var segment = segments.Last(s => s.BaseLsn <= End || s == segments[0]);
        return new LogIOException(
            LogError.Corrupt, $"{segment.Path}: the journal's record at LSN {End} (byte {segment.PositionOf(End)}) {what}");
    }

    private ReadOnlySpan<byte> Window(JournalSegment segment, long position, int count)
    {
        var start = position - _windowStart;
        if (_inWindow != segment || start < 0 || start + count > _windowLength)
        {
            var wanted = (int)Math.Max(count, Math.Min(WindowBytes, segment.File.Length - position));
            if (_window.Length < wanted)
                _window = new byte[wanted];
            _windowLength = segment.File.Read(_window, position);
            _windowStart = position;
            _inWindow = segment;
            start = 0;
        }
        return _window.AsSpan((int)start, (int)Math.Min(count, _windowLength - start));
    }
}
