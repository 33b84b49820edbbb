using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// Keeps a partition's log in step with the cluster while somebody reads it: one fetch for all readers. What is in the
/// log from an earlier run is served only after its last message was found to be the cluster's. Safe for several threads.
/// </summary>
internal sealed partial class PartitionMirror : IFetchSink, IRefillOwner
{
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
    private readonly bool _isShared;
    private readonly Lock _gate = new();

    // One that opens at a time, so that many readers ask the cluster once each, and none while it begins anew.
    private readonly Lock _opening = new();

    // While another log takes the place of this one there is none to be opened.
    private readonly Lock _replacing = new();
    private readonly string _name;
    private MirrorLog? _log;
    private MirrorProof _proof = new(null);
    private readonly KnownEnd _end = new();
    private Failure? _failure;
    private long _first;
    private long _next;
    private Watermarks? _marks;
    private long _progressAt;
    private long _aheadBytes;
    private int _holders;
    private bool _isPlaced;
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
        (_worker, _isShared) = (context.Worker, context.IsShared);
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
                return _end.IsAt(_next) && _proof.Last is null && !_isUndecided && !_checks.IsPending;
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
            return MirrorStore.Wait(OpenAsync());
    }

    /// <summary>Ends what <see cref="Hold"/> began; after the last one nothing is fetched.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_holders > 0)
                return;
            _isFollowed = false;
        }
        Rest();
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

    /// <summary>Whether the cluster ends before the log does: then it is not what was mirrored.</summary>
    private bool IsUnknownTo(Watermarks marks, long next)
    {
        lock (_gate)
            return _hasMessages && marks.High < next;
    }

    private Failure Lose()
    {
        _isLost = true;
        return _failure = new Failure(Fault.InputOutput, $"partition {_partition} of topic {_identity.Name} is not the one that was mirrored: it was made anew, or lost messages");
    }
}
