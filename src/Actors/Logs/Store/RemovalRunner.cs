namespace StreamActors.Logs;

/// <summary>
/// Removes partitions that have lost their names. Between two steps it lets everything else that waits for the committing
/// thread go first.
/// </summary>
internal sealed class RemovalRunner(LogDirectory log, ILogWorker committer, Action<LogFault> report)
{
    /// <summary>The most partitions that one step removes; they share a sync.</summary>
    private const int PerStep = 32;

    private readonly Queue<(IncarnationId Id, Action<IncarnationId> Removed)> _left = new();
    private bool _running;

    /// <summary>Adds partitions.</summary>
    public void Add(IReadOnlyList<IncarnationId> nameless, Action<IncarnationId> removed)
    {
        foreach (var id in nameless)
            _left.Enqueue((id, removed));
        TryAgain();
    }

    /// <summary>Goes on, where a full disk or a failure had stopped it.</summary>
    public void TryAgain()
    {
        if (_running || _left.Count == 0)
            return;
        _running = true;
        Step();
    }

    private void Step()
    {
        var some = _left.Take(PerStep).ToArray();
        var fault = some.Length == 0 ? null : log.Catalog.DropPartitions([.. some.Select(one => one.Id)]);
        if (some.Length == 0 || fault is not null)
        {
            _running = false;
            if (fault is { Error: not LogError.Closed })
                report(fault);
            return;
        }
        foreach (var (id, removed) in some)
        {
            _left.Dequeue();
            removed(id);
        }
        committer.Post(Step);
    }
}
