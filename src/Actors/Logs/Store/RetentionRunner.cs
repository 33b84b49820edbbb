namespace StreamActors.Logs;

/// <summary>
/// Applies the retention policies in rounds. Between two partitions it lets everything else that waits for the committing
/// thread go first; a passive partition is only activated where something of it may be too old.
/// </summary>
internal sealed class RetentionRunner
{
    private readonly LogDirectory _log;
    private readonly RetentionOptions _options;
    private readonly ILogWorker _committer;
    private readonly ILogWorker _lister;
    private readonly TimeProvider _clock;
    private readonly Action<LogFault> _report;
    private readonly SortedDictionary<IncarnationId, RetentionPolicy> _own = [];
    private readonly SortedDictionary<IncarnationId, long> _due = [];
    private IReadOnlyList<IncarnationId> _round = [];
    private int _next;
    private bool _running;

    /// <summary>Makes one.</summary>
    /// <param name="log">The log.</param>
    /// <param name="options">The settings.</param>
    /// <param name="committer">Runs each look.</param>
    /// <param name="lister">Lists the partitions.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="report">Told of what fails.</param>
    public RetentionRunner(
        LogDirectory log, RetentionOptions options, ILogWorker committer, ILogWorker lister, TimeProvider clock, Action<LogFault> report)
    {
        _log = log;
        _options = options;
        _committer = committer;
        _lister = lister;
        _clock = clock;
        _report = report;
        log.Activated = id => _due.Remove(id);
    }

    /// <summary>Gives a partition a policy of its own, or takes it back.</summary>
    public void SetPolicy(IncarnationId id, RetentionPolicy? policy)
    {
        _due.Remove(id);
        if (policy is null)
            _own.Remove(id);
        else
            _own[id] = policy;
    }

    /// <summary>Goes on with a round, or begins one.</summary>
    public void Tick()
    {
        if (_running || (_options.Policy == RetentionPolicy.KeepAll && _own.Count == 0))
            return;
        _running = true;
        if (_next < _round.Count)
        {
            Look(_options.PartitionsPerPass);
            return;
        }
        _lister.Post(() =>
        {
            var ids = _log.List();
            _committer.Post(() =>
            {
                if (ids.Fault is { } fault)
                    _report(fault);
                _round = ids.Succeeded ? ids.Value : [];
                _next = 0;
                ForgetDeleted();
                Look(_options.PartitionsPerPass);
            });
        });
    }

    private void ForgetDeleted()
    {
        // A list that could not be had says nothing.
        if (_round.Count == 0)
            return;
        foreach (var id in _own.Keys.Concat(_due.Keys).Except(_round).ToArray())
        {
            _own.Remove(id);
            _due.Remove(id);
        }
    }

    private void Look(int left)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        while (_next < _round.Count && left > 0 && _log.Poison is null)
        {
            var id = _round[_next++];
            var policy = _own.GetValueOrDefault(id, _options.Policy);
            if (policy == RetentionPolicy.KeepAll || (_due.TryGetValue(id, out var due) && now < due))
                continue;
            if (!TryApply(id, policy))
                break;
            _committer.Post(() => Look(left - 1));
            return;
        }
        _running = false;
    }

    /// <summary>Looks at one partition; false where the log is closed.</summary>
    private bool TryApply(IncarnationId id, RetentionPolicy policy)
    {
        var wasActive = _log.IsActive(id);
        var removed = _log.Retain(id, policy, _options.BytesPerPass);
        if (removed.Fault is { Error: LogError.Closed })
            return false;
        if (removed.Fault is { Error: not LogError.NotFound } fault)
            _report(fault);
        if (wasActive)
            return true;
        // Until it is activated again, nothing but time changes what its policy says; what is damaged stays so.
        var due = removed.Succeeded ? _log.NextRetention(id, policy) : long.MaxValue;
        _log.PassivateWhenClean(id);
        _due[id] = removed is { Succeeded: true, Value: > 0 } ? long.MinValue : due.Succeeded ? due.Value : long.MaxValue;
        return true;
    }
}
