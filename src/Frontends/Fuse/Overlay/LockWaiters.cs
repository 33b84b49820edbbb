using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// Requests that wait for a lock (SETLKW). They hold no thread: each is tried again whenever a lock on its file ends
/// through the mount, and, since locks of others in SOURCE end unseen, after a time that doubles.
/// </summary>
internal sealed class LockWaiters : IDisposable
{
    private const int FirstDelayMilliseconds = 1;
    private const int LastDelayMilliseconds = 64;

    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];
    private readonly int _capacity;
    private readonly Timer _timer;
    private int _count;
    private bool _disposed;

    /// <summary>Makes an empty list.</summary>
    /// <param name="capacity">The most requests that wait; more get ENOLCK.</param>
    public LockWaiters(int capacity)
    {
        _capacity = capacity;
        _timer = new Timer(_ => TryDue());
    }

    /// <summary>Parks a request until its lock can be had, or its caller is interrupted (EINTR).</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="call">The call.</param>
    /// <param name="request">The lock.</param>
    public void Add(OverlayFileHandle handle, Call call, in LockRequest request)
    {
        var waiter = new Waiter(handle, request);
        lock (_gate)
        {
            if (_waiters.Count == _capacity)
                waiter.Done = true;
            else
                _waiters.Add(waiter);
            _count = _waiters.Count;
        }
        if (waiter.Done)
        {
            call.Finish(Errno.ENOLCK);
            return;
        }
        waiter.Call = call.Park();
        ((ParkedReply)waiter.Call.Reply).OnInterrupt(() => Interrupt(waiter));
        // Once more, for a lock that ended before the request was in the list.
        lock (_gate)
        {
            Try(waiter);
            Schedule();
        }
    }

    /// <summary>Tries those that wait for a lock on a file: one has just ended.</summary>
    /// <param name="file">The file.</param>
    public void Wake(OverlayFile file)
    {
        if (Volatile.Read(ref _count) == 0)
            return;
        lock (_gate)
        {
            foreach (var waiter in _waiters.Where(waiter => waiter.Handle.Inode == file).ToArray())
                Try(waiter);
        }
    }

    /// <summary>Stops trying, at unmount. What still waits is answered by the mount.</summary>
    public void Dispose()
    {
        lock (_gate)
            _disposed = true;
        _timer.Dispose();
    }

    private void TryDue()
    {
        lock (_gate)
        {
            var now = Environment.TickCount64;
            foreach (var waiter in _waiters.Where(waiter => waiter.TryAgainAt <= now).ToArray())
            {
                waiter.Delay = Math.Min(waiter.Delay * 2, LastDelayMilliseconds);
                waiter.TryAgainAt = now + waiter.Delay;
                Try(waiter);
            }
            Schedule();
        }
    }

    private void Try(Waiter waiter)
    {
        if (waiter.Done || waiter.Call is not { } call)
            return;
        var error = waiter.Handle.TryLock(waiter.Request);
        if (error == Errno.EAGAIN)
            return;
        Remove(waiter);
        // Nobody is there any more to hold it.
        if (!call.Finish(error) && error == Errno.None)
            waiter.Handle.TryLock(waiter.Request with { Type = (uint)Linux.F_UNLCK });
    }

    private void Interrupt(Waiter waiter)
    {
        lock (_gate)
            Remove(waiter);
        waiter.Call?.Finish(Errno.EINTR);
    }

    private void Remove(Waiter waiter)
    {
        waiter.Done = true;
        _waiters.Remove(waiter);
        _count = _waiters.Count;
    }

    private void Schedule()
    {
        if (_waiters.Count == 0 || _disposed)
            return;
        var wait = Math.Max(_waiters.Min(waiter => waiter.TryAgainAt) - Environment.TickCount64, FirstDelayMilliseconds);
        _timer.Change(wait, Timeout.Infinite);
    }

    private sealed class Waiter(OverlayFileHandle handle, in LockRequest request)
    {
        public OverlayFileHandle Handle { get; } = handle;

        public LockRequest Request { get; } = request;

        public Call? Call { get; set; }

        public int Delay { get; set; } = FirstDelayMilliseconds;

        public long TryAgainAt { get; set; } = Environment.TickCount64 + FirstDelayMilliseconds;

        public bool Done { get; set; }
    }
}
