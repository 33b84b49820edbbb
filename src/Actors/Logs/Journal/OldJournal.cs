namespace StreamActors.Logs;

/// <summary>The journal that the last owner of a directory left: it is read, and then it goes.</summary>
internal sealed class OldJournal : IDisposable
{
    /// <summary>
    /// Longer than any journal: a state file may be of an LSN whose record, and all behind the last checkpoint, was lost with
    /// the power.
    /// </summary>
    public const long LsnGap = 1L << 40;

    private readonly ILogFileSystem _disk;
    private readonly string _folder;
    private readonly Guid _directory;
    private readonly long _from;
    private readonly long _synced;
    private readonly List<JournalSegment> _segments = [];
    private readonly List<JournalSegment> _needed = [];

    private OldJournal(ILogFileSystem disk, string folder, Guid directory, long from, long synced)
    {
        _disk = disk;
        _folder = folder;
        _directory = directory;
        _from = from;
        _synced = synced;
    }

    /// <summary>How many bytes of a torn tail <see cref="Judge"/> found.</summary>
    public long TornBytes { get; private set; }

    /// <summary>An LSN that no segment, whole or torn, and no state file has used.</summary>
    public long NextLsn { get; private set; }

    /// <summary>The greatest epoch in the names of a folder's segments.</summary>
    public static long LatestEpoch(ILogFileSystem disk, string folder) =>
        disk.List(folder).Select(name => JournalSegment.TryParse(name, out _, out var epoch) ? epoch : 0).Append(0).Max();

    /// <summary>Opens the segments of a folder.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="folder">Where they are.</param>
    /// <param name="directory">The directory's id.</param>
    /// <param name="from">The first LSN that is needed.</param>
    /// <param name="synced">How far it was synced, as far as known.</param>
    public static OldJournal Open(ILogFileSystem disk, string folder, Guid directory, long from, long synced)
    {
        var journal = new OldJournal(disk, folder, directory, from, synced);
        try
        {
            foreach (var name in disk.List(folder))
            {
                if (!JournalSegment.TryParse(name, out var baseLsn, out var epoch))
                    continue;
                var path = $"{folder}/{name}";
                journal._segments.Add(new JournalSegment(path, disk.Open(path, LogFileMode.Read), baseLsn, epoch));
            }
            journal.ChooseNeeded();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Reads everything, and throws where it is damaged.</summary>
    public void Judge(JournalScanner.RecordHandler handle)
    {
        var scanner = new JournalScanner(_directory, _needed, _from, _synced);
        scanner.Scan(handle);
        TornBytes = scanner.TornBytes;
        NextLsn = _segments.Select(segment => segment.BaseLsn + segment.File.Length).Append(Math.Max(scanner.End, _from)).Max();
        NextLsn = ((NextLsn + RecordHeader.Alignment - 1) / RecordHeader.Alignment * RecordHeader.Alignment) + LsnGap;
    }

    /// <summary>Reads everything once more.</summary>
    public void Scan(JournalScanner.RecordHandler handle) => new JournalScanner(_directory, _needed, _from, 0).Scan(handle);

    public void Delete()
    {
        foreach (var segment in _segments)
            _disk.Delete(segment.Path);
        foreach (var spare in _disk.List(_folder).Where(JournalSegment.IsSpare))
            _disk.Delete($"{_folder}/{spare}");
    }

    public void Dispose()
    {
        foreach (var segment in _segments)
            segment.File.Dispose();
    }

    /// <summary>
    /// The segments from the first needed LSN on; of two that begin at one LSN the later epoch's counts. The first one may
    /// have lost its bytes to a power loss that spared a later one: the scanner judges that.
    /// </summary>
    private void ChooseNeeded()
    {
        for (var i = 0; i < _segments.Count; i++)
        {
            var isLast = i + 1 == _segments.Count;
            var next = isLast ? long.MaxValue : _segments[i + 1].BaseLsn;
            var covered = isLast && _segments[i].PositionOf(_from) >= _segments[i].WrittenLength();
            if (!covered && next > _from && next > _segments[i].BaseLsn)
                _needed.Add(_segments[i]);
        }
        if (_needed.Count == 0 && _synced > _from)
            throw new LogIOException(LogError.Corrupt, $"{_folder} lacks its beginning, at LSN {_from}");
    }
}
