namespace StreamActors.Fuse.Kernel;

/// <summary>
/// Lets only a few device threads wait for a request at a time. The kernel wakes all that wait, of which one finds the
/// request; the others stand by here, and one of them comes when a request finds all at work. To wake one whenever all are
/// at work would cost more than the requests, which take microseconds: so while there is work, one that stands by looks from
/// time to time by itself.
/// </summary>
internal sealed class WaitingReaders
{
    /// <summary>Threads that wait at a time: one to serve, one to be there meanwhile.</summary>
    public const int Max = 2;

    /// <summary>How often the one that watches looks, which is how long a request may find nobody who reads it, milliseconds.</summary>
    private const int PatienceMilliseconds = 2;

    private readonly object _gate = new();
    private readonly Func<bool> _hasRequest;
    private int _waiting;
    private int _standingBy;
    private bool _deserted;
    private bool _watched;

    /// <summary>Makes one for a mount.</summary>
    /// <param name="hasRequest">Whether there is something to read; must not block.</param>
    public WaitingReaders(Func<bool> hasRequest) => _hasRequest = hasRequest;

    /// <summary>Threads that stand by now.</summary>
    public int StandingBy => Volatile.Read(ref _standingBy);

    /// <summary>Says that the thread is about to read a request; returns when it may.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            if (_waiting >= Max)
                StandBy();
            _waiting++;
        }
    }

    /// <summary>Says that the thread waits no more: it has a request, or ends.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_waiting > 0)
                return;
            _deserted = true;
            if (_watched || _standingBy == 0)
                return;
            _watched = true;
            Monitor.Pulse(_gate);
        }
    }

    private void StandBy()
    {
        _standingBy++;
        Monitor.Wait(_gate);
        // Whoever was woken watches, until it is needed itself, or there was a reader at every moment since it last looked.
        do
        {
            if (!_deserted)
            {
                _watched = false;
                Monitor.Wait(_gate);
            }
            _deserted = false;
            Monitor.Wait(_gate, PatienceMilliseconds);
        }
        while (_waiting > 0 || !_hasRequest());
        _watched = false;
        _standingBy--;
    }
}
