namespace StreamActors.Logs;

/// <content>Syncs and checkpoints, in parts of which the middle one can run on another thread.</content>
public sealed partial class LogDirectory
{
    internal LogResult<JournalSync> BeginSync() => Guarded(() => _poison is null ? _journal.BeginSync() : throw _poison.ToException());

    internal LogFault? CompleteSync(JournalSync sync, LogFault? fault) => Guarded(() =>
    {
        // What could not even be begun can be tried again.
        if (fault is not null)
            throw fault.Error == LogError.OutOfDescriptors ? fault.ToException() : Poisoned(fault);
        _journal.CompleteSync(sync);
        return true;
    }).Fault ?? Confirm();

    /// <summary>
    /// Whether what is synced may be told, where several hosts share the directory; then readers are shown it. Whatever is sure
    /// once stays so: later owners have it, too.
    /// </summary>
    internal LogFault? Confirm()
    {
        if (_unconfirmed is not { } unconfirmed)
            return null;
        if (!_options.Shared!.MayAnswer())
            return new LogFault(LogError.Unconfirmed, $"the right to {_files.Root} was not sure any more; another host may have it");
        unconfirmed.ShowUpTo(_journal.Synced);
        return null;
    }

    /// <summary>
    /// Removes what former epochs have left and a checkpoint of this one holds, where that is sure. Nothing that a later epoch
    /// writes is touched, whenever this runs.
    /// </summary>
    internal LogFault? DropFormer()
    {
        if (_files.Epochs is not { } epochs || !_hasCheckpoint || Confirm() is not null)
            return null;
        var fault = Guarded(() =>
        {
            var names = _disk.List(_files.Root);
            // None where a later owner has removed it, whose checkpoint has replaced it.
            var newest = EpochFile.Of(SharedCheckpoint.Name, names).Where(file => file.Epoch == epochs.Own).Select(file => file.Lsn).Append(0).Max();
            foreach (var file in EpochFile.Of(SharedCheckpoint.Name, names).Where(file => file.Epoch <= epochs.Own && file.Lsn < newest))
                _disk.Delete($"{_files.Root}/{file.Name}");
            foreach (var name in _disk.List(_files.Journal))
                if (JournalSegment.TryParse(name, out _, out var epoch) && epoch < epochs.Own)
                    _disk.Delete($"{_files.Journal}/{name}");
            foreach (var name in names)
                if (DirectoryFiles.TryParseMark(name, out var epoch) && epoch < epochs.Own)
                    _disk.Delete($"{_files.Root}/{name}");
            return true;
        }).Fault;
        _options.Shared!.Checkpointed?.Invoke(epochs.Own - 1);
        return fault;
    }

    /// <summary>
    /// Where the journal of this epoch is to be sealed: what is synced, or 0 where the epoch has left nothing;
    /// <see cref="SealedJournal.Nothing"/> where nothing of what it has written is safe, and nothing was before. Asked when nothing is
    /// written any more.
    /// </summary>
    internal long SealedEnd => _hasCheckpoint || _journal.End > _start ? Math.Max(_journal.Synced, SealedJournal.Nothing) : 0;

    internal LogResult<Checkpoint> BeginCheckpoint() => Guarded(() =>
    {
        if (_poison is not null)
            throw _poison.ToException();
        if (_checkpoint is not null)
            throw new LogIOException(LogError.Busy, "a checkpoint is running");
        foreach (var log in _table.Active.Where(log => log.Dirty))
            log.Flush();
        var lsn = _journal.End;
        var dirty = new List<PartitionLog>();
        foreach (var log in _table.Active.Where(log => log.Dirty))
        {
            log.State.Lsn = log.Unapplied?.Lsn ?? lsn;
            log.Dirty = false;
            dirty.Add(log);
        }
        var from = _table.Active.Where(log => log.Unapplied is not null).Select(log => log.Unapplied!.Value.Lsn).Append(lsn).Min();
        // A single partition's state is replaced as a whole: there is no other one of which earlier records could be missing then.
        // Where several hosts share the directory, a state counts only up to where the journal is sealed.
        var sync = dirty.Count == 1 && _files.Epochs is null ? null : _journal.BeginSync();
        return _checkpoint = new Checkpoint(
            _disk, _files, from, dirty, sync, dirty.Count >= _options.SyncWholeFrom ? _journal.TrySyncFileSystem : null);
    });

    internal LogFault? CompleteCheckpoint(Checkpoint checkpoint, LogFault? fault) => Guarded(() =>
    {
        _checkpoint = null;
        checkpoint.ReleaseFiles();
        if (Confirm() is { } unconfirmed)
            fault ??= unconfirmed;
        else
            _table.RemoveFolders();
        if (fault is not null)
        {
            foreach (var id in checkpoint.Partitions)
                if (_table.Find(id) is { } log)
                    log.Dirty = true;
            // A full disk takes no state file; nothing is lost by that, and the next checkpoint tries again.
            if (fault.Error is LogError.NoSpace or LogError.Quota or LogError.OutOfDescriptors or LogError.Unconfirmed)
                throw fault.ToException();
            throw Poisoned(fault);
        }
        if (checkpoint.Sync is { } sync)
            _journal.CompleteSync(sync);
        // Before anything is removed: the epoch has left something then, whatever becomes of the rest.
        _hasCheckpoint = true;
        _journal.DropBefore(checkpoint.Lsn);
        if (_files.Epochs is not null)
        {
            checkpoint.RemoveReplaced(_files.Exists);
            DropFormer();
        }
        _table.PassivateClean();
        return true;
    }).Fault;
}
