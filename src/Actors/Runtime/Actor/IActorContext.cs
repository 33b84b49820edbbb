namespace StreamActors.Runtime;

/// <summary>Makes and stops actors (Akka: <c>Akka.Actor.IActorRefFactory</c>).</summary>
public interface IActorRefFactory
{
    /// <summary>Starts a child.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="name">Unique among the children; null for a generated one.</param>
    /// <exception cref="InvalidActorNameException">The name is taken or can't stand in a path.</exception>
    /// <exception cref="InvalidOperationException">The parent is stopping.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>Stops an actor after the message that it is handling; what still waits becomes dead letters.</summary>
    void Stop(IActorRef actor);
}

/// <summary>What an actor sees of the runtime. Only for the actor's own thread (Akka:
/// <c>Akka.Actor.IActorContext</c>).</summary>
public interface IActorContext : IActorRefFactory
{
    /// <summary>The actor's own address.</summary>
    IActorRef Self { get; }

    /// <summary>Who sent the message that is being handled; the dead letters when nobody did.</summary>
    IActorRef Sender { get; }

    /// <summary>The actor that made this one.</summary>
    IActorRef Parent { get; }

    /// <summary>The system that runs the actor.</summary>
    ActorSystem System { get; }

    /// <summary>How this actor was made.</summary>
    Props Props { get; }

    /// <summary>The time after which a <see cref="Runtime.ReceiveTimeout"/> comes, or null.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>The child of that name, or <see cref="ActorRefs.Nobody"/>.</summary>
    IActorRef Child(string name);

    /// <summary>The children in the order of their creation.</summary>
    IEnumerable<IActorRef> GetChildren();

    /// <summary>Asks for a <see cref="Terminated"/> when <paramref name="subject"/> has stopped; at once when it already has.</summary>
    /// <returns>The subject.</returns>
    IActorRef Watch(IActorRef subject);

    /// <summary>As <see cref="Watch"/>, with a message in the place of <see cref="Terminated"/>.</summary>
    /// <returns>The subject.</returns>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>Takes <see cref="Watch"/> back; a <see cref="Terminated"/> that waits in the mailbox is dropped.</summary>
    /// <returns>The subject.</returns>
    IActorRef Unwatch(IActorRef subject);

    /// <summary>Asks for a <see cref="Runtime.ReceiveTimeout"/> whenever no message came for that long; null ends it.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);
}
