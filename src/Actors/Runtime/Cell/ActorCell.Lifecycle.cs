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
    private volatile CellState state = CellState.Starting;
    private ActorBase? actor;
    private SupervisorStrategy? strategy;
    private TimerScheduler? timers;
    private object? failedOn;
    private Exception? restartCause;
    private ITimer? backoffTimer;
    private bool backingOff;

    public bool IsTerminated => state == CellState.Terminated;

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
                case UnwatchMessage unwatch: watchers?.Remove(unwatch.Watcher); break;
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
        if (state != CellState.Starting) return;
        try
        {
            Construct();
            state = CellState.Running;
            actor!.InvokePreStart();
        }
        catch (Exception cause)
        {
            throw new ActorInitializationException(self.Path, cause);
        }
    }

    private void Construct()
    {
        var made = Props.NewActor();
        made.OnConstructed();
        if (made is IWithTimers withTimers) withTimers.Timers = timers = new TimerScheduler(this);
        strategy = Props.SupervisorStrategy ?? made.InvokeSupervisorStrategy();
        actor = made;
    }

    /// <summary>The actor threw: its asker gets the cause, and its parent decides what becomes of it.</summary>
    private void Fail(Exception cause)
    {
        System.Log.ActorFailed(cause, self);
        if (currentMessage is not null) FailSender(currentMessage, currentSender, cause);
        failedOn = currentMessage;
        if (state is CellState.Stopping or CellState.Terminated) return;
        state = CellState.Suspended;
        if (parent is null) System.OnGuardianFailed(cause);
        else parent.PostSystem(new FailedMessage(this, cause));
    }

    private void HandleResume()
    {
        if (state != CellState.Suspended) return;
        state = CellState.Running;
        failedOn = null;
        DecideEscalated(static () => new ResumeMessage());
        // An instance that never came to be can't go on.
        if (actor is null) HandleTerminate();
        else ReleaseHeld();
    }

    private void HandleRestart(Exception cause, TimeSpan delay)
    {
        if (state != CellState.Suspended) return;
        state = CellState.Restarting;
        restartCause = cause;
        // Without an instance there is no PreRestart that stops what its constructor had made.
        if (actor is null) foreach (var entry in EntriesInOrder()) StopChild(entry);
        else DiscardInstance(failed => failed.InvokePreRestart(cause, failedOn));
        failedOn = null;
        if (delay > TimeSpan.Zero) BackOff(delay);
        TryFinishRestart();
    }

    private void BackOff(TimeSpan delay)
    {
        backingOff = true;
        if (held is { } waiting)
        {
            (held, heldCount) = (null, 0);
            foreach (var envelope in waiting) HandleMessage(envelope.Message!, envelope.Sender);
        }
        backoffTimer = System.TimeProvider.CreateTimer(
            static cell => ((ActorCell)cell!).PostSystem(new BackoffElapsedMessage()), this, delay, Timeout.InfiniteTimeSpan);
    }

    private void HandleBackoffElapsed()
    {
        backoffTimer?.Dispose();
        (backoffTimer, backingOff) = (null, false);
        TryFinishRestart();
    }

    private void TryFinishRestart()
    {
        if (state != CellState.Restarting || backingOff || AnyChildStopping) return;
        var cause = restartCause!;
        restartCause = null;
        try
        {
            Construct();
            state = CellState.Running;
            actor!.InvokePostRestart(cause);
        }
        catch (Exception again)
        {
            throw new ActorInitializationException(self.Path, again);
        }
        System.Log.ActorRestarted(self);
        DecideEscalated(() => new RestartMessage(cause, TimeSpan.Zero));
        ReleaseHeld();
    }

    private void HandleTerminate()
    {
        if (state is CellState.Stopping or CellState.Terminated) return;
        state = CellState.Stopping;
        backoffTimer?.Dispose();
        ReleaseHeld();
        StopChildren();
        TryFinishTerminate();
    }

    private void TryFinishTerminate()
    {
        if (state != CellState.Stopping || AnyChild) return;
        DiscardInstance(static stopped => stopped.InvokePostStop());
        state = CellState.Terminated;
        StopWatching();
        parent?.PostSystem(new ChildTerminatedMessage(this));
        NotifyWatchers();
        if (parent is null) System.OnGuardianTerminated();
    }

    /// <summary>Runs the instance's last method, whose exceptions are logged and change nothing, and lets go of it.</summary>
    private void DiscardInstance(Action<ActorBase> lastMethod)
    {
        timers?.CancelAll();
        timers = null;
        SetReceiveTimeout(null);
        if (actor is null) return;
        try
        {
            lastMethod(actor);
        }
        catch (Exception cause)
        {
            System.Log.ActorFailed(cause, self);
        }
        // What the last method set up would else outlive its instance.
        timers?.CancelAll();
        SetReceiveTimeout(null);
        actor = null;
    }
}
