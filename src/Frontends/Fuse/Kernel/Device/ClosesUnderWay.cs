namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Which device threads give up a file. The kernel tells of that before close(2) returns, without awaiting an answer, and hands
/// requests out in their order; but of two requests that two threads have the later one may be served first. Who must not be
/// before such a close waits for it here.
/// </summary>
internal sealed class ClosesUnderWay
{
    [ThreadStatic]
    private static DeviceThread? t_own;

    private readonly Lock _gate = new();
    private readonly List<DeviceThread> _threads = [];
    private readonly List<Waiting> _waiting = [];
    private int _waitingCount;

    /// <summary>Makes the calling thread one of the device's.</summary>
    public DeviceThread Join()
    {
        var thread = t_own = new DeviceThread(this);
        lock (_gate)
            _threads.Add(thread);
        return thread;
    }

    /// <summary>
    /// Runs something when the requests have been served that other threads may have read by now: at once where there are
    /// none, else on one of those threads. Each is served within microseconds, as nothing waits while a file is closed.
    /// </summary>
    /// <param name="then">What is run; it does not block.</param>
    public void WhenServed(Action then)
    {
        lock (_gate)
        {
            // Before it is looked who is at work: a thread that ends later looks here.
            Interlocked.Increment(ref _waitingCount);
            var others = _threads.FindAll(thread => thread != t_own && thread.IsAtWork);
            if (others.Count > 0)
            {
                _waiting.Add(new Waiting(then, others));
                return;
            }
            Interlocked.Decrement(ref _waitingCount);
        }
        then();
    }

    private void Ended(DeviceThread thread)
    {
        List<Waiting>? served = null;
        lock (_gate)
        {
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (!_waiting[i].Others.Remove(thread) || _waiting[i].Others.Count > 0)
                    continue;
                (served ??= []).Add(_waiting[i]);
                _waiting.RemoveAt(i);
                Interlocked.Decrement(ref _waitingCount);
            }
        }
        // In the order in which they came.
        for (var i = (served?.Count ?? 0) - 1; i >= 0; i--)
            served![i].Then();
    }

    /// <summary>What one thread is at.</summary>
    internal sealed class DeviceThread(ClosesUnderWay all)
    {
        private int _isAtWork;

        /// <summary>Whether it has such a request, or may have one.</summary>
        public bool IsAtWork => Volatile.Read(ref _isAtWork) != 0;

        /// <summary>It is about to read a request.</summary>
        public void Reads() => Interlocked.Exchange(ref _isAtWork, 1);

        /// <summary>It has read a request.</summary>
        /// <param name="opcode">What it asks for.</param>
        public void HasRead(Opcode opcode)
        {
            if (opcode != Opcode.Release)
                Ends();
        }

        /// <summary>It has served the request, or found none.</summary>
        public void Ends()
        {
            if (Interlocked.Exchange(ref _isAtWork, 0) != 0 && Volatile.Read(ref all._waitingCount) > 0)
                all.Ended(this);
        }
    }

    private sealed record Waiting(Action Then, List<DeviceThread> Others);
}
