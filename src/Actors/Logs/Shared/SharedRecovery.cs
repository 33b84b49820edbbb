namespace StreamActors.Logs;

/// <summary>
/// Opens a log directory that several hosts share. It reads the last checkpoint that counts, and the journals of former epochs
/// up to where they were sealed; what they hold is written into files of its own epoch, so that nobody else writes to them.
/// Where there was something to write, it ends with a checkpoint.
/// </summary>
internal sealed class SharedRecovery
{
    private readonly ILogFileSystem _disk;
    private readonly LogOptions _options;
    private readonly SharedLog _shared;
    private readonly DirectoryFiles _files;
    private readonly Epochs _epochs;
    private readonly FindingList _findings = new();

    private SharedRecovery(ILogFileSystem disk, string root, LogOptions options, SharedLog shared, (Guid Id, int Version) format)
    {
        _disk = disk;
        _options = options;
        _shared = shared with { Journals = [.. shared.Journals.Select(journal => journal.End == SealedJournal.Nothing ? journal with { End = 0 } : journal)] };
        _epochs = new Epochs(shared.Epoch);
        // Members of an older format may have it next, so it stays what it is.
        _files = new DirectoryFiles(disk, root, format.Id, shared.Epoch, new HeldTails(0, options.HeldBlockBytes), format.Version, _epochs);
    }

    public static LogDirectory Open(ILogFileSystem disk, string root, LogOptions options, SharedLog shared, TimeProvider clock)
    {
        MakeWhereNew(disk, root, options, shared);
        return new SharedRecovery(disk, root, options, shared, FormatFile.Read(disk, root)).Run(clock);
    }

    /// <summary>
    /// Two hosts that make it at the same time write the same. While nothing is known of it, whoever made it may have died
    /// before it was sure to stay.
    /// </summary>
    private static void MakeWhereNew(ILogFileSystem disk, string root, LogOptions options, SharedLog shared)
    {
        disk.CreateDirectory(root);
        if (!disk.Exists($"{root}/{FormatFile.Name}"))
        {
            disk.CreateDirectory($"{root}/{DirectoryFiles.JournalName}");
            disk.CreateDirectory($"{root}/{PartitionFolder.Name}");
            FormatFile.Write(disk, root, options.NewDirectoryId, shared.Epoch);
        }
        else if (shared.Journals.Count > 0)
            return;
        disk.SyncDirectory(root);
        disk.SyncNameOf(root);
    }

    private LogDirectory Run(TimeProvider clock)
    {
        var from = ReadCheckpoint(out var since);
        var mark = SyncMark.Open(_disk, _files.Mark, _files.Id);
        try
        {
            using var journals = SealedJournals.Open(
                _disk, _files.Journal, _files.Id, from, _shared.Journals.Where(journal => journal.Epoch >= since));
            var plan = new RecoveryPlan();
            journals.Scan(plan.Note);
            var hasCheckpoint = since == _epochs.Own || Apply(journals, plan, mark);
            mark.TryWrite(journals.End);
            var journal = new Journal(
                _disk, _files.Journal, _files.Id, _files.Epoch, _options.SegmentBytes, mark, journals.End)
            {
                MayBegin = _shared.MayAnswer,
            };
            return new LogDirectory(_disk, _files, _options, clock, journal, hasCheckpoint, _findings);
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    /// <summary>Reads the last checkpoint that counts.</summary>
    /// <param name="since">The oldest epoch whose journal is needed.</param>
    /// <returns>From which LSN journals are needed.</returns>
    private long ReadCheckpoint(out long since)
    {
        foreach (var journal in _shared.Journals)
            _epochs.Add(journal.Epoch, journal.End);
        var names = _disk.List(_files.Root);
        if (_shared.Journals.Count == 0)
            RefuseLeftovers(names);
        since = 0;
        if (_epochs.Newest(SharedCheckpoint.Name, names) is not { } newest)
            return 0;
        SharedCheckpoint.Read(_disk, _files.Root, newest, _files.Id, _epochs);
        since = newest.Epoch;
        // One of the epoch itself is of a try that failed behind it, and may count for others by now: nothing that it tells of is made anew.
        if (since == _epochs.Own)
            _disk.SyncDirectory(_files.Root);
        return newest.Lsn;
    }

    /// <summary>A directory that is in use, and of which the cluster knows nothing any more, is not opened as if it were new.</summary>
    private void RefuseLeftovers(IReadOnlyList<string> names)
    {
        if (EpochFile.Of(SharedCheckpoint.Name, names).Any(file => IsUnknown(file.Epoch) && file.Lsn > 0) ||
            SealedJournals.EpochsIn(_disk, _files.Journal).Any(epoch => IsUnknown(epoch) && SealedJournals.Measure(_disk, _files.Root, epoch) > SealedJournal.Nothing))
            throw new LogIOException(LogError.Corrupt, $"{_files.Root} holds messages, and the cluster knows of no journal of it");
    }

    // Those from this one on are of a cluster that began anew: where there is nothing to recover, it has written nothing itself yet.
    private bool IsUnknown(long epoch) => epoch < _shared.Since || epoch >= _epochs.Own;

    /// <summary>Applies the journals; whether there was something to checkpoint.</summary>
    private bool Apply(SealedJournals journals, RecoveryPlan plan, SyncMark mark)
    {
        using var replay = new Replay(_disk, _files, _options, plan, _findings);
        journals.Scan(replay.Apply);
        var writesAll = _epochs.Ends.Count > Epochs.MaxFormer;
        if (writesAll)
            replay.LoadAll(_epochs.Partitions);
        var recovered = replay.Finish(journals.End);
        if (recovered.Count == 0 && !plan.Deleted.Any())
            return false;
        if (writesAll && replay.HasAll(_epochs.Partitions))
            _epochs.ForgetFormer();
        var checkpoint = new Checkpoint(_disk, _files, journals.End, recovered, sync: null,
            recovered.Count >= _options.SyncWholeFrom ? mark.TrySyncFileSystem : null);
        var fault = checkpoint.Run();
        checkpoint.ReleaseFiles();
        if (fault is not null)
            throw fault.ToException();
        // By the right that still holds whoever comes later finds this checkpoint, and none of a former owner in its place.
        if (_shared.MayAnswer())
            RemoveReplaced(checkpoint);
        return true;
    }

    private static void RemoveReplaced(Checkpoint checkpoint)
    {
        try
        {
            checkpoint.RemoveReplaced(_ => true);
        }
        catch (LogIOException)
        {
            // It is in nobody's way, and a later epoch removes it.
        }
    }
}
