using System.Globalization;
using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// Keeps a partition's log in step with the cluster while somebody reads it: one fetch for all readers. What is in the
/// log from an earlier run is served only after its last message was found to be the cluster's. Safe for several threads.
/// </summary>
internal sealed class PartitionMirror : IFetchSink
{
    // No name of a topic has it.
    private const char StartMark = '@';

    private readonly KafkaClient _client;
    private readonly MirrorStore _store;
    private readonly MirrorOptions _options;
    private readonly TimeProvider _clock;
    private readonly TopicIdentity _identity;
    private readonly int _partition;
    private readonly Lock _gate = new();

    // One that opens at a time, so that many readers ask the cluster once each, and none while it begins anew.
    private readonly Lock _opening = new();
    private readonly string _name;
    private readonly StartPlace? _start;
    private MirrorLog? _log;
    private LogRecord? _unproven;
    private TaskCompletionSource<bool> _proof = NewProof();
    private Batch? _batch;
    private Fetching? _fetching;
    private Failure? _failure;
    private long _first;
    private long _next;
    private long _high = -1;
    private long _progressAt;
    private int _holders;
    private bool _isPlaced;
    private bool _isLost;
    private bool _hasMessages;
    private bool _isDropped;

    /// <summary>Makes the mirror; it asks nobody yet.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="store">The cache.</param>
    /// <param name="options">How partitions are mirrored.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="start">An offset to begin at in a log of its own; null for the log that begins where the options say.</param>
    public PartitionMirror(
        KafkaClient client, MirrorStore store, MirrorOptions options, TimeProvider clock, TopicIdentity topic, int partition, long? start = null)
    {
        (_client, _store, _options, _clock, _identity, _partition) = (client, store, options, clock, topic, partition);
        _name = NameOf(topic.Name, partition, start);
        _start = start is { } offset ? new StartPlace.Offset(offset) : options.Start;
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
            return _isPlaced && !_isLost && _first <= offset && offset <= _next;
    }

