namespace StreamActors.Runtime;

/// <summary>Handling of one message.</summary>
internal sealed partial class ActorCell
{
    private TimeSpan? _receiveTimeout;
    private ITimer? _receiveTimeoutTimer;
    private long _lastMessageAt;
    private bool _receiveTimeoutTickWaits;

    public TimeSpan? ReceiveTimeout => _receiveTimeout;

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        _receiveTimeoutTimer?.Dispose();
        (_receiveTimeout, _receiveTimeoutTimer) = (timeout, null);
        // A tick that still waits was dropped, or is found to be too early.
        Volatile.Write(ref _receiveTimeoutTickWaits, false);
        if (timeout is null) return;
        _lastMessageAt = System.TimeProvider.GetTimestamp();
        _receiveTimeoutTimer = System.TimeProvider.CreateTimer(
            static cell => ((ActorCell)cell!).TickReceiveTimeout(), this, timeout.Value, Timeout.InfiniteTimeSpan);
    }

    private void HandleMessage(object message, IActorRef? sender)
    {
        switch (_state)
        {
            case CellState.Suspended:
            case CellState.Restarting when !_backingOff:
                Hold(message, sender);
                return;
            case CellState.Restarting when message is DeathNotice:
                Hold(message, sender);
                return;
            case CellState.Restarting when message is IRuntimeMessage:
                return;
            case CellState.Restarting when message is PoisonPill:
                Stop(_self);
                return;
            case CellState.Restarting:
                System.CountDropped();
                System.Log.DroppedInBackoff(_self, message.GetType());
                FailSender(message, sender, new ActorRestartingException(_self.Path, _restartCause!));
                return;
            case CellState.Stopping:
            case CellState.Terminated:
                System.PublishDeadLetter(message, sender, _self);
                return;
        }

        (_currentMessage, _currentSender) = (message, sender);
        try
        {
            Dispatch(message);
            if (_receiveTimeout is not null && message is not INotInfluenceReceiveTimeout)
                _lastMessageAt = System.TimeProvider.GetTimestamp();
        }
        catch (Exception cause)
        {
            Fail(cause);
        }
        finally
        {
            (_currentMessage, _currentSender) = (null, null);
        }
    }

    private void Dispatch(object message)
    {
        switch (message)
        {
            case ActorTimer timer:
                if (timer.Owner == _timers && _timers.Accept(timer)) DeliverTick(timer.Message);
                break;
            case ReceiveTimeoutTick:
                DeliverReceiveTimeout();
                break;
            case DeathNotice notice:
                DeliverTerminated(notice);
                break;
            case PoisonPill:
                Stop(_self);
                break;
            case Kill:
                throw new ActorKilledException();
            default:
                _actor!.Handle(message);
                break;
        }
    }

    private void DeliverTick(object message)
    {
        _currentMessage = message;
        _actor!.Handle(message);
    }

    private void TickReceiveTimeout()
    {
        if (!Interlocked.Exchange(ref _receiveTimeoutTickWaits, true)) Post(ReceiveTimeoutTick.Instance, null);
    }

    /// <summary>The timer isn't moved at each message: when it fires, it is set again for what is left.</summary>
    private void DeliverReceiveTimeout()
    {
        Volatile.Write(ref _receiveTimeoutTickWaits, false);
        if (_receiveTimeout is not { } timeout) return;
        var left = timeout - System.TimeProvider.GetElapsedTime(_lastMessageAt);
        if (left > TimeSpan.Zero)
        {
            _receiveTimeoutTimer!.Change(RoundUp(left), Timeout.InfiniteTimeSpan);
            return;
        }
        _receiveTimeoutTimer!.Change(RoundUp(timeout), Timeout.InfiniteTimeSpan);
        _currentMessage = Runtime.ReceiveTimeout.Instance;
        _actor!.Handle(Runtime.ReceiveTimeout.Instance);
    }

    /// <summary>Timers count in milliseconds and cut; to be early by a part of one would mean to spin.</summary>
    private static TimeSpan RoundUp(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));

    private sealed class ReceiveTimeoutTick : INotInfluenceReceiveTimeout, IRuntimeMessage
    {
        public static readonly ReceiveTimeoutTick Instance = new();
    }
}
