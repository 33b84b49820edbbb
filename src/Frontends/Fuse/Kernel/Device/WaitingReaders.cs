using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Lets only a few device threads wait for a request at a time. The kernel wakes those that wait in turn, so that many of
/// them would serve one busy caller each with a cold cache; the others wait here, and come when all have been at work
/// for a while. To wake one whenever all are at work would cost more than the requests, which take microseconds.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A timer that has fired, or was never set, holds nothing.")]
internal sealed class WaitingReaders
{
    /// <summary>Threads that wait in a read at a time: one to serve, one to be there meanwhile.</summary>
    public const int Max = 2;

    /// <summary>How long a request may find nobody who reads it, milliseconds.</summary>
    private const int PatienceMilliseconds = 1;

    private readonly object _gate = new();
    private readonly Timer _watch;
    private int _waiting;
    private int _spare;
    private bool _watching;

    /// <summary>Makes one for a mount.</summary>
    public WaitingReaders() => _watch = new Timer(_ => CallSpare());

    /// <summary>Says that the thread is about to read a request; returns when it may.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            while (_waiting >= Max)
            {
                _spare++;
                Monitor.Wait(_gate);
                _spare--;
            }
            _waiting++;
        }
    }

    /// <summary>Says that the thread waits no more: it has a request, or ends.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_waiting > 0 || _spare == 0 || _watching)
                return;
            _watching = true;
            _watch.Change(PatienceMilliseconds, Timeout.Infinite);
        }
    }

    private void CallSpare()
    {
        lock (_gate)
        {
            _watching = false;
            if (_waiting == 0)
                Monitor.Pulse(_gate);
        }
    }
}
