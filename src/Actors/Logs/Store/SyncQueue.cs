namespace StreamActors.Logs;

/// <summary>
/// Those who wait for the journal to be synced. One sync runs at a time; it serves all whose records were written before
/// it began, so the slower the disk, the more share one (group commit).
/// </summary>
internal sealed class SyncQueue(LogDirectory log, ILogWorker syncer, ILogWorker committer)
{
    private readonly Queue<(long Lsn, Action<LogFault?> Done)> _waiting = new();
    private readonly List<Action> _afterSync = [];

    public bool Running { get; private set; }

    /// <summary>Calls back once an LSN is synced, or never will be.</summary>
    public void Wait(long lsn, Action<LogFault?> done)
    {
        if (log.Poison is { } poison)
            done(poison);
        else if (lsn <= log.SyncedLsn)
            done(null);
        else
        {
            _waiting.Enqueue((lsn, done));
            Begin();
        }
    }

    /// <summary>Runs something while no sync does: it may close files of the journal.</summary>
    public void WhenIdle(Action action)
    {
        if (Running)
            _afterSync.Add(action);
        else
            action();
    }

    private void Begin()
    {
        if (Running || _waiting.Count == 0)
            return;
        var sync = log.BeginSync();
        if (!sync.Succeeded)
        {
            Finish(sync.Fault);
            return;
        }
        Running = true;
        syncer.Post(() =>
        {
            var fault = RunSync(sync.Value);
            committer.Post(() => Complete(sync.Value, fault));
        });
    }

    private static LogFault? RunSync(JournalSync sync)
    {
        try
        {
            sync.Run();
            return null;
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    private void Complete(JournalSync sync, LogFault? fault)
    {
        Running = false;
        Finish(log.CompleteSync(sync, fault));
        foreach (var action in _afterSync)
            action();
        _afterSync.Clear();
        Begin();
    }

    private void Finish(LogFault? fault)
    {
        while (_waiting.TryPeek(out var first) && (fault is not null || first.Lsn <= log.SyncedLsn))
            _waiting.Dequeue().Done(fault);
    }
}
