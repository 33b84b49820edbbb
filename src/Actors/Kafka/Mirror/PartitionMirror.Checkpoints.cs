using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <content>Checkpoints outside of the cache: how far the log was once it is lost, and where it begins anew.</content>
internal sealed partial class PartitionMirror
{
    /// <summary>So often an end is doubted that comes before the last checkpoint.</summary>
    private const int MaxDoubts = 3;

    /// <summary>Who has not read for so long where the log was lost waits for what is to come, or looks at the size.</summary>
    private static readonly TimeSpan s_decideAfter = TimeSpan.FromSeconds(1);

    // The cache has lost the log: it begins anew at the checkpoint before what is read first.
    private bool _isUndecided;
    private bool _isDeciding;
    private bool _isRecalled;
    private int _doubts;
    private long _doubtedAt = -1;
    private bool _hasGrown;

    /// <summary>
    /// Up to where the log is known to be what it was before the cache lost it, and how far that went; null where all of that is there
    /// again.
    /// </summary>
    public (MirrorCheckpoint Verified, MirrorCheckpoint Recorded)? Pending => _checks.Pending;

    /// <summary>How far the partition went before the cache lost it, while that is not there again; else the beginning.</summary>
    public MirrorCheckpoint Recorded => _checks.Recorded;

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

    private bool IsLeftUndecided
    {
        get
        {
            lock (_gate)
                return _isUndecided && _holders > 0 && _clock.GetElapsedTime(_progressAt) >= s_decideAfter;
        }
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
            var from = place ?? MirrorCheckpoint.AtStart(agreed.First);
            _checks.Begin(from);
            lock (_gate)
            {
                Begin(made);
                (_first, _next, _isPlaced, _isUndecided) = (from.Offset, from.Offset, true, false);
            }
        }
        // Nobody waits here for the cluster that was asked before: what is gone since is found by the fetch.
        return _marks is { } marks ? Fetch(marks, question: 0) : FindEnd();
    }
}
