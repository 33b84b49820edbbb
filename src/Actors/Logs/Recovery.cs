using System.Globalization;

namespace StreamActors.Logs;

/// <summary>
/// Opens a log directory. It reads the journal twice: first to judge it, so that nothing is changed where it is damaged,
/// then to write the partitions' files from it. It ends with a checkpoint, after which the old journal is gone.
/// </summary>
internal sealed class Recovery
{
    private static readonly string[] OwnNames =
    [
        FormatFile.Name, CheckpointFile.Name, DirectoryFiles.LockName, DirectoryFiles.MarkName, DirectoryFiles.JournalName,
        DirectoryFiles.NamesName, DirectoryFiles.ReserveName, PartitionFolder.Name,
        FormatFile.Name + AtomicFile.TemporarySuffix, CheckpointFile.Name + AtomicFile.TemporarySuffix,
    ];

    private readonly ILogFileSystem _disk;
    private readonly LogOptions _options;
    private readonly DirectoryFiles _files;
    private readonly CheckpointFile _checkpoint;
    private readonly FindingList _findings = new();

    private Recovery(ILogFileSystem disk, LogOptions options, DirectoryFiles files, CheckpointFile checkpoint)
    {
        _disk = disk;
        _options = options;
        _files = files;
        _checkpoint = checkpoint;
    }

