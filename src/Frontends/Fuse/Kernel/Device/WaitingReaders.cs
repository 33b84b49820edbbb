namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Lets only a few device threads wait for a request at a time. The kernel wakes those that wait in turn, so that many of
/// them would serve one busy caller each with a cold cache; the others wait here, and come when all that wait have work.
/// </summary>
internal sealed class WaitingReaders
{
    /// <summary>Threads that wait in a read at a time: one to serve, one to be there meanwhile.</summary>
    public const int Max = 2;

    private readonly object _gate = new();
    private int _waiting;
    private int _spare;

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

    /// <summary>Says that the thread waits no more: it has a request, or ends. If it was the last, another takes its place.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_waiting == 0 && _spare > 0)
                Monitor.Pulse(_gate);
        }
    }
}
