using Microsoft.Extensions.Logging;

namespace StreamActors.Logs;

/// <summary>
/// A log directory for many callers: a bounded queue, one thread that commits, and one each beside it for syncs,
/// checkpoints and the index of large batches. While the first is idle, a caller's thread may commit in its place. Every
/// operation ends, with a result or a fault; completions never run inside a commit.
/// </summary>
public sealed partial class LogStore : IAsyncDisposable
{
    /// <summary>A batch of more bytes takes longer to commit than to hand to the committing thread.</summary>
    private const int MaxInPlaceBytes = 64 << 10;

    private readonly LogDirectory _log;
    private readonly LogOptions _options;
    private readonly ILogger _logger;
    private readonly ILogWorker _committer;
    private readonly ILogWorker _syncer;
    private readonly ILogWorker _checkpointer;
    private readonly IndexBeside? _beside;
    private readonly SyncQueue _syncs;
    private readonly CheckpointRunner _checkpoints;
    private readonly RetentionRunner _retention;
    private readonly RemovalRunner _removals;
    private readonly Queue<(IncarnationId Id, long Bytes, Action<LogFault?> Run)> _parked = new();
    private readonly List<ITimer> _timers = [];
    private int _reported;
    private int _queued;
    private long _queuedBytes;
    private int _closing;

    private LogStore(LogDirectory log, LogOptions options, TimeProvider clock, ILogger logger, Func<string, ILogWorker>? workers)
    {
        _log = log;
        _options = options;
        _logger = logger;
        // A simulation has one thread, which can't wait for what it is to do itself.
        _log.IndexBeside = _beside = workers is null ? new IndexBeside(new ThreadWorker("log-index")) : null;
        workers ??= name => new ThreadWorker(name);
        _committer = workers("log-commit");
        _syncer = workers("log-sync");
        _checkpointer = workers("log-checkpoint");
        _syncs = new SyncQueue(log, _syncer, _committer, clock, () => Volatile.Read(ref _queued) <= 1);
        _checkpoints = new CheckpointRunner(log, _syncs, _checkpointer, _committer);
        _retention = new RetentionRunner(log, options.Retention, _committer, _checkpointer, clock, LogIfFailed);
        _removals = new RemovalRunner(log, _committer, LogIfFailed);
        Report();
        Every(clock, options.CheckpointInterval, () =>
        {
            CheckpointFrom(1);
            _removals.TryAgain();
        });
        Every(clock, options.Retention.Interval, _retention.Tick);
        if (options.Durability == Durability.Interval)
            Every(clock, options.SyncInterval, () => _syncs.Wait(_log.CommittedLsn, LogIfFailed));
    }

    /// <summary>Opens a log directory, makes it where it is not there, and recovers it where its last owner died.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="root">The directory's absolute path; its parent must be there.</param>
    /// <param name="options">The settings.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="logger">Told of what is found on the disk, and of what fails in the background.</param>
    /// <param name="workers">Makes the three workers, by name; null for threads.</param>
    /// <returns>The log, or why it can't be had.</returns>
    public static LogResult<LogStore> Open(
        ILogFileSystem disk, string root, LogOptions options, TimeProvider clock, ILogger logger,
        Func<string, ILogWorker>? workers = null)
    {
        var log = LogDirectory.Open(disk, root, options, clock);
        if (!log.Succeeded)
            return log.Fault;
        if (options.OwnsNames && log.Value.Catalog.Sweep() is { } fault)
        {
            log.Value.Dispose();
            return fault;
        }
        log.Value.DropFormer();
        return new LogStore(log.Value, options, clock, logger, workers);
    }

    /// <summary>The names as they are now; any thread may look.</summary>
    public NamesSnapshot Names => _log.Catalog.Now;

    /// <summary>An id that no other directory has.</summary>
    public Guid DirectoryId => _log.Id;

    /// <summary>How many partitions are active: each has three files open.</summary>
    public int ActiveCount => _log.ActiveCount;

    /// <summary>How often a generation has changed, or became known.</summary>
    public long GenerationChanges => _log.GenerationChanges;

    /// <summary>A partition's generation, as far as it is known without a look at the disk; any thread may ask.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Null where it is not known.</returns>
    public int? KnownGeneration(IncarnationId id) => _log.KnownGeneration(id);

