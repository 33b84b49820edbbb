namespace StreamActors.Logs;

/// <summary>A thread of its own. Who posts bounds the queue; when it is disposed, what was posted is still done.</summary>
public sealed class ThreadWorker : ILogWorker
{
    private readonly object _gate = new();
    private readonly Queue<Action> _queue = new();
    private readonly Thread _thread;
    private bool _ending;

    /// <summary>Starts it.</summary>
    /// <param name="name">The thread's name.</param>
    public ThreadWorker(string name)
    {
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Post(Action work)
    {
        lock (_gate)
        {
            _queue.Enqueue(work);
            if (_queue.Count == 1)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread after what was posted.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (Next() is { } work)
            work();
    }

    private Action? Next()
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && !_ending)
                Monitor.Wait(_gate);
            return _queue.TryDequeue(out var work) ? work : null;
        }
    }
}
