namespace StreamActors.Logs;

/// <summary>Runs checkpoints beside the commits, one at a time, and tells those who wait for the next one.</summary>
internal sealed class CheckpointRunner(LogDirectory log, SyncQueue syncs, ILogWorker checkpointer, ILogWorker committer)
{
    private readonly List<Action<LogFault?>> _waiting = [];

    public bool Running { get; private set; }

    /// <summary>Calls back when a checkpoint has ended, which is begun where none runs.</summary>
    public void Wait(Action<LogFault?> done)
    {
        _waiting.Add(done);
        Begin();
    }

    public void Begin()
    {
        if (Running)
            return;
        var checkpoint = log.BeginCheckpoint();
        if (!checkpoint.Succeeded)
        {
            Finish(checkpoint.Fault);
            return;
        }
        Running = true;
        checkpointer.Post(() =>
        {
            var fault = checkpoint.Value.Run();
            committer.Post(() => syncs.WhenIdle(() =>
            {
                Running = false;
                Finish(log.CompleteCheckpoint(checkpoint.Value, fault));
            }));
        });
    }

    private void Finish(LogFault? fault)
    {
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var done in waiting)
            done(fault);
    }
}
