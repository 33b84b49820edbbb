using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// Keeps a partition's log in step with the cluster while somebody reads it: one fetch for all readers. What is in the
/// log from an earlier run is served only after its last message was found to be the cluster's. Safe for several threads.
/// </summary>
internal sealed class PartitionMirror : IFetchSink, IRefillOwner
{
    /// <summary>So often an end is doubted that comes before the last checkpoint.</summary>
    private const int MaxDoubts = 3;

    /// <summary>So often damage of a log is mended; a disk that damages more is broken.</summary>
    private const int MaxRepairs = 1000;

    /// <summary>Who has not read for so long where the log was lost waits for what is to come, or looks at the size.</summary>
    private static readonly TimeSpan s_decideAfter = TimeSpan.FromSeconds(1);

    /// <summary>How often it is looked at whether what was to prove a log is fetched at all.</summary>
    private static readonly TimeSpan s_proveEvery = TimeSpan.FromSeconds(1);

    private readonly KafkaClient _client;
    private readonly MirrorStore _store;
    private readonly MirrorOptions _options;
    private readonly TimeProvider _clock;
    private readonly MirrorStart _start;
    private readonly MirrorRefill _refill;
    private readonly MirrorFetch _fetch;
    private readonly MirrorGeneration _generation;
    private readonly MessageBatcher _batcher;
    private readonly MirrorChecks _checks;
    private readonly ILogWorker _worker;
    private readonly TopicIdentity _identity;
    private readonly int _partition;
    private readonly Lock _gate = new();

    // One that opens at a time, so that many readers ask the cluster once each, and none while it begins anew.
    private readonly Lock _opening = new();

    // While another log takes the place of this one there is none to be opened.
    private readonly Lock _replacing = new();
    private readonly string _name;
    private MirrorLog? _log;
    private MirrorProof _proof = new(null);
    private Failure? _failure;
    private long _first;
    private long _next;
    private long _high = -1;
    private Watermarks? _marks;
    private long _progressAt;
    private long _aheadBytes;
    private int _holders;
    private bool _isPlaced;

    // The cache has lost the log: it begins anew at the checkpoint before what is read first.
    private bool _isUndecided;
    private bool _isDeciding;
    private bool _isRecalled;
    private (CachedLog, long)? _repairing;
    private int _repairs;
    private int _doubts;
    private long _doubtedAt = -1;
    private bool _hasGrown;
    private bool _isLost;
    private bool _hasMessages;

    /// <summary>Makes the mirror; it asks nobody yet.</summary>
    /// <param name="context">What all mirrors have in common.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="start">An offset to begin at in a log of its own; null for the log that begins where the options say.</param>
    public PartitionMirror(MirrorContext context, TopicIdentity topic, int partition, long? start = null)
    {
        (_client, _store, _options, _clock, _batcher) = (context.Client, context.Store, context.Options, context.Clock, context.Batcher);
        (_identity, _partition) = (topic, partition);
        _name = MirrorNames.NameOf(topic.Name, partition, start);
        _start = new MirrorStart(_client, _clock, topic.Name, partition, start is { } offset ? new StartPlace.Offset(offset) : _options.Start);
        _generation = new MirrorGeneration(start is null ? context.Generations : null, topic, partition);
        _checks = new MirrorChecks(start is null && context.Generations is not null ? context.Checkpoints : null, topic.Name, partition, _clock);
        _worker = context.Worker;
        _refill = new MirrorRefill(context, this, topic, partition);
        _fetch = new MirrorFetch(BeginFetch, this);
    }

    /// <summary>Told after everything that changes what the other properties say, from whatever thread.</summary>
    public event Action? Changed;

    /// <summary>The log that has the messages; null before anyone has read.</summary>
    public IncarnationId? Log
    {
        get
        {
            lock (_gate)
                return _log?.Id;
        }
    }

    /// <summary>
    /// Rises each time that another log takes the place of one that was read; the old one's readers have reached their end. Where
    /// nobody has read here yet, it is what other hosts have told.
    /// </summary>
    public int Generation
    {
        get
        {
            lock (_gate)
                return _log?.Generation ?? _generation.Known;
        }
    }

