using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>What becomes of messages that were evicted, and are wanted again.</summary>
internal interface IRefillOwner
{
    /// <summary>Messages are there again, or a refill has failed.</summary>
    void Refilled();

    /// <summary>The cluster has no such offset any more; may block.</summary>
    /// <param name="offset">The offset.</param>
    /// <returns>Null where that is settled, or why not.</returns>
    Failure? MissedOffset(long offset);

    /// <summary>The cluster has other messages than those that were evicted, or none.</summary>
    /// <param name="why">What is different.</param>
    void FoundOthers(string why);
}

/// <summary>
/// Fetches messages of a log again that were evicted, one stretch at a time, and has the log put them in their places. A
/// stretch is a window, twice as long where it goes on where the last one ended. Safe for several threads.
/// </summary>
internal sealed class MirrorRefill(MirrorContext context, IRefillOwner owner, TopicIdentity topic, int partition) : IFetchSink
{
    // So that a stretch is at most half of the budget, and does not evict itself.
    private const int MaxDoublings = 2;

    private readonly Lock _gate = new();
    private Fetching? _fetching;
    private CachedLog? _log;
    private PartitionReader? _reader;
    private long? _wanted;
    private long _next;
    private long _to;
    private long _toOffset;
    private long _progressAt;
    private int _doublings;
    private long _resumeAt;
    private bool _isBusy;
    private bool _isFetching;

    /// <summary>Why nothing comes of what is wanted; null while it comes.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>Wants a message. It never blocks.</summary>
    /// <param name="log">The log.</param>
    /// <param name="ordinal">The message, which was evicted.</param>
    public void Want(CachedLog log, long ordinal)
    {
        lock (_gate)
        {
            Failure = null;
            if (_isBusy && _log == log && _next <= ordinal && ordinal < _to)
                return;
            _wanted = ordinal;
            _log = log;
            if (_isBusy)
                return;
            _isBusy = true;
        }
        context.Worker.Post(Start);
    }

    /// <summary>Gives up where nothing comes any more.</summary>
    /// <param name="deadline">After so long without a message.</param>
    public void Tend(TimeSpan deadline)
    {
        lock (_gate)
            if (!_isFetching || context.Clock.GetElapsedTime(_progressAt) < deadline)
                return;
        Failed(new Failure(Fault.TimedOut, $"partition {partition} of topic {topic.Name}: no messages came within {deadline}"));
    }

    /// <inheritdoc/>
    public void Take(IReadOnlyList<FetchedMessage> messages)
    {
        PartitionReader reader;
        CachedLog log;
        lock (_gate)
        {
            if (!_isFetching)
                return;
            (reader, log) = (_reader!, _log!);
        }
        LogFault? fault = null;
        var failure = context.Batcher.Add(messages, 0, _toOffset, (batch, _) =>
        {
            fault = Restore(reader, log, batch);
            return fault is null ? null : MirrorFaults.FailureOf(fault);
        });
        if (fault is { Error: LogError.Differs })
            End(null, () => owner.FoundOthers(fault.Detail));
        else if (failure is not null)
            End(failure);
        else if (_next >= _to)
            End(null);
        else if (messages[^1].Offset >= _toOffset)
            End(null, () => owner.FoundOthers($"message {_next} is gone"));
        else
            owner.Refilled();
    }

    /// <inheritdoc/>
    public void ReachedEnd(long next)
    {
        lock (_gate)
            if (!_isFetching)
                return;
        End(null, () => owner.FoundOthers($"it ends before message {_next}"));
    }

    /// <inheritdoc/>
    public void Failed(Failure failure)
    {
        long offset;
        lock (_gate)
        {
            if (!_isFetching || _reader is null)
                return;
            var entry = _reader.Entry(_next);
            offset = entry.Succeeded ? entry.Value.Offset : _toOffset;
        }
        if (failure.Fault != Fault.Removed)
            End(failure);
        else
            End(null, () => Settle(offset));
    }

