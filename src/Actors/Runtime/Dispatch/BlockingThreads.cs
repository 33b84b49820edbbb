namespace StreamActors.Runtime;

/// <summary>
/// Threads for what may block, apart from the pool: while a disk or a broker does not answer, actors run, other hosts are heard, and
/// a lease is kept. A thread is made where all others are busy, and ends when it was idle for a while.
/// </summary>
internal sealed class BlockingThreads
{
    /// <summary>The most threads; what is more waits for one of them.</summary>
    public const int MaxThreads = 64;

    private static readonly TimeSpan IdleLife = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly Queue<IThreadPoolWorkItem> _work = new();
    private int _threads;
    private int _idle;

    /// <summary>How many threads there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _threads;
        }
    }

    /// <summary>Has an item run.</summary>
    public void Execute(IThreadPoolWorkItem item)
    {
        lock (_gate)
        {
            _work.Enqueue(item);
            if (_work.Count <= _idle)
            {
                Monitor.Pulse(_gate);
                return;
            }
            if (_threads == MaxThreads) return;
            _threads++;
        }
        try
        {
            new Thread(Run) { IsBackground = true, Name = "blocking work" }.Start();
        }
        catch (OutOfMemoryException)
        {
            // The system gives no thread now, which may be for want of a descriptor: those of the pool are there already.
            lock (_gate) _threads--;
            ThreadPool.UnsafeQueueUserWorkItem(static threads => threads.Drain(), this, preferLocal: false);
        }
    }

    private void Run()
    {
        while (Next() is { } item) item.Execute();
    }

    private void Drain()
    {
        while (true)
        {
            IThreadPoolWorkItem? item;
            lock (_gate)
                if (!_work.TryDequeue(out item))
                    return;
            item.Execute();
        }
    }

    private IThreadPoolWorkItem? Next()
    {
        lock (_gate)
        {
            while (_work.Count == 0)
            {
                _idle++;
                var isWoken = Monitor.Wait(_gate, IdleLife);
                _idle--;
                if (isWoken || _work.Count > 0) continue;
                _threads--;
                return null;
            }
            return _work.Dequeue();
        }
    }
}
