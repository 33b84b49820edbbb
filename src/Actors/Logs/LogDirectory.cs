namespace StreamActors.Logs;

/// <summary>
/// A directory of partition logs that share a journal: the synchronous core, for one thread at a time. Each operation
/// does its I/O before it returns; what may take long (syncs and checkpoints) is also there in three parts, of which the
/// middle one can run on another thread. Readers that it hands out may be used by any thread.
/// docs/LOG-FORMAT.md describes the files.
/// </summary>
public sealed partial class LogDirectory : IDisposable
{
    private readonly ILogFileSystem _disk;
    private readonly LogOptions _options;
    private readonly TimeProvider _clock;
    private readonly IDisposable? _lock;
    private readonly DirectoryFiles _files;
    private readonly Journal _journal;
    private readonly PartitionTable _table;
    private readonly PartitionAppender _appender;
    private readonly FindingList _findings;
    private readonly NamesTable? _names;
    private readonly LogCatalog? _catalog;
    private readonly Unconfirmed? _unconfirmed;
    private readonly DiskReserve _reserve;
    private readonly long _start;
    private bool _hasCheckpoint;
    private LogFault? _poison;
    private Checkpoint? _checkpoint;
    private bool _closed;

    internal LogDirectory(
        ILogFileSystem disk, DirectoryFiles files, LogOptions options, TimeProvider clock, IDisposable holder, Journal journal,
        NamesTable names, IReadOnlyCollection<IncarnationId> reframed, FindingList findings)
        : this(disk, files, options, clock, journal, findings)
    {
        _lock = holder;
        _names = names;
        _catalog = new LogCatalog(this, names, clock, options.MaxWriters, reframed);
        _table.NameOnly = _catalog.StateOfNameOnly;
    }

    /// <summary>One that several hosts share.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="files">The directory.</param>
    /// <param name="options">The settings.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="journal">The journal of its epoch.</param>
    /// <param name="hasCheckpoint">Whether there is a checkpoint of this epoch.</param>
    /// <param name="findings">What was found.</param>
    internal LogDirectory(
        ILogFileSystem disk, DirectoryFiles files, LogOptions options, TimeProvider clock, Journal journal, bool hasCheckpoint,
        FindingList findings)
        : this(disk, files, options, clock, journal, findings)
    {
        _hasCheckpoint = hasCheckpoint;
        _table.Unconfirmed = _unconfirmed = new Unconfirmed(() => journal.End);
    }

    private LogDirectory(
        ILogFileSystem disk, DirectoryFiles files, LogOptions options, TimeProvider clock, Journal journal, FindingList findings)
    {
        _disk = disk;
        _files = files;
        _options = options;
        _clock = clock;
        _journal = journal;
        _findings = findings;
        _start = journal.End;
        _table = new PartitionTable(disk, files, options, findings);
        _appender = new PartitionAppender(disk, files, journal);
        _reserve = new DiskReserve(disk, files, options.ReserveBytes);
        files.Partitions.Tails.Sync = SyncUpTo;
    }

