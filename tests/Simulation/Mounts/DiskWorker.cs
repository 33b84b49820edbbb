using StreamActors.Logs;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>A worker of a log: each piece of its work takes as long as the disk of its host does.</summary>
internal sealed class DiskWorker(MountWorld world, MountHost host, Process process) : ILogWorker
{
    private readonly Queue<Action> _queue = new();
    private bool _isRunning;

    public void Post(Action work)
    {
        _queue.Enqueue(work);
        if (_queue.Count == 1 && !_isRunning) RunLater();
    }

    public bool TryRun(Action work)
    {
        if (_isRunning || _queue.Count > 0 || world.Chance(500)) return false;
        Run(work);
        if (_queue.Count > 0) RunLater();
        return true;
    }

    public void Dispose()
    {
        // There is no thread to end; what was posted is still done.
    }

    private void RunLater()
    {
        world.CheckThread();
        world.After(world.Delay(host.MaxDiskDelay), () => process.Run(() =>
        {
            Run(_queue.Peek());
            _queue.Dequeue();
            if (_queue.Count > 0) RunLater();
        }));
    }

    private void Run(Action work)
    {
        _isRunning = true;
        work();
        _isRunning = false;
    }
}
