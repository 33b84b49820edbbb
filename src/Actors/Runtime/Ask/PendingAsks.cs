using System.Numerics;

namespace StreamActors.Runtime;

/// <summary>The place of an ask in <see cref="PendingAsks"/>.</summary>
internal readonly record struct AskTicket(int Stripe, int Slot)
{
    public static readonly AskTicket None = new(-1, -1);
}

/// <summary>All asks of a system that wait for a reply, with their deadlines. One timer serves all of them: it is
/// set to the earliest deadline seen, and most asks have ended when it comes.</summary>
internal sealed class PendingAsks
{
    /// <summary>Deadlines that are closer together than this end together, in milliseconds.</summary>
    private const int SweepMilliseconds = 10;

    private readonly TimeProvider _time;
    private readonly Stripe[] _stripes;
    private readonly Lock _timerLock = new();
    private readonly ITimer _timer;
    private long _nextSweep = long.MaxValue;

    /// <param name="time">The clock.</param>
    /// <param name="maximum">How many asks may wait.</param>
    /// <param name="threads">How many threads may ask at the same moment.</param>
    public PendingAsks(TimeProvider time, int maximum, int threads)
    {
        _time = time;
        // One for each thread, so that askers don't wait for each other.
        _stripes = new Stripe[(int)BitOperations.RoundUpToPowerOf2((uint)threads)];
        for (var i = 0; i < _stripes.Length; i++) _stripes[i] = new Stripe(Math.Max(1, maximum / _stripes.Length));
        _timer = time.CreateTimer(static asks => ((PendingAsks)asks!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>False when as many asks wait as may.</summary>
    public bool TryRegister(IAskPromise promise, TimeSpan? timeout)
    {
        var deadline = timeout is null || timeout == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : _time.GetTimestamp() + (long)(timeout.Value.TotalSeconds * _time.TimestampFrequency);
        var first = Thread.GetCurrentProcessorId() & (_stripes.Length - 1);
        for (var i = 0; i < _stripes.Length; i++)
        {
            var index = (first + i) & (_stripes.Length - 1);
            var slot = _stripes[index].Add(promise, deadline);
            if (slot < 0) continue;
            promise.Ticket = new AskTicket(index, slot);
            if (deadline < Volatile.Read(ref _nextSweep)) SweepAt(deadline);
            return true;
        }
        return false;
    }

    public void Release(AskTicket ticket)
    {
        if (ticket != AskTicket.None) _stripes[ticket.Stripe].Remove(ticket.Slot);
    }

    /// <summary>Ends all, because the system has terminated; a later ask ends as its message becomes a dead letter.</summary>
    public void FailAll(Func<Exception> cause)
    {
        foreach (var stripe in _stripes)
            foreach (var promise in stripe.Due(long.MaxValue, out _)) promise.Fail(cause());
        _timer.Dispose();
    }

    private void SweepAt(long deadline)
    {
        lock (_timerLock)
        {
            if (deadline >= _nextSweep) return;
            _nextSweep = deadline;
            var wait = _time.GetElapsedTime(_time.GetTimestamp(), deadline);
            var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, int.MaxValue);
            _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }
    }

    private void Sweep()
    {
        lock (_timerLock) _nextSweep = long.MaxValue;
        var now = _time.GetTimestamp();
        var earliest = long.MaxValue;
        foreach (var stripe in _stripes)
        {
            var due = stripe.Due(now, out var next);
            foreach (var promise in due) promise.Fail(new AskTimeoutException("No reply came in time."));
            earliest = Math.Min(earliest, next);
        }
        if (earliest != long.MaxValue)
            SweepAt(Math.Max(earliest, now + (SweepMilliseconds * _time.TimestampFrequency / 1000)));
    }

    /// <summary>Slots in an array, the free ones linked by their index.</summary>
    private sealed class Stripe(int maximum)
    {
        private readonly Lock _gate = new();
        private IAskPromise?[] _promises = [];
        private long[] _deadlines = [];
        private int[] _nextFree = [];
        private int _free = -1;
        private int _used;

        public int Add(IAskPromise promise, long deadline)
        {
            lock (_gate)
            {
                var slot = _free;
                if (slot >= 0) _free = _nextFree[slot];
                else if (_used < maximum) slot = NewSlot();
                else return -1;
                _promises[slot] = promise;
                _deadlines[slot] = deadline;
                return slot;
            }
        }

        public void Remove(int slot)
        {
            lock (_gate)
            {
                _promises[slot] = null;
                _nextFree[slot] = _free;
                _free = slot;
            }
        }

        /// <summary>The asks whose deadline has come, and the earliest deadline of the others.</summary>
        public List<IAskPromise> Due(long now, out long next)
        {
            var due = new List<IAskPromise>();
            next = long.MaxValue;
            lock (_gate)
            {
                for (var slot = 0; slot < _used; slot++)
                {
                    if (_promises[slot] is not { } promise) continue;
                    if (_deadlines[slot] <= now) due.Add(promise);
                    else next = Math.Min(next, _deadlines[slot]);
                }
            }
            return due;
        }

        private int NewSlot()
        {
            if (_used == _promises.Length)
            {
                var length = Math.Min(maximum, Math.Max(16, _used * 2));
                Array.Resize(ref _promises, length);
                Array.Resize(ref _deadlines, length);
                Array.Resize(ref _nextFree, length);
            }
            return _used++;
        }
    }
}