    /// <summary>Opens a log directory, makes it where it is not there, and recovers it where its last owner died.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="root">The directory's absolute path; its parent must be there.</param>
    /// <param name="options">The settings.</param>
    /// <param name="clock">What time it is.</param>
    /// <returns>The log, or why it can't be had: <see cref="LogError.Locked"/>, <see cref="LogError.NewerFormat"/>,
    /// <see cref="LogError.Corrupt"/> and the disk's own.</returns>
    public static LogResult<LogDirectory> Open(ILogFileSystem disk, string root, LogOptions options, TimeProvider clock)
    {
        try
        {
            return Recovery.Open(disk, root, options, clock);
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    /// <summary>
    /// Syncs the journal of an epoch that is over, of a directory that several hosts share, and measures it up to its last whole
    /// record. Its owner can't tell anything any more, though it may still write.
    /// </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="root">The directory's absolute path.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>
    /// The LSN at which it ends, <see cref="SealedJournal.Nothing"/> where it is the first and nothing of it counts, 0 where the epoch has left
    /// none; or why it can't be read.
    /// </returns>
    public static LogResult<long> MeasureJournal(ILogFileSystem disk, string root, long epoch)
    {
        try
        {
            return SealedJournals.Measure(disk, root, epoch);
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    /// <summary>Streams, topics and partitions by name, where this directory keeps them (the local engine).</summary>
    public LogCatalog Catalog => _catalog ?? throw new InvalidOperationException("The names of a shared log are elsewhere.");

    /// <summary>An id that no other directory has.</summary>
    public Guid Id => _files.Id;

    /// <summary>What was found on the disk that should not be there, up to now.</summary>
    public IReadOnlyList<LogFinding> Findings => _findings.All;

    /// <summary>Why nothing can be written any more until the directory is opened anew, or null.</summary>
    public LogFault? Poison => _poison;

    /// <summary>The journal's end: what is before it survives the end of this process.</summary>
    public long CommittedLsn => _journal.End;

    /// <summary>What is before it survives power loss.</summary>
    public long SyncedLsn => _journal.Synced;

    /// <summary>How many bytes of journal a recovery would have to apply.</summary>
    public long JournalBytes => _journal.End - _journal.Begin;

    /// <summary>How many partitions are active.</summary>
    public int ActiveCount => _table.ActiveCount;

    /// <summary>The ids of all partitions that have files, in order; those whose files are missing, too.</summary>
    /// <returns>The ids.</returns>
    public LogResult<IReadOnlyList<IncarnationId>> List() => Guarded<IReadOnlyList<IncarnationId>>(() => [.. _files.Present]);

    /// <summary>Makes a partition.</summary>
    /// <param name="id">An id that was never used.</param>
    /// <param name="framing">How its messages become bytes.</param>
    /// <param name="shardEpoch">The epoch under which the caller owns it.</param>
    /// <returns>Null, or why not.</returns>
    public LogFault? Create(IncarnationId id, Framing framing, long shardEpoch = 0) => Changing(() =>
    {
        if (_table.Exists(id))
            throw new LogIOException(LogError.Exists, $"partition {id} is there already");
        var log = PartitionLog.WithoutFiles(
            new PartitionState(id, framing, Milliseconds(), _options.MaxWriters) { ShardEpoch = _files.Epochs?.Own ?? shardEpoch });
        MakeFiles(log);
        _table.Add(log);
    });

    /// <summary>Changes a partition's framing while it never had a message.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="framing">The new framing.</param>
    /// <returns>Null, or why not: <see cref="LogError.NotEmpty"/>.</returns>
    public LogFault? SetFraming(IncarnationId id, Framing framing) => Changing(() =>
    {
        var log = _table.Activate(id);
        if (log.State.End.Ordinal > 0)
            throw new LogIOException(LogError.NotEmpty, $"partition {id} has messages");
        if (log.HasFiles)
            Commit(ControlRecord.Framing(id, framing), RecordKind.Framing);
        log.State.Framing = framing;
        log.Publish();
        log.Dirty |= log.HasFiles;
    });

    /// <summary>Deletes a partition; open readers read on to its committed end.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Null, or why not. When it returns, this survives power loss.</returns>
    public LogFault? Delete(IncarnationId id) => Changing(() =>
    {
        if (!_table.Exists(id))
            throw new LogIOException(LogError.NotFound, $"there is no partition {id}");
        DeleteOrThrow([id]);
    });

    /// <summary>Deletes partitions, those of them that are there, with one sync for all.</summary>
    /// <param name="ids">The partitions.</param>
    /// <returns>Null, or why not all. When it returns, this survives power loss.</returns>
    public LogFault? DeleteAll(IEnumerable<IncarnationId> ids) => Changing(() => DeleteOrThrow([.. ids.Where(_table.Exists)]));

    /// <summary>Appends a batch: all of it or nothing. It is seen by readers, and survives the end of this process, when it returns.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="batch">The messages.</param>
    /// <returns>Where they are, or why they are not.</returns>
    public AppendResult Append(IncarnationId id, Batch batch)
    {
        var result = default(AppendResult);
        var fault = Changing(() => result = AppendOrThrow(id, batch));
        return fault is null ? result : AppendResult.Failed(fault);
    }

    /// <summary>Opens a reader.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="use">What is done with its data file itself.</param>
    /// <returns>The reader, which the caller disposes.</returns>
    public LogResult<PartitionReader> OpenReader(IncarnationId id, DataFileUse use = DataFileUse.None) => Guarded(() =>
    {
        var log = use != DataFileUse.None && _poison is null ? ActivateWithFiles(id) : _table.Activate(id);
        if (use != DataFileUse.None && _poison is { } poison && log.HasFiles && log.Tail.HoldsBytes && log.Tail.CreatedLsn > _journal.Synced)
        {
            // What it holds can't go to its files any more, and is read through the log; who was given the file would miss it.
            use = use == DataFileUse.Reads && log.Feed.IsGiven ? throw poison.ToException() : DataFileUse.None;
        }
        if (use == DataFileUse.Reads)
            log.Flush();
        return new PartitionReader(log.Feed, use);
    });

    /// <summary>Makes everything that was appended survive power loss.</summary>
    /// <returns>Null, or why not; after a failed sync nothing is ever said to be safe again until the directory is opened anew.</returns>
    public LogFault? Sync() => Changing(SyncJournal) ?? Confirm();

    /// <summary>Closes a partition's files, where nothing uses them and a checkpoint has covered it.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Whether it is passive now.</returns>
    public bool Passivate(IncarnationId id) => Guarded(() => _table.Passivate(id)) is { Succeeded: true, Value: true };

    /// <summary>Syncs the files of every partition that changed, and drops what the journal then no longer needs.</summary>
    /// <returns>Null, or why not.</returns>
    public LogFault? RunCheckpoint()
    {
        var checkpoint = BeginCheckpoint();
        if (!checkpoint.Succeeded)
            return checkpoint.Fault;
        return CompleteCheckpoint(checkpoint.Value, checkpoint.Value.Run());
    }

    /// <summary>Closes the directory, with a checkpoint so that the next start has nothing to recover.</summary>
    /// <returns>Null, or why there is no checkpoint; it is closed all the same.</returns>
    public LogFault? Close()
    {
        if (_closed)
            return null;
        var fault = JournalBytes > 0 || _table.Active.Any(log => log.Dirty) ? RunCheckpoint() : _poison;
        fault ??= Guarded(() =>
        {
            _table.Trim();
            _journal.FreeSpares();
            return true;
        }).Fault;
        Dispose();
        return fault;
    }

    /// <summary>Lets go of the directory as the end of the process would: without a checkpoint.</summary>
    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        _table.Close();
        _journal.Dispose();
        _names?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>Told of each partition that becomes active.</summary>
    internal Action<IncarnationId>? Activated
    {
        set => _table.Activated = value;
    }

    /// <summary>Makes and writes the index of large batches beside the thread that appends; null, as at first, for that thread itself.</summary>
    internal IndexBeside? IndexBeside
    {
        set => _appender.Beside = value;
    }

    internal bool IsActive(IncarnationId id) => _table.Find(id) is not null;

    /// <summary>
    /// The LSN that has to be synced before a batch can be written to a partition, whose files are made where it has none yet;
    /// null where that is so, or the batch is held, or the append itself will say what is wrong.
    /// </summary>
    internal long? UnsyncedCreation(IncarnationId id, Batch batch) => _poison is not null ? null : Guarded<long?>(() =>
    {
        var log = ActivateWithFiles(id);
        if (log.Tail.CreatedLsn <= _journal.Synced)
            return null;
        log.Reserve(batch);
        return log.HoldsAll(batch) ? null : log.Tail.CreatedLsn;
    }) is { Succeeded: true, Value: { } created } ? created : null;

    internal long GenerationChanges => _table.GenerationChanges;

    internal int? KnownGeneration(IncarnationId id) => _table.KnownGeneration(id);

    internal int ReadGeneration(IncarnationId id) => _table.ReadGeneration(id);

    /// <summary>Whether a partition can become active, or is; false where a checkpoint has to come first.</summary>
    internal bool TryMakeRoom(IncarnationId id) => _poison is not null ||
        Guarded(() => _table.TryMakeRoom(id, _checkpoint is not null)) is not { Succeeded: true, Value: false };

    /// <summary>Closes a partition's files as soon as nothing uses them and a checkpoint has covered it, unless it is asked for before.</summary>
    internal LogFault? PassivateWhenClean(IncarnationId id) => Guarded(() =>
    {
        _table.PassivateWhenClean(id);
        return true;
    }).Fault;

    internal void NoteUnknown(IncarnationId id) => _findings.Note(
        FindingKind.Corrupt, _files.Partitions.PathOf(id), "it has messages, and the table of names has never heard of it");

    private void DeleteOrThrow(IReadOnlyList<IncarnationId> ids)
    {
        var committed = 0;
        try
        {
            for (; committed < ids.Count; committed++)
                Commit(ControlRecord.Delete(ids[committed]), RecordKind.Delete);
        }
        catch (LogIOException) when (committed > 0)
        {
            // What the journal says is deleted has to be, whatever became of the rest.
            Forget(ids.Take(committed));
            throw;
        }
        Forget(ids);
    }

    private void Forget(IEnumerable<IncarnationId> deleted)
    {
        SyncJournal();
        foreach (var id in deleted)
            _table.Delete(id);
        ConfirmAll();
        if (_checkpoint is null)
            _table.RemoveFolders();
    }

    /// <summary>Where several hosts share the directory: goes on only where everything that was written is sure.</summary>
    private void ConfirmAll()
    {
        if (_unconfirmed is null)
            return;
        if (_journal.Synced < _journal.End)
            SyncJournal();
        if (Confirm() is { } unsure)
            throw unsure.ToException();
    }

    private AppendResult AppendOrThrow(IncarnationId id, Batch batch)
    {
        if (batch.Count == 0)
            throw new LogIOException(LogError.Invalid, "a batch has no message");
        if (JournalBytes + batch.Length > _options.JournalMaxBytes && JournalBytes > 0)
            throw new LogIOException(LogError.Busy, "the journal is full until a checkpoint is done");
        var log = ActivateWithFiles(id);
        if (_files.Epochs is { } epochs)
            batch.ShardEpoch = epochs.Own;
        return _appender.Append(log, batch);
    }

    /// <summary>A partition with its files, which are made the first time that they are wanted.</summary>
    private PartitionLog ActivateWithFiles(IncarnationId id)
    {
        var log = _table.Activate(id);
        if (log.HasFiles)
            return log;
        MakeFiles(log);
        Catalog.HasFiles(id);
        return log;
    }

    private void MakeFiles(PartitionLog log)
    {
        var state = log.State;
        log.MakeFiles(_disk, _files.Partitions);
        try
        {
            Commit(ControlRecord.Create(state.Id, state.Framing, state.ShardEpoch, state.Created), RecordKind.Create);
        }
        catch
        {
            log.DropFiles(_files);
            throw;
        }
        _files.Present.Add(state.Id);
        log.Tail.CreatedLsn = _journal.End;
        log.Changed();
    }

    private void Commit(ByteBuffer record, RecordKind kind) => _journal.Append(record.Written, kind);

    private void SyncUpTo(long lsn)
    {
        if (lsn <= _journal.Synced)
            return;
        if (_poison is not null)
            throw _poison.ToException();
        SyncJournal();
    }

    private void SyncJournal()
    {
        var sync = _journal.BeginSync();
        try
        {
            sync.Run();
        }
        catch (LogIOException e) when (e.Error != LogError.OutOfDescriptors)
        {
            throw Poisoned(LogFault.Of(e));
        }
        _journal.CompleteSync(sync);
    }

    /// <summary>After a failed sync the kernel may have dropped what it could not write, and a later sync would not tell.</summary>
    private LogIOException Poisoned(LogFault fault)
    {
        if (_poison is null)
        {
            _poison = new LogFault(LogError.Io, $"a sync failed, so nothing is safe until the log is opened anew: {fault.Detail}", fault.Cause);
            _options.Shared?.Failed?.Invoke();
        }
        return _poison.ToException();
    }

    private long Milliseconds() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private LogFault? Changing(Action change) => Guarded(() =>
    {
        if (_poison is not null)
            throw _poison.ToException();
        change();
        return true;
    }).Fault;

    internal LogResult<T> Guarded<T>(Func<T> operation)
    {
        if (_closed)
            return new LogFault(LogError.Closed, "the log is closed");
        try
        {
            return operation();
        }
        catch (LogIOException e)
        {
            var fault = LogFault.Of(e);
            if (fault.Error == LogError.Corrupt)
                _findings.Note(FindingKind.Corrupt, _files.Root, fault.Detail);
            if (fault.Error is LogError.NoSpace or LogError.Quota)
                _journal.FreeSpares();
            return fault;
        }
    }
}
