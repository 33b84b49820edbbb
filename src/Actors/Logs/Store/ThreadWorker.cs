namespace StreamActors.Logs;

/// <summary>
/// A thread of its own. Who posts bounds the queue; when it is disposed, what was posted is still done. While it has nothing
/// to do, another thread may run a piece of work in its place, which spares waking this one and being woken by it.
/// </summary>
public sealed class ThreadWorker : ILogWorker
{
    private readonly object _gate = new();
    private readonly Queue<Action> _queue = new();
    private readonly Thread _thread;
    private bool _busy;
    private bool _inPlace;
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
            if (_queue.Count == 1 && !_inPlace)
                Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public bool TryRun(Action work)
    {
        lock (_gate)
        {
            if (_busy || _inPlace || _ending || _queue.Count > 0)
                return false;
            _inPlace = true;
        }
        try
        {
            work();
        }
        finally
        {
            lock (_gate)
            {
                _inPlace = false;
                if (_queue.Count > 0 || _ending)
                    Monitor.Pulse(_gate);
            }
        }
        return true;
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
            _busy = false;
            while (_inPlace || (_queue.Count == 0 && !_ending))
                Monitor.Wait(_gate);
            return (_busy = _queue.TryDequeue(out var work)) ? work : null;
        }
    }
}
