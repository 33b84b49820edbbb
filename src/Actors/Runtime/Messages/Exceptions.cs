namespace StreamActors.Runtime;

/// <summary>What the runtime throws (Akka: <c>Akka.Actor.AkkaException</c>).</summary>
public abstract class AkkaException : Exception
{
    /// <summary>Makes one with a message and, if there is one, a cause.</summary>
    protected AkkaException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}

/// <summary>No reply came in time (Akka: <c>Akka.Actor.AskTimeoutException</c>).</summary>
public sealed class AskTimeoutException(string message) : AkkaException(message);

/// <summary>The actor that was asked has stopped, or never was.</summary>
public sealed class ActorTerminatedException(ActorPath path, object message)
    : AkkaException($"{path} has stopped and did not handle {message.GetType().Name}.");

/// <summary>The actor failed, and waits before its restart: ask again later.</summary>
public sealed class ActorRestartingException(ActorPath path, Exception cause)
    : AkkaException($"{path} failed and is being restarted.", cause);

/// <summary>As many messages wait for the actor as may: ask again later.</summary>
public sealed class MailboxFullException(ActorPath path, int capacity)
    : AkkaException($"The mailbox of {path} is full ({capacity} messages).")
{
    /// <summary>How many messages may wait.</summary>
    public int Capacity { get; } = capacity;
}

/// <summary>As many asks are waiting for their replies as may.</summary>
public sealed class TooManyAsksException(string message) : AkkaException(message)
{
    /// <summary>Makes one.</summary>
    /// <param name="maximum">How many may wait.</param>
    public TooManyAsksException(int maximum)
        : this($"{maximum} asks are waiting for their replies.")
    {
    }
}

/// <summary>A message is null, or isn't one for the actor that was asked (Akka: <c>Akka.Actor.InvalidMessageException</c>).</summary>
public sealed class InvalidMessageException(string message) : AkkaException(message);

/// <summary>The name is taken or can't stand in a path (Akka: <c>Akka.Actor.InvalidActorNameException</c>).</summary>
public sealed class InvalidActorNameException(string message) : AkkaException(message);

/// <summary>The constructor or PreStart threw (Akka: <c>Akka.Actor.ActorInitializationException</c>).</summary>
public sealed class ActorInitializationException(ActorPath path, Exception cause)
    : AkkaException($"{path} could not start: {cause.Message}", cause);

/// <summary>The actor got <see cref="Kill"/> (Akka: <c>Akka.Actor.ActorKilledException</c>).</summary>
public sealed class ActorKilledException() : AkkaException("Kill");

/// <summary>An actor that was watched has stopped, and the watcher doesn't handle <see cref="Terminated"/> (Akka:
/// <c>Akka.Actor.DeathPactException</c>).</summary>
public sealed class DeathPactException(IActorRef deadActor) : AkkaException($"Monitored actor [{deadActor}] terminated")
{
    /// <summary>The actor that has stopped.</summary>
    public IActorRef DeadActor { get; } = deadActor;
}
