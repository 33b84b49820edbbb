namespace StreamActors.Runtime;

/// <summary>The sender of an ask: whatever is told to it first ends the ask.</summary>
internal interface IAskPromise : IActorRef
{
    /// <summary>The place in <see cref="PendingAsks"/>.</summary>
    AskTicket Ticket { get; set; }

    /// <summary>Ends the ask with an error; without effect on one that has ended.</summary>
    void Fail(Exception cause);
}

/// <summary>One object for the ask, beside its task: reference, result and place in the list of deadlines.</summary>
internal sealed class AskPromise<T>(ActorSystem? system, bool inTurn)
    : TaskCompletionSource<T>(inTurn || system is { Dispatcher.IsSingleThreaded: true }
        ? TaskCreationOptions.None
        : TaskCreationOptions.RunContinuationsAsynchronously), IAskPromise
{
    private CancellationTokenRegistration _cancellation;

    public AskTicket Ticket { get; set; } = AskTicket.None;

    public ActorPath Path => ActorPath.Root(system?.Name ?? "nobody") / "temp";

    public void Tell(object message, IActorRef? sender)
    {
        switch (message)
        {
            case T reply:
                if (TrySetResult(reply)) End();
                break;
            case Status.Failure failure:
                Fail(failure.Cause);
                break;
            case null:
                Fail(new InvalidMessageException("The reply is null."));
                break;
            default:
                Fail(new ArgumentException($"Ask expected a {typeof(T)}, and {sender} replied a {message.GetType()}.", nameof(message)));
                break;
        }
    }

    public void Fail(Exception cause)
    {
        if (TrySetException(cause)) End();
    }

    public void CancelWith(CancellationToken token)
    {
        _cancellation = token.UnsafeRegister(static (promise, cancelled) => ((AskPromise<T>)promise!).Cancel(cancelled), this);
        // It may have ended before the registration was stored, and then nobody takes it back.
        if (Task.IsCompleted) _cancellation.Unregister();
    }

    public override string ToString() => $"[ask for {typeof(T).Name}]";

    private void Cancel(CancellationToken token)
    {
        if (TrySetCanceled(token)) End();
    }

    /// <summary>Only for who ended the ask: the ticket is given back once.</summary>
    private void End()
    {
        system?.Asks.Release(Ticket);
        _cancellation.Unregister();
    }
}
