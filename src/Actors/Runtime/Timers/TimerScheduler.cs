namespace StreamActors.Runtime;

/// <summary>The timers of one instance of an actor.</summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, ActorTimer> _timers = [];

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) =>
        Start(key, msg, timeout, Timeout.InfiniteTimeSpan);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => Start(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, msg, initialDelay, interval);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer)) timer.Dispose();
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values) timer.Dispose();
        _timers.Clear();
    }

    /// <summary>Whether the tick is one of a timer that still runs; a single one has then done its work.</summary>
    internal bool Accept(ActorTimer timer)
    {
        if (!_timers.TryGetValue(timer.Key, out var running) || !ReferenceEquals(running, timer)) return false;
        timer.TickWaits = false;
        if (!timer.IsPeriodic) Cancel(timer.Key);
        return true;
    }

    private void Start(object key, object msg, TimeSpan due, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(msg);
        Cancel(key);
        var timer = new ActorTimer(cell, this, key, msg, interval != Timeout.InfiniteTimeSpan);
        _timers[key] = timer;
        timer.Start(due < TimeSpan.Zero ? TimeSpan.Zero : due, interval);
    }
}

/// <summary>A running timer, and the tick that it puts into the mailbox.</summary>
internal sealed class ActorTimer(ActorCell cell, TimerScheduler owner, object key, object message, bool isPeriodic)
    : IRuntimeMessage, IDisposable
{
    private ITimer? _timer;
    private bool _tickWaits;

    public object Key => key;

    public object Message => message;

    public bool IsPeriodic => isPeriodic;

    public TimerScheduler Owner => owner;

    public bool TickWaits
    {
        set => Volatile.Write(ref _tickWaits, value);
    }

    public void Start(TimeSpan due, TimeSpan interval) =>
        _timer = cell.System.TimeProvider.CreateTimer(static state => ((ActorTimer)state!).Tick(), this, due, interval);

    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        if (!Interlocked.Exchange(ref _tickWaits, true)) cell.PostFromTimer(this);
    }
}
