namespace StreamActors.Runtime;

/// <summary>Where an actor stands in its life.</summary>
internal enum CellState
{
    /// <summary>Its creation is on the way; no message can be handled before it.</summary>
    Starting,

    /// <summary>It handles messages.</summary>
    Running,

    /// <summary>It threw, and waits for the decision of its parent; messages are held.</summary>
    Suspended,

    /// <summary>The old instance is gone; children are stopping, or the back-off runs.</summary>
    Restarting,

    /// <summary>It waits for its children to stop; messages are dead letters.</summary>
    Stopping,

    /// <summary>It has stopped.</summary>
    Terminated,
}

/// <summary>The life of the actor: start, failure, restart, stop.</summary>
internal sealed partial class ActorCell
{
    private volatile CellState _state = CellState.Starting;
    private ActorBase? _actor;
    private SupervisorStrategy? _strategy;
    private TimerScheduler? _timers;
    private object? _failedOn;
    private Exception? _restartCause;
    private ITimer? _backoffTimer;
    private bool _backingOff;

    public bool IsTerminated => _state == CellState.Terminated;

    /// <summary>Hands the cell to the dispatcher for the first time.</summary>
    public void Start() => PostSystem(new CreateMessage());

    private void HandleSystemMessage(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case CreateMessage: HandleCreate(); break;
                case TerminateMessage: HandleTerminate(); break;
                case FailedMessage failed: HandleFailed(failed.Child, failed.Cause); break;
                case ResumeMessage: HandleResume(); break;
                case RestartMessage restart: HandleRestart(restart.Cause, restart.Delay); break;
                case BackoffElapsedMessage: HandleBackoffElapsed(); break;
                case ChildTerminatedMessage terminated: HandleChildTerminated(terminated.Child); break;
                case WatchMessage watch: HandleWatch(watch.Watcher); break;
                case UnwatchMessage unwatch: _watchers?.Remove(unwatch.Watcher); break;
                case DeathWatchNotification notification: HandleDeathWatchNotification(notification.Actor); break;
            }
        }
        catch (Exception cause)
        {
            Fail(cause);
        }
    }

    private void HandleCreate()
    {
        if (_state != CellState.Starting) return;
        try
        {
            Construct();
            _state = CellState.Running;
            _actor!.InvokePreStart();
        }
        catch (Exception cause)
        {
            throw new ActorInitializationException(_self.Path, cause);
        }
    }

    private void Construct()
    {
        var made = Props.NewActor();
        made.OnConstructed();
        if (made is IWithTimers withTimers) withTimers.Timers = _timers = new TimerScheduler(this);
        _strategy = Props.SupervisorStrategy ?? made.InvokeSupervisorStrategy();
        _actor = made;
    }

    /// <summary>The actor threw: its asker gets the cause, and its parent decides what becomes of it.</summary>
    private void Fail(Exception cause)
    {
        System.Log.ActorFailed(cause, _self);
        if (_currentMessage is not null) FailSender(_currentMessage, _currentSender, cause);
        _failedOn = _currentMessage;
        if (_state is CellState.Stopping or CellState.Terminated) return;
        _state = CellState.Suspended;
        if (_parent is null) System.OnGuardianFailed(cause);
        else _parent.PostSystem(new FailedMessage(this, cause));
    }

    private void HandleResume()
    {
        if (_state != CellState.Suspended) return;
        _state = CellState.Running;
        _failedOn = null;
        DecideEscalated(static () => new ResumeMessage());
        // An instance that never came to be can't go on.
        if (_actor is null) HandleTerminate();
        else ReleaseHeld();
    }

    private void HandleRestart(Exception cause, TimeSpan delay)
    {
        if (_state != CellState.Suspended) return;
        _state = CellState.Restarting;
        _restartCause = cause;
        // Without an instance there is no PreRestart that stops what its constructor had made.
        if (_actor is null) foreach (var entry in EntriesInOrder()) StopChild(entry);
        DiscardInstance(failed => failed.InvokePreRestart(cause, _failedOn));
        _failedOn = null;
        if (delay > TimeSpan.Zero) BackOff(delay);
        TryFinishRestart();
    }

    private void BackOff(TimeSpan delay)
    {
        _backingOff = true;
        if (_held is { } waiting)
        {
            (_held, _heldCount) = (null, 0);
            foreach (var envelope in waiting) HandleMessage(envelope.Message!, envelope.Sender);
        }
        _backoffTimer = System.TimeProvider.CreateTimer(
            static cell => ((ActorCell)cell!).PostSystem(new BackoffElapsedMessage()), this, delay, Timeout.InfiniteTimeSpan);
    }

    private void HandleBackoffElapsed()
    {
        _backoffTimer?.Dispose();
        (_backoffTimer, _backingOff) = (null, false);
        TryFinishRestart();
    }

    private void TryFinishRestart()
    {
        if (_state != CellState.Restarting || _backingOff || AnyChildStopping) return;
        var cause = _restartCause!;
        _restartCause = null;
        try
        {
            Construct();
            _state = CellState.Running;
            _actor!.InvokePostRestart(cause);
        }
        catch (Exception again)
        {
            throw new ActorInitializationException(_self.Path, again);
        }
        System.Log.ActorRestarted(_self);
        DecideEscalated(() => new RestartMessage(cause, TimeSpan.Zero));
        ReleaseHeld();
    }

    private void HandleTerminate()
    {
        if (_state is CellState.Stopping or CellState.Terminated) return;
        _state = CellState.Stopping;
        _backoffTimer?.Dispose();
        ReleaseHeld();
        StopChildren();
        TryFinishTerminate();
    }

    private void TryFinishTerminate()
    {
        if (_state != CellState.Stopping || AnyChild) return;
        DiscardInstance(static stopped => stopped.InvokePostStop());
        _state = CellState.Terminated;
        StopWatching();
        _parent?.PostSystem(new ChildTerminatedMessage(this));
        NotifyWatchers();
        if (_parent is null) System.OnGuardianTerminated();
    }

    /// <summary>Runs the instance's last method, whose exceptions are logged and change nothing, and lets go of it.</summary>
    private void DiscardInstance(Action<ActorBase> lastMethod)
    {
        try
        {
            if (_actor is not null) lastMethod(_actor);
        }
        catch (Exception cause)
        {
            System.Log.ActorFailed(cause, _self);
        }
        // After the last method, which could set them again, and they would outlive the instance.
        _timers?.CancelAll();
        SetReceiveTimeout(null);
        (_timers, _actor) = (null, null);
    }
}
