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

    private readonly TimeProvider time;
    private readonly Stripe[] stripes;
    private readonly Lock timerLock = new();
    private readonly ITimer timer;
    private long nextSweep = long.MaxValue;

    /// <param name="time">The clock.</param>
    /// <param name="maximum">How many asks may wait.</param>
    /// <param name="threads">How many threads may ask at the same moment.</param>
    public PendingAsks(TimeProvider time, int maximum, int threads)
    {
        this.time = time;
        // One for each thread, so that askers don't wait for each other.
        stripes = new Stripe[(int)BitOperations.RoundUpToPowerOf2((uint)threads)];
        for (var i = 0; i < stripes.Length; i++) stripes[i] = new Stripe(Math.Max(1, maximum / stripes.Length));
        timer = time.CreateTimer(static asks => ((PendingAsks)asks!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>False when as many asks wait as may.</summary>
    public bool TryRegister(IAskPromise promise, TimeSpan? timeout)
    {
        var deadline = timeout is null || timeout == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : time.GetTimestamp() + (long)(timeout.Value.TotalSeconds * time.TimestampFrequency);
        var first = Thread.GetCurrentProcessorId() & (stripes.Length - 1);
        for (var i = 0; i < stripes.Length; i++)
        {
            var index = (first + i) & (stripes.Length - 1);
            var slot = stripes[index].Add(promise, deadline);
            if (slot < 0) continue;
            promise.Ticket = new AskTicket(index, slot);
            if (deadline < Volatile.Read(ref nextSweep)) SweepAt(deadline);
            return true;
        }
        return false;
    }

    public void Release(AskTicket ticket)
    {
        if (ticket != AskTicket.None) stripes[ticket.Stripe].Remove(ticket.Slot);
    }

    /// <summary>Ends all, because the system has terminated; a later ask ends as its message becomes a dead letter.</summary>
    public void FailAll(Func<Exception> cause)
    {
        foreach (var stripe in stripes)
            foreach (var promise in stripe.Due(long.MaxValue, out _)) promise.Fail(cause());
        timer.Dispose();
    }

    private void SweepAt(long deadline)
    {
        lock (timerLock)
        {
            if (deadline >= nextSweep) return;
            nextSweep = deadline;
            var wait = time.GetElapsedTime(time.GetTimestamp(), deadline);
            var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 0, int.MaxValue);
            timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }
    }

    private void Sweep()
    {
        lock (timerLock) nextSweep = long.MaxValue;
        var now = time.GetTimestamp();
        var earliest = long.MaxValue;
        foreach (var stripe in stripes)
        {
            var due = stripe.Due(now, out var next);
            foreach (var promise in due) promise.Fail(new AskTimeoutException("No reply came in time."));
            earliest = Math.Min(earliest, next);
        }
        if (earliest != long.MaxValue)
            SweepAt(Math.Max(earliest, now + (SweepMilliseconds * time.TimestampFrequency / 1000)));
    }

    /// <summary>Slots in an array, the free ones linked by their index.</summary>
    private sealed class Stripe(int maximum)
    {
        private readonly Lock gate = new();
        private IAskPromise?[] promises = [];
        private long[] deadlines = [];
        private int[] nextFree = [];
        private int free = -1;
        private int used;

        public int Add(IAskPromise promise, long deadline)
        {
            lock (gate)
            {
                var slot = free;
                if (slot >= 0) free = nextFree[slot];
                else if (used < maximum) slot = NewSlot();
                else return -1;
                promises[slot] = promise;
                deadlines[slot] = deadline;
                return slot;
            }
        }

        public void Remove(int slot)
        {
            lock (gate)
            {
                promises[slot] = null;
                nextFree[slot] = free;
                free = slot;
            }
        }

        /// <summary>The asks whose deadline has come, and the earliest deadline of the others.</summary>
        public List<IAskPromise> Due(long now, out long next)
        {
            var due = new List<IAskPromise>();
            next = long.MaxValue;
            lock (gate)
            {
                for (var slot = 0; slot < used; slot++)
                {
                    if (promises[slot] is not { } promise) continue;
                    if (deadlines[slot] <= now) due.Add(promise);
                    else next = Math.Min(next, deadlines[slot]);
                }
            }
            return due;
        }

        private int NewSlot()
        {
            if (used == promises.Length)
            {
                var length = Math.Min(maximum, Math.Max(16, used * 2));
                Array.Resize(ref promises, length);
                Array.Resize(ref deadlines, length);
                Array.Resize(ref nextFree, length);
            }
            return used++;
        }
    }
}