    /// <summary>Whether the log begins at an offset, or will.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="oldest">The oldest message that the cluster keeps.</param>
    public bool BeginsAt(long offset, long oldest)
    {
        lock (_gate)
            return _isPlaced ? _first == offset : _start is null && offset == oldest;
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
                return _high >= 0 && _next >= _high && _unproven is null;
        }
    }

    /// <summary>Why the log does not get on, while it does not; null while it does.</summary>
    public Failure? Failure
    {
        get
        {
            lock (_gate)
                return _failure;
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
                _holders++;
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
        if (!_store.Has(_name) || !_opening.TryEnter())
            return null;
        try
        {
            return Load();
        }
        finally
        {
            _opening.Exit();
        }
    }

    /// <summary>Ends what <see cref="Hold"/> began; after the last one nothing is fetched.</summary>
    public void Release()
    {
        Fetching? fetching = null;
        lock (_gate)
        {
            if (--_holders == 0)
                fetching = Drop();
        }
        fetching?.Dispose();
        if (fetching is not null)
            _store.GiveBack(Log!.Value);
    }

    /// <summary>
    /// Goes on after a failure, and notices where nothing comes any more. Called about once a second; may block.
    /// </summary>
    public void Tend()
    {
        lock (_gate)
        {
            if (_holders == 0 || _isLost)
                return;
            if (_fetching is not null)
            {
                if (_failure is not null || (_high >= 0 && _next >= _high) || _clock.GetElapsedTime(_progressAt) < _options.Deadline)
                    return;
                _failure = NothingCame();
            }
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
        var batch = _batch ??= new Batch(LogOptions.LargestMessageMaxBytes);
        var next = _next;
        foreach (var (offset, message) in messages)
        {
            if (offset < next)
                continue;
            if (batch.Count == 0)
                batch.BaseOffset = offset;
            var gap = batch.Count == 0 ? 0 : offset - next;
            if (gap > int.MaxValue || batch.IsFull)
            {
                if (!Append(batch, next))
                    return;
                (batch.BaseOffset, gap) = (offset, 0);
            }
            if (batch.Add(message, (int)gap) is { } fault)
            {
                Fail(MirrorFaults.FailureOf(fault));
                return;
            }
            next = offset + 1;
        }
        if (batch.Count == 0 || Append(batch, next))
            Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void ReachedEnd(long next)
    {
        lock (_gate)
        {
            // What the log ends with is gone from the cluster: nothing speaks against it.
            Proven();
            _next = Math.Max(_next, next);
            _high = Math.Max(_high, next);
            Progress();
        }
        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void Failed(Failure failure)
    {
        Fetching? fetching;
        lock (_gate)
            fetching = Drop();
        fetching?.Dispose();
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

    /// <summary>The name in the cache.</summary>
    public static string NameOf(string topic, int partition, long? start = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{topic}/{partition}{(start is { } offset ? $"{StartMark}{offset}" : "")}");

    /// <summary>What the names in the cache of all partitions of a topic begin with.</summary>
    public static string PrefixOf(string topic) => $"{topic}/";

    /// <summary>Whether a name in the cache is one of a log that begins at an offset of its own; those last as long as the process.</summary>
    public static bool HasStart(string name) => name.Contains(StartMark, StringComparison.Ordinal);

    private static TaskCompletionSource<bool> NewProof() => new(TaskCreationOptions.RunContinuationsAsynchronously);

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
        lock (_gate)
            Begin(log);
        Changed?.Invoke();
        return null;
    }

    private void Begin(MirrorLog log)
    {
        _log = log;
        _unproven = log.Last;
        _first = log.First;
        _next = log.End.Offset;
        _isPlaced = _hasMessages = log.Last is not null;
        _proof = NewProof();
        if (_unproven is null)
            _proof.SetResult(true);
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
        var found = _client.FindWatermarks(_identity.Name, _partition);
        if (found.Value is not { } marks)
            return found.Failure;
        if (!_isPlaced)
        {
            var failure = FindStart(marks, out var start);
            if (failure is not null)
                return failure;
            lock (_gate)
                (_first, _next, _isPlaced) = (start, start, true);
        }
        if (IsUnknownTo(marks) && BeginAnew(marks) is { } lost)
            return lost;
        return Fetch(marks);
    }

    /// <summary>Where a partition that the cache knows nothing of begins.</summary>
    private Failure? FindStart(Watermarks marks, out long start)
    {
        start = marks.Low;
        switch (_start)
        {
            case StartPlace.Offset offset:
                start = Math.Max(offset.Value, marks.Low);
                return null;
            case StartPlace.Last last:
                start = Math.Max(marks.Low, marks.High - last.Count);
                return null;
            case StartPlace.Time time:
                return FindStart(time.Value, marks, out start);
            case StartPlace.Age age:
                return FindStart(_clock.GetUtcNow() - age.Value, marks, out start);
            default:
                return null;
        }
    }

    private Failure? FindStart(DateTimeOffset time, Watermarks marks, out long start)
    {
        var failure = _client.FindOffset(_identity.Name, _partition, time, out var offset);
        start = offset ?? marks.High;
        return failure;
    }

    /// <summary>Whether the cluster ends before the log does: then it is not what was mirrored.</summary>
    private bool IsUnknownTo(Watermarks marks)
    {
        lock (_gate)
            return _hasMessages && marks.High < _next;
    }

    /// <summary>Before anyone has read it, another incarnation's log is replaced; afterwards the mirror is over.</summary>
    private Failure? BeginAnew(Watermarks marks)
    {
        lock (_gate)
        {
            if (_unproven is null)
                return Lose();
        }
        var replaced = _store.Replace(_name);
        if (replaced.Value is not { } log)
            return replaced.Failure;
        var failure = FindStart(marks, out var start);
        if (failure is not null)
            return failure;
        lock (_gate)
        {
            Begin(log);
            (_first, _next, _isPlaced) = (start, start, true);
        }
        return null;
    }

    private Failure Lose()
    {
        _isLost = true;
        return _failure = new Failure(Fault.InputOutput, $"partition {_partition} of topic {_identity.Name} is not the one that was mirrored: it was made anew, or lost messages");
    }

    private Failure? Fetch(Watermarks marks)
    {
        long from;
        lock (_gate)
        {
            _high = marks.High;
            _failure = null;
            _progressAt = _clock.GetTimestamp();
            if (_fetching is not null || _holders == 0)
                return null;
            _isDropped = false;
            // The last message once more, to see that it is the same.
            from = Math.Max(marks.Low, _unproven?.Entry.Offset ?? _next);
        }
        var started = _client.Fetch(_identity, _partition, from, this);
        if (started.Value is not { } fetching)
            return started.Failure;
        lock (_gate)
        {
            if (_holders > 0 && !_isDropped)
            {
                _fetching = fetching;
                return null;
            }
        }
        fetching.Dispose();
        return null;
    }

    /// <summary>Waits until it is known whether the log is the cluster's.</summary>
    private Failure? Prove()
    {
        Task<bool> proof;
        lock (_gate)
            proof = _proof.Task;
        if (!proof.Wait(_options.Deadline))
            return NothingCame();
        return proof.Result ? null : FindEnd();
    }

    /// <summary>Compares the first message that comes with the log's last one.</summary>
    private bool Check(FetchedMessage first)
    {
        lock (_gate)
        {
            if (_unproven is not { } last || first.Offset != last.Entry.Offset || IsSame(last, first.Message))
            {
                Proven();
                return true;
            }
        }
        Replace();
        return false;
    }

    private static bool IsSame(LogRecord mine, in LogMessage theirs) =>
        mine.Entry.Timestamp == theirs.Timestamp && IsSame(mine.Value, theirs.Value) && IsSame(mine.Key, theirs.Key);

    private static bool IsSame(ReadOnlyMemory<byte>? mine, ReadOnlyMemory<byte>? theirs) =>
        mine.HasValue == theirs.HasValue && mine.GetValueOrDefault().Span.SequenceEqual(theirs.GetValueOrDefault().Span);

    /// <summary>The log is of another incarnation: the reader that waits for the proof begins anew.</summary>
    private void Replace()
    {
        var replaced = _store.Replace(_name);
        Fetching? fetching;
        lock (_gate)
        {
            fetching = Drop();
            var waiting = _proof;
            if (replaced.Value is { } log)
            {
                Begin(log);
                _isPlaced = false;
                waiting.TrySetResult(false);
            }
            else
            {
                _failure = replaced.Failure;
            }
        }
        fetching?.Dispose();
        Changed?.Invoke();
    }

    private void Proven()
    {
        _unproven = null;
        _proof.TrySetResult(true);
    }

    private bool Append(Batch batch, long next)
    {
        var result = _store.AppendAsync(Log!.Value, batch).GetAwaiter().GetResult();
        batch.Clear();
        if (result.Fault is { } fault)
        {
            Fail(MirrorFaults.FailureOf(fault));
            return false;
        }
        lock (_gate)
        {
            _next = next;
            _hasMessages = true;
            Progress();
        }
        return true;
    }

    /// <summary>Takes out what is fetched, for the caller to dispose of without the gate: that waits for a call of this sink.</summary>
    private Fetching? Drop()
    {
        var fetching = _fetching;
        _fetching = null;
        _batch = null;
        // One that is just being started learns of it by this.
        _isDropped = true;
        return fetching;
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
        Fetching? fetching;
        lock (_gate)
        {
            _failure = failure;
            fetching = Drop();
        }
        fetching?.Dispose();
        Changed?.Invoke();
    }
}