    /// <summary>A partition's generation; any thread may ask, and waits for the disk.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>The generation; 0 of one that can't be read.</returns>
    public int ReadGeneration(IncarnationId id) => _log.ReadGeneration(id);

    /// <summary>Changes names, or asks for ids: any operation of the catalog, run on the committing thread.</summary>
    /// <typeparam name="T">What the operation gives.</typeparam>
    /// <param name="change">The operation.</param>
    /// <returns>Its result.</returns>
    public ValueTask<LogResult<T>> ChangeNamesAsync<T>(Func<LogCatalog, LogResult<T>> change) => Ask(log => change(log.Catalog));

    /// <summary>Changes names, as <see cref="ChangeNamesAsync{T}"/>, where the operation gives nothing.</summary>
    /// <param name="change">The operation.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> ChangeNamesAsync(Func<LogCatalog, LogFault?> change) => Ask(answer => answer(change(_log.Catalog)));

    /// <summary>Appends a batch. It is answered when it is as safe as <see cref="LogOptions.Durability"/> says.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="batch">The messages; the batch belongs to the log until this completes.</param>
    /// <returns>Where they are, or why they are not.</returns>
    public ValueTask<AppendResult> AppendAsync(IncarnationId id, Batch batch)
    {
        var bytes = batch.Length;
        return Ask<AppendResult>(
            bytes, AppendResult.Failed, answer => Append(id, batch, answer), inPlace: bytes <= MaxInPlaceBytes && !_options.SyncsAlways);
    }

    /// <summary>Makes everything whose append was answered before survive power loss.</summary>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> SyncAsync() =>
        Ask<LogFault?>(0, fault => fault, answer => _syncs.Wait(_log.CommittedLsn, answer), inPlace: true);

    /// <summary>Opens a reader.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="use">What is done with its data file itself.</param>
    /// <returns>The reader, which the caller disposes.</returns>
    public ValueTask<LogResult<PartitionReader>> OpenReaderAsync(IncarnationId id, DataFileUse use = DataFileUse.None) => Ask<LogResult<PartitionReader>>(
        0, fault => fault, answer => WhenActive(id, () => answer(_log.OpenReader(id, use))), inPlace: true);

    /// <summary>Makes a partition.</summary>
    /// <param name="id">An id that was never used.</param>
    /// <param name="framing">How its messages become bytes.</param>
    /// <param name="shardEpoch">The epoch under which the caller owns it.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> CreateAsync(IncarnationId id, Framing framing, long shardEpoch = 0) =>
        Ask(id, log => log.Create(id, framing, shardEpoch));

    /// <summary>Changes a partition's framing while it never had a message.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="framing">The new framing.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> SetFramingAsync(IncarnationId id, Framing framing) =>
        Ask(id, log => log.SetFraming(id, framing));

    /// <summary>Deletes a partition; open readers read on to its committed end.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> DeleteAsync(IncarnationId id) => Ask(answer => answer(_log.Delete(id)));

    /// <summary>
    /// Removes partitions that have lost their names, in the background: a few at a time, so that others' requests come between.
    /// What the end of the process cuts short, the next start does.
    /// </summary>
    /// <param name="nameless">The partitions.</param>
    /// <param name="removed">Told of each that is gone, on the committing thread.</param>
    public void RemoveLater(IReadOnlyList<IncarnationId> nameless, Action<IncarnationId> removed) =>
        _committer.Post(() => _removals.Add(nameless, removed));

    /// <summary>Removes the oldest messages, and begins a new generation.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="ordinal">The first message to keep.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> RemoveBeforeAsync(IncarnationId id, long ordinal) => Ask(id, log => log.RemoveBefore(id, ordinal));

    /// <summary>Gives the bytes of messages back to the disk: see <see cref="LogDirectory.Evict"/>.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="from">The first message.</param>
    /// <param name="to">The one after the last.</param>
    /// <returns>How many bytes were given back.</returns>
    public ValueTask<LogResult<long>> EvictAsync(IncarnationId id, long from, long to) => Ask(id, log => log.Evict(id, from, to));

    /// <summary>Puts messages back in their places that were evicted: see <see cref="LogDirectory.Restore"/>.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="ordinal">The first message.</param>
    /// <param name="batch">The messages; the batch belongs to the log until this completes.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> RestoreAsync(IncarnationId id, long ordinal, Batch batch) =>
        Ask<LogFault?>(batch.Length, fault => fault, answer => WhenActive(id, () => answer(_log.Restore(id, ordinal, batch))));

