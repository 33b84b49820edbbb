using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <content>What the log had and has no longer: evicted, damaged, or gone from the cluster.</content>
internal sealed partial class PartitionMirror
{
    /// <summary>So often damage of a log is mended; a disk that damages more is broken.</summary>
    private const int MaxRepairs = 1000;

    private (CachedLog, long)? _repairing;
    private int _repairs;

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
}
