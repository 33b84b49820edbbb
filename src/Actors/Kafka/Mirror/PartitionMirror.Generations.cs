using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <content>Which log the partition has, and which generation of it that is.</content>
internal sealed partial class PartitionMirror
{
    /// <summary>
    /// Whether another host has had the partition meanwhile, and has begun another generation, or come further than what is here and is
    /// fetched no longer. What is here is then as a log of an earlier run is.
    /// </summary>
    private bool IsOvertaken
    {
        get
        {
            Generation? agreed;
            lock (_gate)
                agreed = _log?.Agreed;
            return _isShared && agreed is not null && (_generation.Known > agreed.Number || (!_fetch.IsActive && _checks.IsOvertaken));
        }
    }

    private Failure? Load()
    {
        if (Log is not null)
        {
            if (!IsOvertaken)
                return null;
            _fetch.Stop();
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
        _checks.Begin(MirrorCheckpoint.AtStart(start));
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
            {
                Begin(log);
                _end.Forget();
            }
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

    private static MirrorCheckpoint BeginOf(MirrorLog log) => log.Base.Ordinal > 0 ? log.Base : MirrorCheckpoint.AtStart(log.First);
}
