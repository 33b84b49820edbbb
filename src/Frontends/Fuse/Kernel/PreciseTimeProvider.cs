namespace StreamActors.Fuse.Kernel;

/// <summary>
/// The machine's clock, with timers that end within microseconds of their time. Those of the platform go by a clock of
/// 4 ms steps, which a reader that waits for a message would notice. Callbacks run on the timers' own thread, one after
/// the other, and must not block.
/// </summary>
/// <remarks>
/// An idle processor takes its time to wake up (50 µs where it is virtual). So the thread wakes earlier by as much as it was
/// late of late, and looks at the clock for the rest.
/// </remarks>
public sealed class PreciseTimeProvider : TimeProvider
{
    /// <summary>How much earlier than the first timer's end the thread wakes at most, which is what an end can cost, nanoseconds.</summary>
    private const long MaxLead = 200_000;

    private readonly Lock _gate = new();
    private readonly SortedSet<Entry> _running = new(Comparer<Entry>.Create((a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Number.CompareTo(b.Number)));
    private readonly FileDescriptor _timer;
    private long _lastNumber;
    private long _firstDue;
    private long _wake;
    private long _lead;

    /// <summary>Starts the thread.</summary>
    /// <exception cref="IOException">The machine gives no timer.</exception>
    public PreciseTimeProvider()
    {
        var error = Syscall.CreateTimer(out var timer);
        _timer = timer ?? throw new IOException($"timerfd_create: {error}");
        new Thread(Run) { IsBackground = true, Name = "timers" }.Start();
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new PreciseTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Run()
    {
        var due = new List<PreciseTimer>();
        Span<byte> expirations = stackalloc byte[sizeof(ulong)];
        while (true)
        {
            Syscall.Read(_timer, expirations, out _);
            Learn();
            while (Volatile.Read(ref _firstDue) - GetTimestamp() is > 0 and <= MaxLead)
                Thread.SpinWait(1);
            lock (_gate)
            {
                while (_running.Min is { Timer: not null } first && first.Due <= GetTimestamp())
                {
                    due.Add(first.Timer);
                    first.Timer.Next();
                }
            }
            // Somebody waits for these; the next timer is set after them.
            foreach (var timer in due)
                timer.Fire();
            due.Clear();
            lock (_gate)
                Arm();
        }
    }

    /// <summary>The lead follows a thread that wakes later at once, and one that wakes earlier by and by.</summary>
    private void Learn()
    {
        lock (_gate)
        {
            var late = Math.Clamp(GetTimestamp() - _wake, 0, MaxLead);
            _lead = Math.Max(late, _lead - ((_lead - late) / 8));
        }
    }

    /// <summary>Sets the machine's timer to the first that ends; a spurious end does no harm.</summary>
    private void Arm()
    {
        if (_running.Min is not { Timer: not null } first)
            return;
        Volatile.Write(ref _firstDue, first.Due);
        _wake = Math.Max(GetTimestamp(), first.Due - _lead);
        Syscall.SetTimer(_timer, _wake);
    }

    private readonly record struct Entry(long Due, long Number, PreciseTimer Timer);

    private sealed class PreciseTimer(PreciseTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private Entry? _entry;
        private TimeSpan _period;

        public void Fire() => callback(state);

        /// <summary>Goes on to the next period, if there is one.</summary>
        public void Next() => Start(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                _period = period;
                Start(dueTime);
                if (_entry is { } entry && owner._running.Min == entry)
                    owner.Arm();
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Start(TimeSpan due)
        {
            if (_entry is { } former)
                owner._running.Remove(former);
            _entry = due < TimeSpan.Zero ? null : new Entry(owner.GetTimestamp() + (due.Ticks * 100), ++owner._lastNumber, this);
            if (_entry is { } next)
                owner._running.Add(next);
        }
    }
}
