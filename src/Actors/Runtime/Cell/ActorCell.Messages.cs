namespace StreamActors.Runtime;

/// <summary>Handling of one message.</summary>
internal sealed partial class ActorCell
{
    private TimeSpan? receiveTimeout;
    private ITimer? receiveTimeoutTimer;
    private long lastMessageAt;
    private bool receiveTimeoutTickWaits;

    public TimeSpan? ReceiveTimeout => receiveTimeout;

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        receiveTimeoutTimer?.Dispose();
        (receiveTimeout, receiveTimeoutTimer) = (timeout, null);
        if (timeout is null) return;
        lastMessageAt = System.TimeProvider.GetTimestamp();
        receiveTimeoutTimer = System.TimeProvider.CreateTimer(
            static cell => ((ActorCell)cell!).TickReceiveTimeout(), this, timeout.Value, Timeout.InfiniteTimeSpan);
    }

    private void HandleMessage(object message, IActorRef? sender)
    {
        switch (state)
        {
            case CellState.Suspended:
            case CellState.Restarting when !backingOff:
                Hold(message, sender);
                return;
            case CellState.Restarting when message is DeathNotice:
                Hold(message, sender);
                return;
            case CellState.Restarting when message is PoisonPill:
                Stop(self);
                return;
            case CellState.Restarting:
                System.CountDropped();
                System.Log.DroppedInBackoff(self, message.GetType());
                FailSender(message, sender, new ActorRestartingException(self.Path, restartCause!));
                return;
            case CellState.Stopping:
            case CellState.Terminated:
                System.PublishDeadLetter(message, sender, self);
                return;
        }

        (currentMessage, currentSender) = (message, sender);
        try
        {
            Dispatch(message);
            if (receiveTimeout is not null && message is not INotInfluenceReceiveTimeout)
                lastMessageAt = System.TimeProvider.GetTimestamp();
        }
        catch (Exception cause)
        {
            Fail(cause);
        }
        finally
        {
            (currentMessage, currentSender) = (null, null);
        }
    }

    private void Dispatch(object message)
    {
        switch (message)
        {
            case ActorTimer timer:
                if (timer.Owner == timers && timers.Accept(timer)) DeliverTick(timer.Message);
                break;
            case ReceiveTimeoutTick:
                DeliverReceiveTimeout();
                break;
            case DeathNotice notice:
                DeliverTerminated(notice);
                break;
            case PoisonPill:
                Stop(self);
                break;
            case Kill:
                throw new ActorKilledException();
            default:
                actor!.Handle(message);
                break;
        }
    }

    private void DeliverTick(object message)
    {
        currentMessage = message;
        actor!.Handle(message);
    }

    private void TickReceiveTimeout()
    {
        if (!Interlocked.Exchange(ref receiveTimeoutTickWaits, true)) Post(ReceiveTimeoutTick.Instance, null);
    }

    /// <summary>The timer isn't moved at each message: when it fires, it is set again for what is left.</summary>
    private void DeliverReceiveTimeout()
    {
        Volatile.Write(ref receiveTimeoutTickWaits, false);
        if (receiveTimeout is not { } timeout) return;
        var left = timeout - System.TimeProvider.GetElapsedTime(lastMessageAt);
        if (left > TimeSpan.Zero)
        {
            receiveTimeoutTimer!.Change(RoundUp(left), Timeout.InfiniteTimeSpan);
            return;
        }
        receiveTimeoutTimer!.Change(RoundUp(timeout), Timeout.InfiniteTimeSpan);
        currentMessage = Runtime.ReceiveTimeout.Instance;
        actor!.Handle(Runtime.ReceiveTimeout.Instance);
    }

    /// <summary>Timers count in milliseconds and cut; to be early by a part of one would mean to spin.</summary>
    private static TimeSpan RoundUp(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));

    private sealed class ReceiveTimeoutTick : INotInfluenceReceiveTimeout, IRuntimeMessage
    {
        public static readonly ReceiveTimeoutTick Instance = new();
    }
}
