namespace StreamActors.Runtime;

/// <summary>The sender of an ask: whatever is told to it first ends the ask.</summary>
internal interface IAskPromise : IActorRef
{
    /// <summary>The place in <see cref="PendingAsks"/>.</summary>
    AskTicket Ticket { get; set; }

    /// <summary>Ends the ask with an error; without effect on one that has ended.</summary>
    void Fail(Exception cause);
}

/// <summary>Who goes on with an ask that has ended.</summary>
internal enum AskWay
{
    /// <summary>The pool, with who awaits.</summary>
    Pool,

    /// <summary>Who awaits, in the turn of the actor that replies.</summary>
    InTurn,

    /// <summary>The thread that asks runs the turns; where another one was at them it goes on after its turn, if it runs them in
    /// place, too, else the pool.</summary>
    InPlace,
}

/// <summary>One object for the ask, beside its task: reference, result and place in the list of deadlines.</summary>
internal sealed class AskPromise<T>(ActorSystem? system, AskWay way)
    : TaskCompletionSource<T>(way != AskWay.Pool || system is { Dispatcher.IsSingleThreaded: true }
        ? TaskCreationOptions.None
        : TaskCreationOptions.RunContinuationsAsynchronously), IAskPromise, IThreadPoolWorkItem
{
    private CancellationTokenRegistration _cancellation;

    // The outcome of one in place, until somebody goes on with it.
    private object? _outcome;

    public AskTicket Ticket { get; set; } = AskTicket.None;

    public ActorPath Path => ActorPath.Root(system?.Name ?? "nobody") / "temp";

    public void Tell(object message, IActorRef? sender)
    {
        switch (message)
        {
            case T reply when IsLeftToOthers:
                Leave(reply);
                break;
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
        if (IsLeftToOthers) Leave(new Failed(cause));
        else if (TrySetException(cause)) End();
    }

    /// <summary>Goes on with who awaits.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_outcome is Failed failed ? TrySetException(failed.Cause) : TrySetResult((T)_outcome!)) End();
    }

    public void CancelWith(CancellationToken token)
    {
        _cancellation = token.UnsafeRegister(static (promise, cancelled) => ((AskPromise<T>)promise!).Cancel(cancelled), this);
        // It may have ended before the registration was stored, and then nobody takes it back.
        if (Task.IsCompleted) _cancellation.Unregister();
    }

    public override string ToString() => $"[ask for {typeof(T).Name}]";

    private bool IsLeftToOthers => way == AskWay.InPlace && system is { Dispatcher.IsSingleThreaded: false };

    private void Leave(object outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, outcome, null) is null) system!.Dispatcher.Execute(this);
    }

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

    private sealed record Failed(Exception Cause);
}
