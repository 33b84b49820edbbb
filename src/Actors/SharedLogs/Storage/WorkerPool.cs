using StreamActors.Logs;

namespace StreamActors.SharedLogs;

/// <summary>
/// A few threads for the workers of many logs: each worker does one thing after another, on whatever thread is free. They wait
/// for disks, so there are more of them than processors.
/// </summary>
public sealed class WorkerPool : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Worker> _ready = new();
    private readonly Thread[] _threads;
    private bool _isEnding;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many; at least 2, since one log waits for another's sync.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 2);
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Run) { Name = $"shared-log-{i}", IsBackground = true })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Makes a worker.</summary>
    /// <returns>The worker; who disposes of it still gets done what was posted.</returns>
    public ILogWorker NewWorker() => new Worker(this);

    /// <summary>Ends the threads after what was posted.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (Next() is { } worker)
            worker.RunSome();
    }

    private Worker? Next()
    {
        lock (_gate)
        {
            while (_ready.Count == 0 && !_isEnding)
                Monitor.Wait(_gate);
            return _ready.TryDequeue(out var worker) ? worker : null;
        }
    }

    private void Add(Worker worker)
    {
        lock (_gate)
        {
            _ready.Enqueue(worker);
            Monitor.Pulse(_gate);
        }
    }

    private sealed class Worker(WorkerPool pool) : ILogWorker
    {
        // So many pieces are done before another worker has its turn.
        private const int AtATime = 64;

        private readonly Lock _own = new();
        private readonly Queue<Action> _queue = new();
        private bool _isReady;

        public void Post(Action work)
        {
            lock (_own)
            {
                _queue.Enqueue(work);
                if (_isReady)
                    return;
                _isReady = true;
            }
            pool.Add(this);
        }

        public void RunSome()
        {
            for (var i = 0; i < AtATime; i++)
            {
                Action? work;
                lock (_own)
                {
                    if (!_queue.TryDequeue(out work))
                    {
                        _isReady = false;
                        return;
                    }
                }
                work();
            }
            pool.Add(this);
        }

        public void Dispose()
        {
            // The threads are the pool's.
        }
    }
}
