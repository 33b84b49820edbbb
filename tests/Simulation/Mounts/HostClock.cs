namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>The clock of a process: it drifts, began at another time than the world's, and its timers are the process's own.</summary>
/// <param name="world">The world.</param>
/// <param name="process">The process.</param>
/// <param name="rate">How fast it runs.</param>
/// <param name="start">What it showed when the world began.</param>
internal sealed class HostClock(MountWorld world, Process process, double rate, TimeSpan start) : TimeProvider
{
    private readonly DriftingClock _clock = new(world.Time, rate, start);

    /// <summary>By how much the time of day is wrong; timers do not mind.</summary>
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => world.Time.GetUtcNow() + Skew;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        world.CheckThread();
        var timer = new HostTimer(process, () => callback(state));
        timer.Begin(_clock.CreateTimer(_ => timer.Fire(), null, dueTime, period));
        return timer;
    }

    private sealed class HostTimer(Process process, Action callback) : ITimer
    {
        private ITimer? _timer;
        private long _changes;
        private bool _isHeld;

        public void Begin(ITimer timer) => _timer = timer;

        public void Fire()
        {
            if (!process.IsAlive) _timer?.Dispose();
            // A timer that is due several times while its process stands still comes once.
            if (_isHeld) return;
            var changes = _changes;
            _isHeld = true;
            process.Run(() =>
            {
                _isHeld = false;
                if (changes == _changes) callback();
            });
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _changes++;
            _isHeld = false;
            return _timer!.Change(dueTime, period);
        }

        public void Dispose()
        {
            _changes++;
            _timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
