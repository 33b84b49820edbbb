namespace StreamActors.Logs;

/// <summary>The journals of former epochs of a shared log directory, up to where they were sealed.</summary>
internal sealed class SealedJournals : IDisposable
{
    private readonly Guid _directory;
    private readonly List<(List<JournalSegment> Segments, long From, long End)> _journals = [];

    private SealedJournals(Guid directory, long from) => (_directory, End) = (directory, from);

    /// <summary>The LSN at which the last one ends.</summary>
    public long End { get; private set; }

    /// <summary>Opens the journals that are needed from an LSN on.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="folder">Where they are.</param>
    /// <param name="directory">The directory's id.</param>
    /// <param name="from">The first LSN that is needed.</param>
    /// <param name="journals">The journals, oldest first.</param>
    public static SealedJournals Open(
        ILogFileSystem disk, string folder, Guid directory, long from, IEnumerable<SealedJournal> journals)
    {
        var opened = new SealedJournals(directory, from);
        try
        {
            foreach (var journal in journals)
                opened.Add(OpenSegments(disk, folder, journal.Epoch), journal.End);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Measures the journal of an epoch that is over, up to its last whole record, after everything of it is synced.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="root">The log directory.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>
    /// The LSN at which it ends; <see cref="SealedJournal.Nothing"/> where it is the directory's first and nothing of it counts, though
    /// its owner may still write; 0 where the epoch has left none.
    /// </returns>
    public static long Measure(ILogFileSystem disk, string root, long epoch)
    {
        if (!disk.Exists($"{root}/{FormatFile.Name}"))
            return 0;
        var (directory, _) = FormatFile.Read(disk, root);
        var names = disk.List(root);
        var checkpointed = EpochFile.Of(SharedCheckpoint.Name, names).Where(file => file.Epoch == epoch).Select(file => file.Lsn).Append(0).Max();
        var folder = $"{root}/{DirectoryFiles.JournalName}";
        var segments = OpenSegments(disk, folder, epoch);
        try
        {
            if (segments.Count == 0)
                return checkpointed;
            foreach (var segment in segments)
                segment.File.Sync();
            disk.SyncDirectory(folder);
            // What a checkpoint holds may be gone but for a segment that the disk did not let go.
            var from = Math.Max(segments[0].BaseLsn, checkpointed);
            var needed = segments.Where((segment, i) =>
                i + 1 < segments.Count ? segments[i + 1].BaseLsn > from : segment.BaseLsn >= from || segment.PositionOf(from) < segment.File.Length).ToArray();
            if (needed.Length == 0)
                return checkpointed;
            var scanner = new JournalScanner(directory, needed, from, SyncedOf(disk, root, directory, epoch));
            scanner.Scan((_, _) => { });
            // A first record that is not whole leaves nothing.
            return Math.Max(scanner.End > from ? scanner.End : from == 0 ? SealedJournal.Nothing : 0, checkpointed);
        }
        finally
        {
            foreach (var segment in segments)
                segment.File.Dispose();
        }
    }

    /// <summary>Reads everything, and throws where it is damaged.</summary>
    public void Scan(JournalScanner.RecordHandler handle)
    {
        foreach (var (segments, from, end) in _journals)
            new JournalScanner(_directory, segments, from, synced: end, limit: end).Scan(handle);
    }

    public void Dispose()
    {
        foreach (var segment in _journals.SelectMany(journal => journal.Segments))
            segment.File.Dispose();
    }

    /// <summary>The epochs whose segments are in a folder.</summary>
    public static IEnumerable<long> EpochsIn(ILogFileSystem disk, string folder) =>
        disk.List(folder).Select(name => JournalSegment.TryParse(name, out _, out var epoch) ? epoch : 0).Where(epoch => epoch > 0).Distinct();

    private static List<JournalSegment> OpenSegments(ILogFileSystem disk, string folder, long epoch)
    {
        var segments = new List<JournalSegment>();
        try
        {
            foreach (var name in disk.List(folder))
                if (JournalSegment.TryParse(name, out var baseLsn, out var of) && of == epoch)
                    // Only what is open for writing can be synced everywhere.
                    segments.Add(new JournalSegment($"{folder}/{name}", disk.Open($"{folder}/{name}", LogFileMode.Write), baseLsn, epoch));
            return segments;
        }
        catch
        {
            foreach (var segment in segments)
                segment.File.Dispose();
            throw;
        }
    }

    private static long SyncedOf(ILogFileSystem disk, string root, Guid directory, long epoch)
    {
        var path = DirectoryFiles.MarkOf(root, epoch);
        if (!disk.Exists(path))
            return 0;
        using var mark = SyncMark.Open(disk, path, directory);
        return mark.Read() ?? 0;
    }

    /// <summary>Adds a journal that goes on where the one before ends; what is not needed of it is closed.</summary>
    private void Add(List<JournalSegment> segments, long end)
    {
        var needed = new List<JournalSegment>();
        for (var i = 0; i < segments.Count; i++)
        {
            var next = i + 1 < segments.Count ? segments[i + 1].BaseLsn : long.MaxValue;
            if (next > End && segments[i].BaseLsn < end && end > End)
                needed.Add(segments[i]);
            else
                segments[i].File.Dispose();
        }
        if (needed.Count == 0 && end > End)
            throw new LogIOException(LogError.Corrupt, $"the journal is sealed at LSN {end}, and nothing of it is there from LSN {End} on");
        _journals.Add((needed, End, end));
        End = Math.Max(End, end);
    }
}
