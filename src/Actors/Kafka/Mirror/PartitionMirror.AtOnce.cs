using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <content>
/// Opening what was read before without waiting for the cluster: how far the partition goes is asked meanwhile, and who comes to the
/// end of what is here before the answer waits for it.
/// </content>
internal sealed partial class PartitionMirror
{
    private bool _isFollowed;

    /// <summary>Whether <see cref="HoldAtOnce"/> would hold it: it is known which log it is, and that the topic is the one that it was.</summary>
    public bool HoldsAtOnce
    {
        get
        {
            lock (_gate)
                return _log is not null && _isPlaced && _failure is null && _proof.Last is null && !_isUndecided && !_checks.IsPending &&
                    !_isLost && !_identity.IsOver && _client.IsRecent(_identity) && !_client.IsRefused;
        }
    }

    /// <summary>
    /// Holds it as <see cref="Hold"/> does, and never blocks: the cluster is asked how far the partition goes while what is here is
    /// read already. Nothing more is fetched, where all is here, until somebody waits for it (<see cref="Await"/>), or a second later.
    /// </summary>
    /// <returns>The number of the question, for <see cref="IsAnswered"/>; null where it is not held.</returns>
    public long? HoldAtOnce()
    {
        long question, next;
        lock (_gate)
        {
            if (!HoldsAtOnce)
                return null;
            (_holders, _aheadBytes) = (_holders + 1, 0);
            (question, next) = Ask();
        }
        _ = AskEndAsync(question, next);
        return question;
    }

    /// <summary>Whether the cluster has told how far the partition goes since a question was asked.</summary>
    /// <param name="question">The question's number; 0 for none.</param>
    public bool IsAnswered(long question)
    {
        lock (_gate)
            return _end.IsAnswered(question);
    }

    /// <summary>Somebody waits for what is yet to come. Never blocks.</summary>
    public void Await()
    {
        lock (_gate)
        {
            if (_isFollowed || _isLost || _holders == 0)
                return;
            _isFollowed = true;
            // What catches up goes on as one that waits.
            if (_fetch.IsActive)
                return;
        }
        _worker.Post(LookForEnd);
    }

    /// <summary>Opens the log as it is now, and never blocks. Where another takes its place just now, it may not be found.</summary>
    /// <returns>As <see cref="Open"/>.</returns>
    public async ValueTask<LogResult<(PartitionReader Reader, MirrorLog Log)>> OpenAsync()
    {
        MirrorLog? log;
        lock (_gate)
            log = _log;
        if (log is null)
            return new LogFault(LogError.NotFound, $"nobody has read partition {_partition} of topic {_identity.Name}");
        var opened = await _store.Logs.OpenReaderAsync(log.Id).ConfigureAwait(false);
        return opened.Succeeded ? (opened.Value, log) : opened.Fault;
    }

    /// <summary>Begins a question of how far the partition goes.</summary>
    /// <returns>Its number, and where the log ends now: messages come while it is under way.</returns>
    private (long Question, long Next) Ask()
    {
        lock (_gate)
            return (_end.Ask(), _next);
    }

    /// <summary>Asks how far the partition goes. What is behind that is fetched, or found to be another's, where it may block.</summary>
    private async Task AskEndAsync(long question, long next)
    {
        var found = await _client.FindEndAsync(_identity.Name, _partition).ConfigureAwait(false);
        var isKnown = false;
        lock (_gate)
        {
            if (found.Value is { High: { } high } && high >= next && (high <= _next || _fetch.IsActive))
            {
                isKnown = true;
                _progressAt = _end.IsBefore(high) ? _clock.GetTimestamp() : _progressAt;
                _end.Answer(question, high);
            }
        }
        if (found.Failure is { } failure)
            Fail(failure);
        else if (isKnown)
            Changed?.Invoke();
        else if (IsHeld)
            _worker.Post(LookForEnd);
    }

    private void LookForEnd()
    {
        lock (_opening)
            if (IsHeld && FindEnd() is { } failure)
                Fail(failure);
        Changed?.Invoke();
    }
}