    public static LogDirectory Open(ILogFileSystem disk, string root, LogOptions options, TimeProvider clock)
    {
        if (options.Shared is { } shared)
            return SharedRecovery.Open(disk, root, options, shared, clock);
        disk.CreateDirectory(root);
        var holder = disk.Lock($"{root}/{DirectoryFiles.LockName}", string.Create(CultureInfo.InvariantCulture,
            $"{options.Holder}, since {clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        try
        {
            MakeWhereNew(disk, root, options);
            var (id, version) = FormatFile.Read(disk, root);
            var checkpoint = CheckpointFile.Read(disk, root, id);
            var epoch = Math.Max(checkpoint.Epoch, OldJournal.LatestEpoch(disk, $"{root}/{DirectoryFiles.JournalName}")) + 1;
            var tails = new HeldTails(options.HeldBytes, options.HeldBlockBytes);
            var files = new DirectoryFiles(disk, root, id, epoch, tails, FormatFile.Version);
            LogDirectory Recover() => new Recovery(disk, options, files, checkpoint).Run(holder, clock);
            try
            {
                // An older program would not understand what is written from here on; this one reads both.
                if (version < FormatFile.Version)
                    FormatFile.Write(disk, root, id);
                return Recover();
            }
            catch (LogIOException e) when (e.Error is LogError.NoSpace or LogError.Quota && disk.Exists(files.Reserve))
            {
                // The space that was held back is for this; recovering twice is as good as once.
                disk.Delete(files.Reserve);
                disk.SyncDirectory(root);
                return Recover();
            }
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }

    /// <summary>The format file comes last, so a directory that has one is complete.</summary>
    private static void MakeWhereNew(ILogFileSystem disk, string root, LogOptions options)
    {
        if (disk.Exists($"{root}/{FormatFile.Name}"))
            return;
        foreach (var name in (ReadOnlySpan<string>)[DirectoryFiles.JournalName, PartitionFolder.Name])
            if (disk.Exists($"{root}/{name}") && disk.List($"{root}/{name}").Count > 0)
                throw new LogIOException(LogError.Corrupt, $"{root} has a {name}, but its file {FormatFile.Name} is missing");
        if (!NamesTable.IsNew(disk, $"{root}/{DirectoryFiles.NamesName}"))
            throw new LogIOException(LogError.Corrupt, $"{root} has names, but its file {FormatFile.Name} is missing");
        NamesTable.Make(disk, $"{root}/{DirectoryFiles.NamesName}", options.NewDirectoryId);
        disk.CreateDirectory($"{root}/{DirectoryFiles.JournalName}");
        disk.CreateDirectory($"{root}/{PartitionFolder.Name}");
        SyncMark.Make(disk, $"{root}/{DirectoryFiles.MarkName}", options.NewDirectoryId);
        AtomicFile.Write(disk, $"{root}/{CheckpointFile.Name}", new CheckpointFile(0, 0, []).Encode(options.NewDirectoryId));
        FormatFile.Write(disk, root, options.NewDirectoryId);
        disk.SyncNameOf(root);
    }

    private LogDirectory Run(IDisposable holder, TimeProvider clock)
    {
        NoteForeign();
        var mark = SyncMark.Open(_disk, _files.Mark, _files.Id);
        NamesTable? names = null;
        try
        {
            names = NamesTable.Open(_disk, $"{_files.Root}/{DirectoryFiles.NamesName}", _files.Id, _files.Epoch, _findings);
            var synced = mark.Read();
            if (synced is null)
                _findings.Note(FindingKind.Corrupt, _files.Mark, "it does not say how far the journal was synced");
            using var old = OldJournal.Open(_disk, _files.Journal, _files.Id, _checkpoint.Lsn, synced ?? 0);
            var plan = new RecoveryPlan();
            old.Judge(plan.Note);
            if (old.TornBytes > 0)
                _findings.Note(FindingKind.TornTail, _files.Journal, $"{old.TornBytes} bytes at its end were never synced and are not whole; they were cut");
            Apply(old, plan, mark);
            old.Delete();
            new DiskReserve(_disk, _files, _options.ReserveBytes).Make();
            mark.TryWrite(old.NextLsn);
            var journal = new Journal(
                _disk, _files.Journal, _files.Id, _files.Epoch, _options.SegmentBytes, mark, old.NextLsn, _options.JournalSpareBytes);
            return new LogDirectory(_disk, _files, _options, clock, holder, journal, names, plan.Reframed, _findings);
        }
        catch
        {
            mark.Dispose();
            names?.Dispose();
            throw;
        }
    }

    private void NoteForeign()
    {
        foreach (var name in _disk.List(_files.Root).Except(OwnNames))
            _findings.Note(FindingKind.Foreign, $"{_files.Root}/{name}", "it is not the log's");
        foreach (var name in _disk.List(_files.Journal).Where(name => !JournalSegment.TryParse(name, out _, out _) && !JournalSegment.IsSpare(name)))
            _findings.Note(FindingKind.Foreign, $"{_files.Journal}/{name}", "it is not the log's");
        foreach (var name in _disk.List(_files.Partitions.Root).Where(name => !IncarnationId.TryParse(name, out _)))
            _findings.Note(FindingKind.Foreign, $"{_files.Partitions.Root}/{name}", "it is not the log's");
    }

    private void Apply(OldJournal journal, RecoveryPlan plan, SyncMark mark)
    {
        using var replay = new Replay(_disk, _files, _options, plan, _findings);
        _files.Present.UnionWith(_checkpoint.Partitions ?? ListPartitions().Where(HasState));
        journal.Scan(replay.Apply);
        var recovered = replay.Finish(journal.NextLsn);
        NoteMissing(replay);
        var checkpoint = new Checkpoint(_disk, _files, journal.NextLsn, recovered, sync: null,
            recovered.Count >= _options.SyncWholeFrom ? mark.TrySyncFileSystem : null);
        var fault = checkpoint.Run();
        checkpoint.ReleaseFiles();
        if (fault is not null)
            throw fault.ToException();
    }

    private bool HasState(IncarnationId id) => _disk.Exists(_files.Partitions.StatePathOf(id));

    private SortedSet<IncarnationId> ListPartitions()
    {
        var ids = new SortedSet<IncarnationId>();
        foreach (var name in _disk.List(_files.Partitions.Root))
            if (IncarnationId.TryParse(name, out var id))
                ids.Add(id);
        return ids;
    }

    /// <summary>
    /// A partition that had files and has none is never taken for a new one. Files that nothing tells of come with the
    /// directory of an older format, or were put there.
    /// </summary>
    private void NoteMissing(Replay replay)
    {
        var there = ListPartitions();
        foreach (var id in there.Where(id => !replay.Knows(id)))
        {
            if (HasState(id))
                _files.Present.Add(id);
            else if (_files.Exists(id) || !_files.Partitions.RemoveUnborn(id))
                _findings.Note(FindingKind.Corrupt, _files.Partitions.PathOf(id), "it has no state file that can be read");
        }
        foreach (var id in _files.Present.Where(id => !there.Contains(id) && !replay.Knows(id)))
            _findings.Note(FindingKind.Corrupt, _files.Partitions.PathOf(id), "it is missing");
    }
}