    /// <summary>Applies a retention policy.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="policy">What to keep.</param>
    /// <returns>How many messages were removed.</returns>
    public ValueTask<LogResult<long>> RetainAsync(IncarnationId id, RetentionPolicy policy) => Ask(id, log => log.Retain(id, policy));

    /// <summary>Gives a partition a retention policy of its own, until this store is closed.</summary>
    /// <param name="id">The partition, which is there.</param>
    /// <param name="policy">What it keeps; null for what <see cref="LogOptions.Retention"/> says.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> SetRetentionAsync(IncarnationId id, RetentionPolicy? policy) => Ask(answer =>
    {
        _retention.SetPolicy(id, policy);
        answer(null);
    });

    /// <summary>Sets or forgets a named cursor.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="name">The cursor's name.</param>
    /// <param name="offset">The next offset that it has not acknowledged, or null to forget it.</param>
    /// <returns>Null, or why not. A sync makes it survive power loss.</returns>
    public ValueTask<LogFault?> SetCursorAsync(IncarnationId id, string name, long? offset) =>
        Ask(id, log => log.SetCursor(id, name, offset));

    /// <summary>Makes a named cursor, at the oldest message.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="name">The cursor's name.</param>
    /// <returns>Null, or why not: <see cref="LogError.Exists"/>. A sync makes it survive power loss.</returns>
    public ValueTask<LogFault?> CreateCursorAsync(IncarnationId id, string name) => Ask(id, log => log.CreateCursor(id, name));

    /// <summary>Where a named cursor of several partitions is in one of them.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="home">The partition that says whether there is such a cursor; null where the caller knows that there is.</param>
    /// <param name="name">The cursor's name.</param>
    /// <returns>The next offset that it has not acknowledged, at first the oldest message's; null where there is no such cursor.</returns>
    public ValueTask<LogResult<long?>> FindCursorAsync(IncarnationId id, IncarnationId? home, string name) =>
        AskSure(id, log => log.FindCursor(id, home, name));

    /// <summary>The named cursors of a partition.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Names and offsets, in the order of the names.</returns>
    public ValueTask<LogResult<IReadOnlyList<KeyValuePair<string, long>>>> CursorsAsync(IncarnationId id) => AskSure(id, log => log.Cursors(id));

    /// <summary>Keeps a few bytes with a partition, for its owner.</summary>
    /// <param name="id">The partition.</param>
    /// <param name="name">The property's name.</param>
    /// <param name="value">The bytes; none forgets it.</param>
    /// <returns>Null, or why not. A sync makes it survive power loss.</returns>
    public ValueTask<LogFault?> SetPropertyAsync(IncarnationId id, string name, ReadOnlyMemory<byte> value) =>
        Ask(id, log => log.SetProperty(id, name, value));

    /// <summary>What <see cref="SetPropertyAsync"/> keeps with a partition.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Names and values, in the order of the names.</returns>
    public ValueTask<LogResult<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>> PropertiesAsync(IncarnationId id) =>
        AskSure(id, log => log.Properties(id));

    /// <summary>The ids of all partitions that are on the disk, in order.</summary>
    /// <returns>The ids.</returns>
    public ValueTask<LogResult<IReadOnlyList<IncarnationId>>> ListAsync() => Ask(log => log.List());

    /// <summary>What was found on the disk that should not be there, up to now.</summary>
    /// <returns>The findings.</returns>
    public ValueTask<LogResult<IReadOnlyList<LogFinding>>> FindingsAsync() =>
        Ask(log => new LogResult<IReadOnlyList<LogFinding>>([.. log.Findings]));

    /// <summary>Closes a partition's files as soon as nothing uses them and a checkpoint has covered it, unless it is used again before.</summary>
    /// <param name="id">The partition.</param>
    /// <returns>Null, or why not.</returns>
    public ValueTask<LogFault?> PassivateAsync(IncarnationId id) => Ask(answer => answer(_log.PassivateWhenClean(id)));

    /// <summary>Runs a checkpoint now.</summary>
    /// <returns>Null, or why it failed.</returns>
    public ValueTask<LogFault?> CheckpointAsync() => Ask(_checkpoints.Wait);

    /// <summary>Ends what was asked before, checkpoints, and gives the directory back.</summary>
    /// <returns>Completes when the directory is closed.</returns>
    public async ValueTask DisposeAsync() => await EndAsync(checkpoint: true).ConfigureAwait(false);

    /// <summary>Gives a directory that several hosts share to the next one.</summary>
    /// <returns>The LSN at which the journal of this epoch is to be sealed; 0 where the epoch has left nothing.</returns>
    public async ValueTask<long> HandOverAsync()
    {
        await EndAsync(checkpoint: true).ConfigureAwait(false);
        return _log.SealedEnd;
    }

    /// <summary>Lets go of a directory that another host may have by now: what is under way ends, and nothing more is written.</summary>
    /// <returns>Completes when all files are closed.</returns>
    public async ValueTask AbandonAsync() => await EndAsync(checkpoint: false).ConfigureAwait(false);

    private async Task EndAsync(bool checkpoint)
    {
        if (Interlocked.Exchange(ref _closing, 1) == 1)
            return;
        foreach (var timer in _timers)
            await timer.DisposeAsync().ConfigureAwait(false);
        // Threads of its own are about to end; workers that were given to it have others.
        var closed = new TaskCompletionSource(_beside is null ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        _committer.Post(() => AfterCheckpoint(checkpoint && (_options.Shared is null || _log.JournalBytes > 0), () => _syncs.Wait(_log.CommittedLsn, _ => _syncs.WhenIdle(() =>
        {
            if (checkpoint)
                LogIfFailed(_log.Close());
            else
                _log.Dispose();
            Unpark(new LogFault(LogError.Closed, "the log is closed"));
            closed.SetResult();
        }))));
        await closed.Task.ConfigureAwait(false);
        _syncer.Dispose();
        _checkpointer.Dispose();
        _committer.Dispose();
        _beside?.Dispose();
    }

    /// <summary>Goes on after a checkpoint that is begun here, or only after one that runs.</summary>
    private void AfterCheckpoint(bool begin, Action then)
    {
        if (begin || _checkpoints.Running)
            _checkpoints.Wait(_ => then());
        else
            then();
    }

    private ValueTask<LogFault?> Ask(Action<Action<LogFault?>> run) => Ask<LogFault?>(0, fault => fault, run);

    private ValueTask<LogResult<T>> Ask<T>(Func<LogDirectory, LogResult<T>> run) =>
        Ask<LogResult<T>>(0, fault => fault, answer => answer(run(_log)));

    /// <summary>Asks something that makes a partition active.</summary>
    private ValueTask<LogFault?> Ask(IncarnationId id, Func<LogDirectory, LogFault?> run) =>
        Ask<LogFault?>(0, fault => fault, answer => WhenActive(id, () => WhenSure(run(_log), answer)));

    private ValueTask<LogResult<T>> Ask<T>(IncarnationId id, Func<LogDirectory, LogResult<T>> run) =>
        Ask<LogResult<T>>(0, fault => fault, answer => WhenActive(id, () => answer(run(_log))));

    /// <summary>Asks something that changes may lie behind which are not sure yet, where several hosts share the directory.</summary>
    private ValueTask<LogResult<T>> AskSure<T>(IncarnationId id, Func<LogDirectory, LogResult<T>> run) => Ask<LogResult<T>>(
        0, fault => fault,
        answer => WhenActive(id, () =>
        {
            var result = run(_log);
            WhenSure(result.Fault, fault => answer(fault is null ? result : fault));
        }));

    /// <summary>Answers at once, or, where several hosts share the directory, when it is sure that later owners know, too.</summary>
    private void WhenSure(LogFault? fault, Action<LogFault?> answer)
    {
        if (fault is null && _options.Shared is not null)
            _syncs.Wait(_log.CommittedLsn, answer);
        else
            answer(fault);
    }

    /// <summary>
    /// Hands a request to the committing thread, where the queue has room for it. A short one is done in place where that
    /// thread has nothing to do.
    /// </summary>
    private ValueTask<T> Ask<T>(long bytes, Func<LogFault, T> failed, Action<Action<T>> run, bool inPlace = false)
    {
        if (Volatile.Read(ref _closing) != 0)
            return new ValueTask<T>(failed(new LogFault(LogError.Closed, "the log is closed")));
        var requests = Interlocked.Increment(ref _queued);
        var queuedBytes = Interlocked.Add(ref _queuedBytes, bytes);
        // A single batch that is larger than the whole bound gets through when it is alone.
        if (requests > _options.QueueLimit || (queuedBytes > _options.QueueMaxBytes && queuedBytes > bytes))
        {
            Left(bytes);
            return new ValueTask<T>(failed(new LogFault(LogError.Busy, "too many requests wait for the log")));
        }
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!inPlace || !_committer.TryRun(Run))
            _committer.Post(Run);
        return new ValueTask<T>(source.Task);

        void Run()
        {
            run(result =>
            {
                Left(bytes);
                source.SetResult(result);
            });
            Report();
        }
    }

    private void Append(IncarnationId id, Batch batch, Action<AppendResult> answer) => WithRoom(id, batch.Length, full =>
    {
        // Many partitions that get their first message share the sync that has to come before it.
        if (full is null && _log.UnsyncedCreation(id, batch) is { } created)
        {
            _syncs.Wait(created, fault =>
            {
                if (fault is null)
                    Append(id, batch, answer);
                else
                    answer(AppendResult.Failed(fault));
            });
            return;
        }
        var result = full is null ? _log.Append(id, batch) : AppendResult.Failed(full);
        if (result.Fault is not null || !_options.SyncsAlways)
            answer(result);
        else
            _syncs.Wait(result.Lsn, fault => answer(fault is null ? result : AppendResult.Failed(fault)));
        CheckpointFrom(_options.CheckpointBytes);
    });

    private void Left(long bytes)
    {
        Interlocked.Decrement(ref _queued);
        Interlocked.Add(ref _queuedBytes, -bytes);
    }

    /// <summary>Runs an append now, or after the checkpoint that makes room for it; in their order.</summary>
    private void WithRoom(IncarnationId id, long bytes, Action<LogFault?> append)
    {
        if (_parked.Count == 0 && HasRoom(bytes) && _log.TryMakeRoom(id))
            append(null);
        else
            Park(id, bytes, append);
    }

    /// <summary>Runs something now, or after the checkpoint that lets another partition's files be closed, or that failed.</summary>
    private void WhenActive(IncarnationId id, Action run)
    {
        if (_log.TryMakeRoom(id))
            run();
        else
            Park(id, 0, _ => run());
    }

    private bool HasRoom(long bytes) =>
        _log.JournalBytes == 0 || _log.JournalBytes + bytes <= _options.JournalMaxBytes || _log.Poison is not null;

    private void Park(IncarnationId id, long bytes, Action<LogFault?> run)
    {
        _parked.Enqueue((id, bytes, run));
        if (_parked.Count == 1)
            _checkpoints.Wait(Unpark);
    }

    private void Unpark(LogFault? fault)
    {
        var parked = _parked.ToArray();
        _parked.Clear();
        foreach (var (id, bytes, run) in parked)
            if (fault is null)
                WithRoom(id, bytes, run);
            else
                run(fault);
    }

    private void CheckpointFrom(long journalBytes)
    {
        if (_log.JournalBytes >= journalBytes && !_checkpoints.Running && _log.Poison is null)
            _checkpoints.Wait(LogIfFailed);
    }

    private void Every(TimeProvider clock, TimeSpan period, Action action) =>
        _timers.Add(clock.CreateTimer(_ => _committer.Post(() =>
        {
            if (Volatile.Read(ref _closing) == 0)
                action();
        }), null, period, period));

    private void Report()
    {
        for (; _reported < _log.Findings.Count; _reported++)
            LogFound(_logger, _log.Findings[_reported].Kind, _log.Findings[_reported].Path, _log.Findings[_reported].Detail);
    }

    private void LogIfFailed(LogFault? fault)
    {
        // That another host may have the log is no failure of it: whoever takes the right away tells why.
        if (fault is { Error: not LogError.Unconfirmed })
            LogFailed(_logger, fault.Error, fault.Detail);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} {Path}: {Detail}")]
    private static partial void LogFound(ILogger logger, FindingKind kind, string path, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "the log's background work failed, {Error}: {Detail}")]
    private static partial void LogFailed(ILogger logger, LogError error, string detail);
}
