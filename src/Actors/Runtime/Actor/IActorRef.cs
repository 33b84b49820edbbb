namespace StreamActors.Runtime;

/// <summary>Something that messages can be told to (Akka: <c>Akka.Actor.ICanTell</c>).</summary>
public interface ICanTell
{
    /// <summary>Sends <paramref name="message"/> and returns at once.</summary>
    /// <param name="message">Any object but null; it must not change after it was sent.</param>
    /// <param name="sender">Who gets the reply, or <see cref="ActorRefs.NoSender"/>.</param>
    /// <exception cref="InvalidMessageException">The message is null.</exception>
    void Tell(object message, IActorRef? sender);
}

/// <summary>The address of one incarnation of an actor (Akka: <c>Akka.Actor.IActorRef</c>).</summary>
/// <remarks>Messages from one thread to one reference arrive in the order in which they were told.</remarks>
public interface IActorRef : ICanTell
{
    /// <summary>Where the actor stands in its system's tree.</summary>
    ActorPath Path { get; }
}

/// <summary>References that stand for no actor (Akka: <c>Akka.Actor.ActorRefs</c>).</summary>
public static class ActorRefs
{
    /// <summary>An actor that doesn't exist: messages to it are lost, asks fail at once.</summary>
    public static readonly IActorRef Nobody = new NobodyRef();

    /// <summary>Says that no reply is expected.</summary>
    public static IActorRef? NoSender => null;

    private sealed class NobodyRef : IActorRef
    {
        public ActorPath Path { get; } = ActorPath.Root("nobody");

        public void Tell(object message, IActorRef? sender)
        {
            if (message is not Status.Failure && sender is IAskPromise promise)
                promise.Fail(new ActorTerminatedException(Path, message));
        }

        public override string ToString() => "[nobody]";
    }
}

/// <summary>Sends that take the sender from the actor that runs on this thread
/// (Akka: <c>Akka.Actor.ActorRefImplicitSenderExtensions</c>).</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>Tells with the running actor as sender; outside of an actor, with no sender.</summary>
    /// <param name="receiver">Who gets the message.</param>
    /// <param name="message">Any object but null.</param>
    public static void Tell(this IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        receiver.Tell(message, ActorCell.Current?.Self);
    }

    /// <summary>Tells with the sender of the message that is being handled, so that the reply goes there.</summary>
    /// <param name="receiver">Who gets the message.</param>
    /// <param name="message">Any object but null.</param>
    public static void Forward(this IActorRef receiver, object message)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        receiver.Tell(message, ActorCell.Current?.SenderOrNull);
    }
}
