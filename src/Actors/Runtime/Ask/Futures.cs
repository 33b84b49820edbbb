namespace StreamActors.Runtime;

/// <summary>Sends a message and gives a task for the reply (Akka: <c>Akka.Actor.Futures</c>). The task fails with
/// the cause of a <see cref="Status.Failure"/>; at once with <see cref="ActorTerminatedException"/> when the actor
/// has stopped, with <see cref="MailboxFullException"/> when too much waits for it; with
/// <see cref="AskTimeoutException"/> when no reply came in time; with <see cref="TooManyAsksException"/> above
/// <see cref="ActorSystemOptions.MaxAsks"/>. An actor pipes the task to itself and never awaits it.</summary>
public static class Futures
{
    /// <summary>Asks for any reply. A <see cref="Status.Failure"/> is a reply, too.</summary>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    /// <summary>Asks for a reply of type <typeparamref name="T"/>.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    /// <summary>Asks for a reply of type <typeparamref name="T"/>, until the token is cancelled.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    /// <summary>Asks for a reply of type <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">The type of the reply; another reply fails the task.</typeparam>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">Any object but null.</param>
    /// <param name="timeout">How long to wait; null or <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellationToken">Ends the wait; the actor isn't told.</param>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        Ask<T>(self, message, timeout, AskWay.Pool, cancellationToken);

    /// <summary>Asks for any reply, without a limit of time. Who awaits it goes on in the turn of the actor that replies,
    /// which spares waking a thread for it: so it takes microseconds, and never blocks. (Akka has the other kind alone.)</summary>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">Any object but null.</param>
    public static Task<object> AskInTurn(this ICanTell self, object message) =>
        Ask<object>(self, message, null, AskWay.InTurn, CancellationToken.None);

    /// <summary>Asks for any reply, for somebody who has nothing to do before it comes: his thread runs the turns that it takes,
    /// as far as no other thread is at them, which spares waking one; the reply is then there when this returns. So no lock is held
    /// that a turn may want. (Akka has a dispatcher for it, <c>CallingThreadDispatcher</c>, and that in tests alone.)</summary>
    /// <param name="self">Who is asked.</param>
    /// <param name="message">Any object but null.</param>
    /// <param name="timeout">How long to wait; null for no limit.</param>
    public static Task<object> AskInPlace(this ICanTell self, object message, TimeSpan? timeout = null) =>
        Ask<object>(self, message, timeout, AskWay.InPlace, CancellationToken.None);

    /// <summary>Tells a message as <see cref="AskInPlace"/> asks: the thread runs the turns that it takes.</summary>
    /// <param name="self">Who is told.</param>
    /// <param name="message">Any object but null.</param>
    public static void TellInPlace(this ICanTell self, object message)
    {
        if (self is LocalActorRef actor) actor.Cell.System.Dispatcher.TellInPlace(actor, message, ActorRefs.NoSender);
        else self.Tell(message, ActorRefs.NoSender);
    }

    private static Task<T> Ask<T>(ICanTell self, object message, TimeSpan? timeout, AskWay way, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(self);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var system = (self as LocalActorRef)?.Cell.System;
        // What is no actor of this process has no turns to run.
        if (system is null && way == AskWay.InPlace) way = AskWay.Pool;
        var promise = new AskPromise<T>(system, way);
        if (system is not null && !system.Asks.TryRegister(promise, timeout))
            return Task.FromException<T>(new TooManyAsksException(system.Options.MaxAsks));
        if (cancellationToken.CanBeCanceled) promise.CancelWith(cancellationToken);
        if (way == AskWay.InPlace) system!.Dispatcher.TellInPlace(self, message, promise);
        else self.Tell(message, promise);
        return promise.Task;
    }
}
