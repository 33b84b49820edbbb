namespace StreamActors.Logs;

/// <summary>What a sync has to do; it touches nothing of the journal, so any thread can run it.</summary>
/// <param name="Lsn">What is safe once it has run.</param>
/// <param name="Files">The segments with bytes that are not synced.</param>
/// <param name="Disk">The disk.</param>
/// <param name="Folder">The journal's directory, where it has a new name.</param>
internal sealed record JournalSync(long Lsn, IReadOnlyList<ILogFile> Files, ILogFileSystem Disk, string? Folder)
{
    /// <summary>Runs it.</summary>
    public void Run()
    {
        foreach (var file in Files)
            file.Sync();
        if (Folder is not null)
            Disk.SyncDirectory(Folder);
    }
}

/// <summary>
/// The journal of a log directory, for its one writer: records behind one another in segments. An LSN is the number of
/// record bytes that were ever written before it.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>How far the end is written ahead with zeros, where syncs are small.</summary>
    public const int AheadBytes = 256 << 10;

    private const int SmallSyncBytes = 64 << 10;

    private static readonly byte[] Zeros = new byte[AheadBytes];

    private readonly ILogFileSystem _disk;
    private readonly string _folder;
    private readonly Guid _directory;
    private readonly uint _tag;
    private readonly long _epoch;
    private readonly int _segmentBytes;
    private readonly long _spareBytes;
    private readonly SyncMark _mark;
    private readonly List<JournalSegment> _segments = [];
    private readonly Queue<string> _spares = [];
    private int _unsyncedFrom;

    // A segment that could not be made whole, and that the disk may not have let go.
    private string? _unmade;
    private long _ahead;
    private bool _namesUnsynced;

    public Journal(
        ILogFileSystem disk, string folder, Guid directory, long epoch, int segmentBytes, SyncMark mark, long end, long spareBytes = 0)
    {
        _disk = disk;
        _folder = folder;
        _directory = directory;
        _tag = TagOf(directory);
        _epoch = epoch;
        _segmentBytes = segmentBytes;
        _spareBytes = spareBytes;
        _mark = mark;
        Begin = End = Synced = end;
    }

    /// <summary>
    /// Whether the first journal of a directory that hosts share may be begun yet: one that nobody knows of, because its owner was held
    /// up until others had looked for it, would look like one that somebody forgot. Null for always.
    /// </summary>
    public Func<bool>? MayBegin { get; init; }

    /// <summary>The first LSN that a recovery would need.</summary>
    public long Begin { get; private set; }

    /// <summary>The next record's LSN.</summary>
    public long End { get; private set; }

    /// <summary>Everything before it survives power loss.</summary>
    public long Synced { get; private set; }

    public static uint TagOf(Guid directory)
    {
        Span<byte> bytes = stackalloc byte[16];
        directory.TryWriteBytes(bytes);
        return Crc32C.Compute(bytes);
    }

    /// <summary>Writes a record, which commits it. When it throws, the record is not part of the journal.</summary>
    /// <param name="record">Header and body, padded; the header is filled here.</param>
    /// <param name="kind">What it is about.</param>
    public void Append(Span<byte> record, RecordKind kind)
    {
        if (End == 0 && MayBegin?.Invoke() == false)
            throw new LogIOException(LogError.Io, $"{_folder}: another host may have the log by now");
        var segment = TailFor(record.Length);
        RecordHeader.Seal(record, _tag, End, Synced, kind);
        var position = segment.PositionOf(End);
        try
        {
            segment.File.Write(record, position);
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota)
        {
            // What fitted would hold on to the last of the space; the next record would overwrite it anyway.
            segment.File.SetLength(position);
            _ahead = 0;
            throw;
        }
        End += record.Length;
    }

    /// <summary>Reads a record that is still kept.</summary>
    public byte[] Read(long lsn, int length)
    {
        var segment = _segments.Last(candidate => candidate.BaseLsn <= lsn);
        var record = new byte[length];
        return segment.File.Read(record, segment.PositionOf(lsn)) == length && RecordHeader.IsIntact(record, _tag)
            ? record : throw new LogIOException(LogError.Corrupt, $"{segment.Path}: the record at LSN {lsn} is damaged");
    }

    public JournalSync BeginSync()
    {
        if (End > Synced && End - Synced <= SmallSyncBytes)
            WriteAhead();
        return new JournalSync(
            End, [.. _segments.Skip(_unsyncedFrom).Select(segment => segment.File)], _disk, _namesUnsynced ? _folder : null);
    }

    /// <summary>Takes note of a sync that succeeded.</summary>
    public void CompleteSync(JournalSync sync)
    {
        if (sync.Lsn <= Synced)
            return;
        Synced = sync.Lsn;
        while (_unsyncedFrom < _segments.Count - 1 && _segments[_unsyncedFrom + 1].BaseLsn <= Synced)
            _unsyncedFrom++;
        if (sync.Folder is not null && _segments.Count > 0 && _segments[^1].BaseLsn < Synced)
            _namesUnsynced = false;
        _mark.TryWrite(Synced);
    }

    /// <summary>Drops the segments that end at or before an LSN; everything before it is safe elsewhere.</summary>
    public void DropBefore(long lsn)
    {
        var count = 0;
        while (count < _segments.Count && EndOf(count) <= lsn && (count < _segments.Count - 1 || EndOf(count) == End))
            count++;
        var dropped = _segments.GetRange(0, count);
        _segments.RemoveRange(0, count);
        _unsyncedFrom = Math.Max(0, _unsyncedFrom - count);
        Begin = lsn;
        if (_segments.Count == 0)
            Synced = Math.Max(Synced, lsn);
        // Last, since it may fail: nobody writes to a segment then that is closed.
        foreach (var segment in dropped)
            LetGo(segment);
    }

    /// <summary>Gives the space of segments back that wait to be used again; what can't be removed stays until the next start.</summary>
    public void FreeSpares()
    {
        try
        {
            while (_spares.TryDequeue(out var spare))
                _disk.Delete(spare);
        }
        catch (LogIOException)
        {
            // They are of no use to anybody, and in nobody's way.
        }
    }

    /// <summary>See <see cref="SyncMark.TrySyncFileSystem"/>; any thread may ask.</summary>
    public bool TrySyncFileSystem() => _mark.TrySyncFileSystem();

    public void Dispose()
    {
        foreach (var segment in _segments)
            segment.File.Dispose();
        _mark.Dispose();
    }

    /// <summary>
    /// A sync of a few bytes takes about twice as long where it has to store that the file has grown, too. So the file
    /// grows by many bytes at once; zeros are no record.
    /// </summary>
    private void WriteAhead()
    {
        var tail = _segments[^1];
        var position = tail.PositionOf(End);
        var count = (int)Math.Min(AheadBytes, JournalSegment.HeaderSize + _segmentBytes - position);
        if (position <= _ahead || count <= 0)
            return;
        _ahead = position + count;
        try
        {
            tail.File.Write(Zeros.AsSpan(0, count), position);
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota)
        {
            tail.File.SetLength(position);
        }
    }

    private long EndOf(int index) => index + 1 < _segments.Count ? _segments[index + 1].BaseLsn : End;

    private void LetGo(JournalSegment segment)
    {
        segment.File.Dispose();
        if ((_spares.Count + 1L) * _segmentBytes > _spareBytes)
        {
            _disk.Delete(segment.Path);
            return;
        }
        var spare = $"{_folder}/{JournalSegment.SpareNameOf(segment.BaseLsn)}";
        _disk.Rename(segment.Path, spare);
        _spares.Enqueue(spare);
    }

    private JournalSegment TailFor(int length)
    {
        if (_segments.Count > 0 && _segments[^1] is var tail && tail.Epoch == _epoch &&
            (End == tail.BaseLsn || End - tail.BaseLsn + length <= _segmentBytes))
            return tail;
        var segment = _spares.TryDequeue(out var spare) ? JournalSegment.Reuse(_disk, spare, _folder, _directory, End, _epoch) : Create();
        _segments.Add(segment);
        _ahead = spare is null ? 0 : segment.File.Length;
        _namesUnsynced = true;
        return segment;
    }

    private JournalSegment Create()
    {
        if (_unmade is not null)
            _disk.Delete(_unmade);
        _unmade = null;
        try
        {
            return JournalSegment.Create(_disk, _folder, _directory, End, _epoch);
        }
        catch (LogIOException e) when (e.Error != LogError.Exists)
        {
            _unmade = $"{_folder}/{JournalSegment.NameOf(End, _epoch)}";
            throw;
        }
    }
}