    /// <summary>What is counted of the log; null before anyone has read.</summary>
    public CachedLog? Cached
    {
        get
        {
            lock (_gate)
                return _log?.Cached;
        }
    }

    /// <summary>The log and where in its generation it begins, of one moment.</summary>
    public (CachedLog? Cached, MirrorCheckpoint Base) Shown
    {
        get
        {
            lock (_gate)
                return (_log?.Cached, _log?.Base ?? default);
        }
    }

    /// <summary>
    /// Up to where the log is known to be what it was before the cache lost it, and how far that went; null where all of that is there
    /// again.
    /// </summary>
    public (MirrorCheckpoint Verified, MirrorCheckpoint Recorded)? Pending => _checks.Pending;

    /// <summary>How far the partition went before the cache lost it, while that is not there again; else the beginning.</summary>
    public MirrorCheckpoint Recorded => _checks.Recorded;

    /// <summary>The offset at which the generation begins, as far as that is known.</summary>
    public long First
    {
        get
        {
            lock (_gate)
                return _log?.Agreed?.First ?? (_isPlaced ? _first : _next);
        }
    }

    /// <summary>The offset that the next message of the log gets at least; the log has everything before it from its beginning on.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
                return _next;
        }
    }

    /// <summary>Whether the log has every message from an offset on, up to where it has come, and has come that far.</summary>
    public bool Covers(long offset)
    {
        lock (_gate)
            return _isPlaced && !_isLost && !_checks.IsPending && _first <= offset && offset <= _next;
    }

    /// <summary>Whether the log begins at an offset, or will.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="oldest">The oldest message that the cluster keeps.</param>
    public bool BeginsAt(long offset, long oldest)
    {
        lock (_gate)
            // One that begins later has lost what is before, which can be had again.
            return _isPlaced && _log?.Base.Ordinal is null or 0 ? _first == offset : _isUndecided || _isPlaced
                ? _log?.Agreed?.First == offset : _start.IsOldest && offset == oldest;
    }

    /// <summary>Whether somebody reads.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_gate)
                return _holders > 0;
        }
    }

    /// <summary>Whether the log has everything that the cluster had when it was last asked, or has said since.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_gate)
                return _high >= 0 && _next >= _high && _proof.Last is null && !_isUndecided && !_checks.IsPending;
        }
    }

    /// <summary>Why the log does not get on, while it does not; null while it does.</summary>
    public Failure? Failure
    {
        get
        {
            lock (_gate)
                return _failure ?? _refill.Failure;
        }
    }

    /// <summary>Whether the cluster no longer has what the log has: the topic was made anew, or lost messages.</summary>
    public bool IsLost
    {
        get
        {
            lock (_gate)
                return _isLost || _identity.IsOver;
        }
    }

    /// <summary>
    /// Fetches from now on, until <see cref="Release"/>. May block: it asks the cluster how far the partition goes, so that
    /// a reader gets everything that was written before.
    /// </summary>
    /// <returns>Null, or why the partition can't be read; then it is not held.</returns>
    public Failure? Hold()
    {
        lock (_opening)
        {
            lock (_gate)
                (_holders, _aheadBytes) = (_holders + 1, 0);
            var failure = Load() ?? Confirm() ?? FindEnd() ?? Prove();
            if (failure is not null)
                Release();
            return failure;
        }
    }

    /// <summary>Opens the log where the cache has one; may block on the disk, but not for one who waits for the cluster.</summary>
    /// <returns>Null, or why it can't be had.</returns>
    public Failure? LoadCached()
    {
        if (!_opening.TryEnter())
            return null;
        try
        {
            if (_store.Has(_name))
                return Load();
            // How far it went is known, too, where the cache was lost.
            if (!_isRecalled && Log is null)
                _checks.LoadKnown(_generation.Known);
            _isRecalled = true;
            return null;
        }
        finally
        {
            _opening.Exit();
        }
    }

    /// <summary>Opens the log as it is now. May block on the disk.</summary>
    /// <returns>A reader, which the caller disposes of, and what it is of; <see cref="LogError.NotFound"/> before anyone has read.</returns>
    public LogResult<(PartitionReader Reader, MirrorLog Log)> Open()
    {
        lock (_replacing)
        {
            MirrorLog? log;
            lock (_gate)
                log = _log;
            if (log is null)
                return new LogFault(LogError.NotFound, $"nobody has read partition {_partition} of topic {_identity.Name}");
            var opened = _store.OpenReader(log.Id);
            return opened.Succeeded ? (opened.Value, log) : opened.Fault;
        }
    }

    /// <summary>Ends what <see cref="Hold"/> began; after the last one nothing is fetched.</summary>
    public void Release()
    {
        lock (_gate)
            if (--_holders > 0)
                return;
        Rest();
    }

    /// <summary>
    /// Fetches what somebody is likely to read soon, while nobody holds it; ends by itself at the partition's end, too. May
    /// block. Where it fails, whoever reads then is told.
    /// </summary>
    /// <param name="bytes">How much, in bytes of the log's journal.</param>
    public void FetchAhead(long bytes)
    {
        // Who is just opening it fetches all.
        if (!_opening.TryEnter())
            return;
        try
        {
            lock (_gate)
            {
                if (_holders > 0 || _isLost || _fetch.IsActive || (_high >= 0 && _next >= _high))
                    return;
                _aheadBytes = bytes;
            }
            if ((Load() ?? Confirm() ?? FindEnd()) is not null)
                StopFetch();
        }
        finally
        {
            _opening.Exit();
        }
    }

    /// <summary>Writes how far the log has come, outside of the cache, where it is worth it; may block.</summary>
    /// <param name="isLast">Whether this is the last time.</param>
    /// <returns>False where it can't be written.</returns>
    public bool Note(bool isLast)
    {
        var isHeld = IsHeld;
        if (Compare() && !isHeld && Log is { } log)
            _store.GiveBack(log);
        if (_checks.Save(isLast || !isHeld) is not { } failure)
            return true;
        _client.Report(_identity.Name, _partition, $"its checkpoints can't be written: {failure.Reason}");
        return false;
    }

    /// <summary>Wants what the cache has lost: a log begins where that is. Never blocks.</summary>
    /// <param name="kind">The view.</param>
    /// <param name="position">The byte of the view, in its generation.</param>
    public void Want(ViewKind kind, long position)
    {
        lock (_gate)
        {
            if (_isDeciding || !(_isUndecided || position < (_log?.Base.At(kind) ?? 0)))
                return;
            _isDeciding = true;
        }
        _worker.Post(() =>
        {
            Decide(kind, position);
            Changed?.Invoke();
        });
    }

    /// <summary>Has the log begin at the beginning of its generation, for those who need all of it; may block.</summary>
    /// <returns>Null, or why it can't.</returns>
    public Failure? BeginWhole()
    {
        lock (_opening)
            return _isUndecided || Shown.Base.Ordinal > 0 ? BeginAt(null) : null;
    }

    /// <summary>
    /// Goes on after a failure, and notices where nothing comes any more. Called about once a second; may block.
    /// </summary>
    public void Tend()
    {
        _refill.Tend(_options.Deadline);
        if (IsLeftUndecided)
            Want(ViewKind.Default, long.MaxValue);
        lock (_gate)
        {
            if (_isLost || _isUndecided || (_holders == 0 && _aheadBytes == 0))
                return;
            if (_fetch.IsActive)
            {
                if (_failure is not null || (_high >= 0 && _next >= _high) || _clock.GetElapsedTime(_progressAt) < _options.Deadline)
                    return;
                _failure = NothingCame();
            }
        }
        if (!IsHeld)
        {
            StopFetch();
            return;
        }
        if (Failure is not null)
            Changed?.Invoke();
        if (!_opening.TryEnter())
            return;
        try
        {
            if (FindEnd() is { } failure)
                Fail(failure);
        }
        finally
        {
            _opening.Exit();
        }
    }

    /// <inheritdoc/>
    public void Take(IReadOnlyList<FetchedMessage> messages)
    {
        if (!Check(messages[0]))
            return;
        var log = Cached!;
        if (_batcher.Add(messages, _next, long.MaxValue, (batch, next) => Append(log, batch, next)) is { } failure)
        {
            Fail(failure);
            return;
        }
        if (!IsWanted)
            Rest();
        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void ReachedEnd(long next)
    {
        // What the log ends with is gone from the cluster.
        lock (_gate)
            _proof.Succeed();
        // What was fetched again has to come to the last checkpoint first. An end that was left of an earlier fetch is none.
        if (_checks.IsPending && DoubtEnd())
            return;
        bool isHeld;
        lock (_gate)
        {
            isHeld = _holders > 0;
            _next = Math.Max(_next, next);
            _high = Math.Max(_high, next);
            Progress();
        }
        if (!isHeld)
            Rest();
        _fetch.ReachedEnd(next);
        Changed?.Invoke();
    }

    /// <summary>Fetches from where the log has come once more; where nothing comes even then, it is not what it was.</summary>
    /// <returns>False where the end is right.</returns>
    private bool DoubtEnd()
    {
        MirrorLog? log;
        lock (_gate)
        {
            log = _log;
            _doubts = _doubtedAt == _next ? _doubts + 1 : 1;
            _doubtedAt = _next;
        }
        Compare();
        if (!_checks.IsPending)
            return false;
        if (_doubts > MaxDoubts && _checks.ReachedEnd() is { } why)
        {
            Refute(why);
            return true;
        }
        _worker.Post(() =>
        {
            lock (_opening)
            {
                lock (_gate)
                    if (_log != log)
                        return;
                _fetch.Stop();
                if (FindEnd() is { } failure)
                    Fail(failure);
            }
        });
        return true;
    }

    /// <inheritdoc/>
    public void Failed(Failure failure)
    {
        StopFetch();
        if (IsLost)
        {
            lock (_gate)
                Lose();
            Changed?.Invoke();
            return;
        }
        // An offset that is gone says nothing yet: the next look finds whether retention or another incarnation took it.
        if (failure.Fault != Fault.Removed)
            Fail(failure);
    }

    /// <summary>Wants a message again that was evicted. Never blocks.</summary>
    /// <param name="log">The log.</param>
    /// <param name="ordinal">The message.</param>
    public void Want(CachedLog log, long ordinal)
    {
        if (Cached == log)
            _refill.Want(log, ordinal);
    }

    /// <summary>Has a message fetched again that is damaged; where nobody can tell which, all from the checkpoint before it. Never blocks.</summary>
    /// <param name="log">The log.</param>
    /// <param name="damaged">The message's ordinal, or why it can't be told.</param>
    /// <param name="fault">What is wrong.</param>
    /// <returns>Whether it is; false where that was done too often, as on a disk that is broken.</returns>
    public bool Repair(CachedLog log, LogResult<long> damaged, LogFault fault)
    {
        lock (_gate)
        {
            if (_repairing is { } under && under == (log, damaged.Succeeded ? damaged.Value : -1))
                return true;
            // Another log has taken its place meanwhile, and is read next.
            if (_log?.Cached != log)
                return true;
            if (_repairs == MaxRepairs)
                return false;
            _repairs++;
            _repairing = (log, damaged.Succeeded ? damaged.Value : -1);
        }
        _client.Report(_identity.Name, _partition, $"the cache is damaged, and it is fetched again: {fault.Detail}");
        _worker.Post(() =>
        {
            if (!damaged.Succeeded)
                FetchAnew();
            else
                _store.Budget.Drop(log, damaged.Value);
            lock (_gate)
                _repairing = null;
            Changed?.Invoke();
        });
        return true;
    }

    /// <summary>Takes note of a read.</summary>
    /// <param name="log">The log.</param>
    /// <param name="place">Where, position of the default view from the log's first byte ever; null where that is not known.</param>
    public void NoteRead(CachedLog log, long? place) => _store.Budget.NoteRead(log, place);

    /// <inheritdoc/>
    public void Refilled() => Changed?.Invoke();

    /// <inheritdoc/>
    /// <remarks>Retention took it: what is before the oldest message that the cluster keeps goes here, too.</remarks>
    public Failure? MissedOffset(long offset)
    {
        lock (_opening)
        {
            var next = Next;
            var found = _client.FindWatermarks(_identity.Name, _partition);
            if (found.Value is not { } marks)
                return found.Failure;
            if (IsUnknownTo(marks, next))
                return BeginAnew(marks);
            if (offset >= marks.Low)
                return null;
            var opened = _store.OpenReader(Log!.Value);
            if (!opened.Succeeded)
                return MirrorFaults.FailureOf(opened.Fault);
            using var reader = opened.Value;
            var keep = reader.FindOffset(marks.Low);
            if (!keep.Succeeded)
                return MirrorFaults.FailureOf(keep.Fault);
            if (_generation.IsKept)
                return RemoveHead(keep.Value, marks.Low);
            return _store.RemoveBefore(Log!.Value, keep.Value) is { } fault ? MirrorFaults.FailureOf(fault) : null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Compaction did it, or a topic that was made anew: the log's bytes can't be had again, so another begins.</remarks>
    public void FoundOthers(string why)
    {
        _client.Report(_identity.Name, _partition, $"what was read before can't be had again, so it begins anew: {why}");
        lock (_opening)
        {
            StopFetch();
            _generation.End();
            var failure = Renew(Generation + HeadsLost() + 1);
            lock (_gate)
                _failure = failure;
        }
        Changed?.Invoke();
    }

    /// <summary>Whether somebody reads, or not enough is fetched ahead.</summary>
    private bool IsWanted
    {
        get
        {
            lock (_gate)
                return _holders > 0 || _aheadBytes > 0;
        }
    }

    private bool IsLeftUndecided
    {
        get
        {
            lock (_gate)
                return _isUndecided && _holders > 0 && _clock.GetElapsedTime(_progressAt) >= s_decideAfter;
        }
    }

    /// <summary>Nobody reads any more, unless somebody has begun to just now.</summary>
    private void Rest()
    {
        lock (_gate)
            if (_holders == 0)
                _aheadBytes = 0;
        StopUnwanted();
        if (!IsHeld && Log is { } log)
            _store.GiveBack(log);
    }

    private void StopUnwanted() => _fetch.Stop(unless: () => IsWanted);

    private void StopFetch()
    {
        lock (_gate)
            _aheadBytes = 0;
        _fetch.Stop();
    }

    private Failure? Load()
    {
        lock (_gate)
        {
            if (_log is not null)
                return null;
        }
        var opened = _store.Open(_name);
        if (opened.Value is not { } log)
            return opened.Failure;
        if (_generation.IsKept)
        {
            if (_generation.Find(log.Agreed, out var newest) is { } unknown)
                return unknown;
            // Nor is a log used that no other host knows, from when this one was alone.
            if (newest != log.Agreed || (newest is null && log.Last is not null))
                opened = _store.Replace(_name, newest?.Number ?? 0, newest);
            if (opened.Value is not { } same)
                return opened.Failure;
            opened = Recall(same);
            if (opened.Value is not { } recalled)
                return opened.Failure;
            log = recalled;
        }
        lock (_gate)
        {
            Begin(log);
            _isUndecided = log.Last is null && _checks.IsPending;
        }
        Changed?.Invoke();
        return null;
    }

    /// <summary>Compares a log of an earlier run with its checkpoints.</summary>
    /// <returns>The log, or an empty one where it is not what was shown; or why it can't be had.</returns>
    private Result<MirrorLog> Recall(MirrorLog log)
    {
        if (log.Agreed is not { } agreed)
            return log;
        if (_checks.Load(agreed.Number) is { } unknown)
            return unknown;
        if (log.Last is null)
            return log;
        var opened = _store.OpenReader(log.Id);
        if (!opened.Succeeded)
            return MirrorFaults.FailureOf(opened.Fault);
        using (opened.Value)
            if (_checks.Matches(opened.Value, BeginOf(log)))
                return log;
        _client.Report(_identity.Name, _partition, "what the cache has of it is not what was read before, and is fetched anew");
        return _store.Replace(_name, agreed.Number, agreed);
    }

    private static MirrorCheckpoint BeginOf(MirrorLog log) => log.Base.Ordinal > 0 ? log.Base : new MirrorCheckpoint(0, log.First, 0, 0, 0);

    /// <summary>Goes on with the checkpoints to where the log has come.</summary>
    /// <returns>Whether there was something to do.</returns>
    private bool Compare()
    {
        MirrorLog? log;
        lock (_gate)
        {
            if (!_hasGrown)
                return false;
            (log, _hasGrown) = (_log, false);
        }
        if (log is null)
            return false;
        var opened = _store.OpenReader(log.Id);
        string? why = null;
        var isDone = false;
        LogFault? broken = null;
        if (opened.Succeeded)
            using (opened.Value)
            {
                do
                    (why, broken) = _checks.Advance(opened.Value, BeginOf(log), out isDone);
                while (why is null && !isDone && _checks.IsPending);
            }
        lock (_gate)
            _hasGrown |= !isDone;
        if (why is not null)
            Refute(why);
        else if (broken is { Error: LogError.Corrupt })
            Repair(log.Cached, broken, broken);
        return opened.Succeeded;
    }

    /// <summary>What was fetched again is not what the cache has lost.</summary>
    private void Refute(string why) => _worker.Post(() => FoundOthers(why));

    /// <summary>Has the log of the same generation fetched anew.</summary>
    private void FetchAnew()
    {
        lock (_opening)
        {
            var failure = BeginAt(null);
            lock (_gate)
                _failure = failure ?? _failure;
        }
    }

    /// <summary>Begins at the checkpoint before what is read; at the beginning where that was not early enough.</summary>
    private void Decide(ViewKind kind, long position)
    {
        lock (_opening)
        {
            var failure = _isUndecided ? BeginAt(_checks.Before(kind, position)) : BeginAt(null);
            lock (_gate)
            {
                _isDeciding = false;
                _failure = failure ?? _failure;
            }
        }
    }

    /// <summary>Puts an empty log in the place of the one that does not have what is wanted, and fetches.</summary>
    /// <param name="place">Where it begins; null for the beginning of the generation.</param>
    private Failure? BeginAt(MirrorCheckpoint? place)
    {
        MirrorLog log;
        lock (_gate)
            log = _log!;
        if (log.Agreed is not { } agreed)
            return null;
        _fetch.Stop();
        // All that was shown is compared.
        if ((_checks.Save(isLast: true) ?? _checks.Load(agreed.Number)) is { } unknown)
            return unknown;
        lock (_replacing)
        {
            var replaced = _store.Replace(_name, agreed.Number, agreed, place ?? default);
            if (replaced.Value is not { } made)
                return replaced.Failure;
            var from = place ?? new MirrorCheckpoint(0, agreed.First, 0, 0, 0);
            _checks.Begin(from);
            lock (_gate)
            {
                Begin(made);
                (_first, _next, _isPlaced, _isUndecided) = (from.Offset, from.Offset, true, false);
            }
        }
        // Nobody waits here for the cluster that was asked before: what is gone since is found by the fetch.
        return _marks is { } marks ? Fetch(marks) : FindEnd();
    }

    private void Begin(MirrorLog log)
    {
        _log = log;
        _isUndecided = false;
        _hasGrown = true;
        _first = log.First;
        _next = log.End.Offset;
        _isPlaced = _hasMessages = log.Last is not null;
        _proof = new MirrorProof(log.Last);
    }

    /// <summary>What is open of a topic that was made anew is not read on; and nothing is fetched before it is known which one it is.</summary>
    private Failure? Confirm()
    {
        _client.ConfirmRecent(_identity);
        if (!_identity.IsOver)
            return null;
        lock (_gate)
            return Lose();
    }

    /// <summary>Asks the cluster how far the partition goes, and fetches from where the log ends.</summary>
    private Failure? FindEnd()
    {
        // Read before the cluster is asked: messages come meanwhile.
        var next = Next;
        var found = _client.FindWatermarks(_identity.Name, _partition);
        if (found.Value is not { } marks)
            return found.Failure;
        if (!_isPlaced && Place(marks) is { } unplaced)
            return unplaced;
        if (IsUnknownTo(marks, next) && BeginAnew(marks) is { } lost)
            return lost;
        return Fetch(marks);
    }

    /// <summary>Whether the cluster ends before the log does: then it is not what was mirrored.</summary>
    private bool IsUnknownTo(Watermarks marks, long next)
    {
        lock (_gate)
            return _hasMessages && marks.High < next;
    }

    /// <summary>Before anyone has read it, another incarnation's log is replaced; afterwards the mirror is over.</summary>
    private Failure? BeginAnew(Watermarks marks)
    {
        lock (_gate)
        {
            if (_proof.Last is null)
                return Lose();
        }
        _fetch.Stop();
        _generation.End();
        return Renew(Generation) ?? Place(marks);
    }

    /// <summary>Finds where an empty log begins.</summary>
    private Failure? Place(Watermarks marks)
    {
        var failure = _start.Find(marks, out var start);
        if (failure is not null)
            return failure;
        if (_generation.IsKept)
        {
            var begun = _generation.Begin(start, marks);
            if (begun.Value is not { } agreed)
                return begun.Failure;
            start = agreed.First;
            if (IsOf(agreed) && _isUndecided)
            {
                if (marks.High >= _checks.Recorded.Offset)
                    return null;
                // It has lost messages that were read.
                _generation.End();
                return Place(marks);
            }
            if (!IsOf(agreed) && BeginOf(agreed) is { } unmade)
                return unmade;
        }
        lock (_gate)
            (_first, _next, _isPlaced) = (start, start, true);
        _checks.Begin(new MirrorCheckpoint(0, start, 0, 0, 0));
        return null;
    }

    /// <summary>Puts an empty log in the place of this one.</summary>
    /// <param name="generation">The next one, where somebody may have read this.</param>
    /// <param name="agreed">What all hosts have agreed on; null where they are asked later.</param>
    private Failure? Renew(int generation, Generation? agreed = null)
    {
        lock (_replacing)
        {
            var replaced = _store.Replace(_name, generation, agreed);
            if (replaced.Value is not { } log)
                return replaced.Failure;
            _checks.Reset(agreed?.Number ?? generation);
            lock (_gate)
                Begin(log);
        }
        return null;
    }

    /// <summary>Has an empty log be of a generation that all hosts have agreed on.</summary>
    private Failure? BeginOf(Generation agreed)
    {
        MirrorLog log;
        lock (_gate)
            log = _log!;
        if (log is not { Agreed: null, Generation: 0, Last: null })
            return Renew(agreed.Number, agreed);
        var begun = _store.Agree(log, agreed);
        if (begun.Value is not { } same)
            return begun.Failure;
        _checks.Reset(agreed.Number);
        lock (_gate)
            Begin(same);
        return null;
    }

    private bool IsOf(Generation agreed)
    {
        lock (_gate)
            return _log!.Agreed == agreed && _log.Generation == agreed.Number;
    }

    /// <summary>Removes what the cluster no longer has, as a generation that all hosts agree on.</summary>
    private Failure? RemoveHead(long ordinal, long low)
    {
        MirrorLog log;
        lock (_gate)
            log = _log!;
        var begun = _generation.BeginAt(low);
        if (begun.Value is not { } agreed)
            return begun.Failure;
        var removed = _store.RemoveBefore(log, ordinal, agreed);
        if (removed.Value is not { } rest)
        {
            // It is of no generation now: the next beginning is one of its own.
            _generation.End();
            return removed.Failure;
        }
        _checks.Reset(agreed.Number);
        lock (_gate)
            (_log, _first) = (rest, Math.Max(_first, low));
        _checks.Begin(BeginOf(rest));
        return null;
    }

    /// <summary>How often the log has lost its head, each time becoming another generation.</summary>
    private int HeadsLost()
    {
        if (Log is not { } log || _store.OpenReader(log) is not { Succeeded: true } opened)
            return 0;
        using var reader = opened.Value;
        return reader.Now.Generation;
    }

    private Failure Lose()
    {
        _isLost = true;
        return _failure = new Failure(Fault.InputOutput, $"partition {_partition} of topic {_identity.Name} is not the one that was mirrored: it was made anew, or lost messages");
    }

    private Failure? Fetch(Watermarks marks)
    {
        long from;
        FetchPace pace;
        lock (_gate)
        {
            (_marks, _high) = (marks, marks.High);
            _failure = null;
            _progressAt = _clock.GetTimestamp();
            if (_isUndecided)
            {
                _aheadBytes = 0;
                return null;
            }
            // The last message once more, to see that it is the same.
            from = Math.Max(marks.Low, _proof.Last?.Offset ?? _next);
            pace = from < _high ? FetchPace.CatchUp : FetchPace.Tail;
            if (_holders == 0 && (_aheadBytes == 0 || pace == FetchPace.Tail))
            {
                _aheadBytes = 0;
                return null;
            }
        }
        var failure = _fetch.Start(from, pace);
        // The last reader may have gone meanwhile.
        StopUnwanted();
        return failure;
    }

    private Result<IDisposable> BeginFetch(long offset, IFetchSink sink, FetchPace pace)
    {
        var started = _client.Fetch(_identity, _partition, offset, sink, pace);
        return started.Value is { } fetching ? new Result<IDisposable>(fetching) : started.Failure!;
    }

    /// <summary>Waits until it is known whether the log is the cluster's; one that is of another incarnation is replaced.</summary>
    private Failure? Prove()
    {
        var begun = _clock.GetTimestamp();
        while (true)
        {
            Task<bool> proof;
            lock (_gate)
                proof = _proof.Outcome;
            if (proof.Wait(s_proveEvery < _options.Deadline ? s_proveEvery : _options.Deadline))
                return proof.Result ? null : Replace();
            if (_clock.GetElapsedTime(begun) >= _options.Deadline)
                return Failure ?? NothingCame();
            // Who tends the mirror does not get at it meanwhile.
            if (!_fetch.IsActive && FindEnd() is { } failure)
                return failure;
        }
    }

    /// <summary>The log is of another incarnation: it begins anew.</summary>
    private Failure? Replace()
    {
        StopFetch();
        _generation.End();
        var failure = Renew(Generation) ?? FindEnd();
        Changed?.Invoke();
        return failure;
    }

    /// <summary>Compares the first message that comes with the log's last one. Where they differ, who waits for the proof begins anew.</summary>
    private bool Check(in FetchedMessage first)
    {
        lock (_gate)
            if (_proof.Accepts(first))
                return true;
        StopFetch();
        return false;
    }

    private Failure? Append(CachedLog log, Batch batch, long next)
    {
        if (_store.Append(log, batch) is { } fault)
            return MirrorFaults.FailureOf(fault);
        lock (_gate)
        {
            _next = next;
            _hasMessages = _hasGrown = true;
            _aheadBytes = Math.Max(0, _aheadBytes - batch.Length);
            Progress();
        }
        if (_checks.IsPending)
            Compare();
        return null;
    }

    private Failure NothingCame() =>
        new(Fault.TimedOut, $"partition {_partition} of topic {_identity.Name}: no messages came within {_options.Deadline}");

    private void Progress()
    {
        _failure = null;
        _progressAt = _clock.GetTimestamp();
    }

    /// <summary>Keeps a failure for those who wait, and stops fetching; <see cref="Tend"/> tries again.</summary>
    private void Fail(Failure failure)
    {
        lock (_gate)
            _failure = failure;
        StopFetch();
        Changed?.Invoke();
    }
}
