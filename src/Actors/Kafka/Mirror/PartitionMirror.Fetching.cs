using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <content>The fetch: what comes, where it ends, and how it goes on.</content>
internal sealed partial class PartitionMirror
{
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
                if (_holders > 0 || _isLost || _fetch.IsActive || _end.IsAt(_next))
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
                if (_failure is not null || _end.IsAt(_next) || _clock.GetElapsedTime(_progressAt) < _options.Deadline)
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
            _end.Reach(next);
            Progress();
        }
        if (!isHeld)
            Rest();
        _fetch.ReachedEnd(next);
        Changed?.Invoke();
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

    /// <summary>Whether somebody reads, or not enough is fetched ahead.</summary>
    private bool IsWanted
    {
        get
        {
            lock (_gate)
                return _holders > 0 || _aheadBytes > 0;
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

    /// <summary>Asks the cluster how far the partition goes, and fetches from where the log ends.</summary>
    private Failure? FindEnd()
    {
        // Read before the cluster is asked: messages come meanwhile.
        var (question, next) = Ask();
        var found = _client.FindWatermarks(_identity.Name, _partition);
        if (found.Value is not { } marks)
            return found.Failure;
        if (!_isPlaced && Place(marks) is { } unplaced)
            return unplaced;
        if (IsUnknownTo(marks, next) && BeginAnew(marks) is { } lost)
            return lost;
        return Fetch(marks, question);
    }

    /// <summary>Fetches from where the log ends.</summary>
    /// <param name="marks">From where to where the partition goes.</param>
    /// <param name="question">The number of the question to which that is the answer.</param>
    private Failure? Fetch(Watermarks marks, long question)
    {
        long from;
        FetchPace pace;
        lock (_gate)
        {
            _marks = marks;
            _end.Answer(question, marks.High);
            _failure = null;
            _progressAt = _clock.GetTimestamp();
            if (_isUndecided)
            {
                _aheadBytes = 0;
                return null;
            }
            // The last message once more, to see that it is the same.
            from = Math.Max(marks.Low, _proof.Last?.Offset ?? _next);
            pace = !_end.IsAt(from) ? FetchPace.CatchUp : FetchPace.Tail;
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

    private Failure NothingCame() =>
        new(Fault.TimedOut, $"partition {_partition} of topic {_identity.Name}: no messages came within {_options.Deadline}");
}
