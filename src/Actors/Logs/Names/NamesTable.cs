namespace StreamActors.Logs;

/// <summary>
/// The table of names of a log directory on the disk: a snapshot, and a journal of the transactions since. Each
/// transaction is one record, and survives power loss when it returns.
/// </summary>
internal sealed class NamesTable : IDisposable
{
    /// <summary>A snapshot is written when the journal has this many bytes, and as many as the last snapshot took.</summary>
    public const int JournalBytes = 1 << 20;

    private readonly ILogFileSystem _disk;
    private readonly string _folder;
    private readonly Guid _directory;
    private readonly Journal _journal;
    private NamesSnapshot _now;
    private LogFault? _poison;

    private NamesTable(ILogFileSystem disk, string folder, Guid directory, Journal journal, NamesSnapshot names)
    {
        _disk = disk;
        _folder = folder;
        _directory = directory;
        _journal = journal;
        _now = names;
    }

    /// <summary>The table as it is now; any thread may look.</summary>
    public NamesSnapshot Now => Volatile.Read(ref _now);

    /// <summary>Whether a folder holds no names: nothing, or what the making of a directory left that was cut short.</summary>
    public static bool IsNew(ILogFileSystem disk, string folder) => !disk.Exists(folder) ||
        disk.List(folder).All(name => name switch
        {
            NamesFile.Name => NamesFile.IsEmpty(disk, folder),
            DirectoryFiles.MarkName or NamesFile.Name + AtomicFile.TemporarySuffix => true,
            _ => false,
        });

    public static void Make(ILogFileSystem disk, string folder, Guid directory)
    {
        disk.CreateDirectory(folder);
        SyncMark.Make(disk, $"{folder}/{DirectoryFiles.MarkName}", directory);
        NamesFile.Write(disk, folder, directory, 0, NamesSnapshot.Empty);
    }

    public static NamesTable Open(ILogFileSystem disk, string folder, Guid directory, long epoch, FindingList findings)
    {
        NoteForeign(disk, folder, findings);
        var (from, names) = NamesFile.Read(disk, folder, directory);
        var mark = SyncMark.Open(disk, $"{folder}/{DirectoryFiles.MarkName}", directory);
        try
        {
            var synced = mark.Read();
            if (synced is null)
                findings.Note(FindingKind.Corrupt, $"{folder}/{DirectoryFiles.MarkName}", "it does not say how far the journal was synced");
            using var old = OldJournal.Open(disk, folder, directory, from, synced ?? 0);
            old.Judge((header, record) =>
            {
                var body = new SpanReader(record[RecordHeader.Size..], folder);
                if (header.Lsn >= from)
                    names = NamesFile.ApplyChanges(names, ref body);
            });
            NamesFile.Write(disk, folder, directory, old.NextLsn, names);
            old.Delete();
            mark.TryWrite(old.NextLsn);
            var journal = new Journal(disk, folder, directory, epoch, JournalBytes, mark, old.NextLsn);
            return new NamesTable(disk, folder, directory, journal, names);
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    /// <summary>Commits a transaction. Where it throws <see cref="LogError.Io"/>, it is unknown whether it was stored.</summary>
    public void Commit(params IReadOnlyList<NamesChange> changes)
    {
        if (_poison is not null)
            throw _poison.ToException();
        var next = changes.Aggregate(_now, (names, change) => names.Apply(change));
        var record = new ByteBuffer();
        record.Add(RecordHeader.Size);
        NamesFile.WriteChanges(record, changes);
        record.Add(RecordHeader.Align(record.Length) - record.Length).Clear();
        _journal.Append(record.Written, RecordKind.Names);
        try
        {
            var sync = _journal.BeginSync();
            sync.Run();
            _journal.CompleteSync(sync);
        }
        catch (LogIOException e)
        {
            _poison = new LogFault(LogError.Io, $"a sync failed, so names can't be changed until the log is opened anew: {e.Message}", e);
            throw _poison.ToException();
        }
        Volatile.Write(ref _now, next);
        if (_journal.End - _journal.Begin > JournalBytes)
            Compact();
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>Nothing is lost where this fails: the journal stays, and the next transaction tries again.</summary>
    private void Compact()
    {
        try
        {
            NamesFile.Write(_disk, _folder, _directory, _journal.End, _now);
        }
        catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota or LogError.OutOfDescriptors)
        {
            return;
        }
        _journal.DropBefore(_journal.End);
    }

    private static void NoteForeign(ILogFileSystem disk, string folder, FindingList findings)
    {
        foreach (var name in disk.List(folder))
            if (name is not (NamesFile.Name or NamesFile.Name + AtomicFile.TemporarySuffix or DirectoryFiles.MarkName) &&
                !JournalSegment.TryParse(name, out _, out _))
                findings.Note(FindingKind.Foreign, $"{folder}/{name}", "it is not the log's");
    }
}