    /// <summary>Begins the stretch that is wanted.</summary>
    private void Start()
    {
        CachedLog log;
        long wanted;
        lock (_gate)
        {
            if (_wanted is not { } ordinal)
            {
                _isBusy = false;
                return;
            }
            (log, wanted, _wanted) = (_log!, ordinal, null);
            _doublings = wanted == _resumeAt ? Math.Min(MaxDoublings, _doublings + 1) : 0;
        }
        var opened = context.Store.OpenReader(log.Id);
        if (!opened.Succeeded)
        {
            End(MirrorFaults.FailureOf(opened.Fault));
            return;
        }
        if (Prepare(opened.Value, wanted, out var offset) is { } fault)
            End(MirrorFaults.FailureOf(fault));
        else if (_next >= _to)
            End(null);
        else
            Fetch(offset);
    }

    /// <summary>Finds the stretch, whose reader this keeps until its end.</summary>
    private LogFault? Prepare(PartitionReader reader, long wanted, out long offset)
    {
        offset = 0;
        lock (_gate)
            _reader = reader;
        var missing = reader.Now.Evicted.FirstOrDefault(range => range.From.Ordinal <= wanted && wanted < range.To.Ordinal);
        (_next, _to) = (wanted, Math.Max(wanted, missing.To.Ordinal));
        if (_next == _to)
            return null;
        var first = reader.Place(wanted);
        if (!first.Succeeded)
            return first.Fault;
        offset = first.Value.Offset;
        context.Store.Budget.NoteRead(_log!, first.Value.Position);
        // Keys count as bytes, too; a message that is longer than the window is fetched whole.
        var end = reader.FindPosition(first.Value.Position + (context.Store.Budget.WindowBytes << _doublings));
        if (end.Succeeded)
            _to = Math.Clamp(end.Value, wanted + 1, _to);
        var last = reader.Entry(_to - 1);
        _toOffset = last.Succeeded ? last.Value.Offset + 1 : 0;
        return end.Fault ?? last.Fault;
    }

    private void Fetch(long offset)
    {
        // Messages may come before the call returns.
        lock (_gate)
            (_isFetching, _progressAt) = (true, context.Clock.GetTimestamp());
        var started = context.Client.Fetch(topic, partition, offset, this);
        if (started.Value is not { } fetching)
        {
            End(started.Failure);
            return;
        }
        lock (_gate)
        {
            if (_isFetching)
            {
                _fetching = fetching;
                return;
            }
        }
        fetching.Dispose();
    }

    private LogFault? Restore(PartitionReader reader, CachedLog log, Batch batch)
    {
        var (from, to) = (reader.Place(_next), reader.Place(Math.Min(_to, _next + batch.Count)));
        var fault = from.Fault ?? to.Fault ?? context.Store.Restore(log, new LogRange(from.Value, to.Value), batch);
        if (fault is not null)
            return fault;
        lock (_gate)
        {
            _next += batch.Count;
            _progressAt = context.Clock.GetTimestamp();
        }
        return null;
    }

    private void Settle(long offset)
    {
        if (owner.MissedOffset(offset) is not { } failure)
            return;
        lock (_gate)
            Failure = failure;
        owner.Refilled();
    }

    /// <summary>Ends the stretch; what is wanted meanwhile begins after what is left to do.</summary>
    private void End(Failure? failure, Action? then = null)
    {
        Fetching? fetching;
        PartitionReader? reader;
        lock (_gate)
        {
            (fetching, reader) = (_fetching, _reader);
            (_fetching, _reader, _isFetching) = (null, null, false);
            (_resumeAt, _to) = (_to, _next);
            Failure = failure ?? Failure;
        }
        fetching?.Dispose();
        reader?.Dispose();
        owner.Refilled();
        context.Worker.Post(() =>
        {
            then?.Invoke();
            Start();
        });
    }
}
