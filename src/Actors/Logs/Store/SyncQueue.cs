namespace StreamActors.Logs;

/// <summary>
/// Those who wait for the journal to be synced. One sync runs at a time; it serves all whose records were written before
/// it began, so the slower the disk, the more share one (group commit). Where nobody else has anything to do and the disk
/// is fast, it is run in place, which saves two changes of threads.
/// </summary>
internal sealed class SyncQueue(LogDirectory log, ILogWorker syncer, ILogWorker committer, TimeProvider clock, Func<bool> isIdle)
{
    /// <summary>A sync that is expected to take longer than this never holds up the committing thread.</summary>
    private static readonly TimeSpan MaxInPlace = TimeSpan.FromMicroseconds(500);

    private readonly Queue<(long Lsn, Action<LogFault?> Done)> _waiting = new();
    private readonly Queue<Action> _afterSync = new();
    private bool _isCompleting;
    private TimeSpan _lastTook = TimeSpan.MaxValue;

    public bool Running { get; private set; }

    /// <summary>Calls back once an LSN is synced, or never will be.</summary>
    public void Wait(long lsn, Action<LogFault?> done)
    {
        if (log.Poison is { } poison)
            done(poison);
        else if (lsn <= log.SyncedLsn)
            done(log.Confirm());
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
            _afterSync.Enqueue(action);
        else
            action();
    }

    private void Begin()
    {
        if (Running || _isCompleting || _waiting.Count == 0)
            return;
        var sync = log.BeginSync();
        if (!sync.Succeeded)
        {
            Finish(sync.Fault);
            return;
        }
        Running = true;
        if (_lastTook < MaxInPlace && isIdle())
        {
            Complete(sync.Value, RunSync(sync.Value));
            return;
        }
        syncer.Post(() =>
        {
            var done = RunSync(sync.Value);
            committer.Post(() => Complete(sync.Value, done));
        });
    }

    private (LogFault? Fault, TimeSpan Took) RunSync(JournalSync sync)
    {
        var start = clock.GetTimestamp();
        try
        {
            sync.Run();
            return (null, clock.GetElapsedTime(start));
        }
        catch (LogIOException e)
        {
            return (LogFault.Of(e), TimeSpan.MaxValue);
        }
    }

    private void Complete(JournalSync sync, (LogFault? Fault, TimeSpan Took) done)
    {
        // Whoever is told now may wait for another sync: that begins when those have run that want none to.
        (Running, _isCompleting) = (false, true);
        _lastTook = done.Took;
        Finish(log.CompleteSync(sync, done.Fault));
        while (_afterSync.TryDequeue(out var action))
            action();
        _isCompleting = false;
        Begin();
    }

    private void Finish(LogFault? fault)
    {
        while (_waiting.TryPeek(out var first) && (fault is not null || first.Lsn <= log.SyncedLsn))
            _waiting.Dequeue().Done(fault);
    }
}
