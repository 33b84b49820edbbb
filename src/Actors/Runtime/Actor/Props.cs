namespace StreamActors.Runtime;

/// <summary>How to make an actor (Akka: <c>Akka.Actor.Props</c>). Immutable.</summary>
public sealed class Props
{
    private readonly Func<ActorBase> _factory;

    private Props(Func<ActorBase> factory, Type type, SupervisorStrategy? strategy, int? capacity) =>
        (_factory, Type, SupervisorStrategy, MailboxCapacity) = (factory, type, strategy, capacity);

    /// <summary>The type of the actor.</summary>
    public Type Type { get; }

    /// <summary>What the actor does about its children that throw; null for its own choice.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; }

    /// <summary>How many messages may wait for the actor; null for <see cref="ActorSystemOptions.MailboxCapacity"/>.</summary>
    public int? MailboxCapacity { get; }

    /// <summary>Makes the actor by <paramref name="factory"/>, at each start and restart. (Akka takes an
    /// expression; the same lambda is source for both.)</summary>
    /// <typeparam name="TActor">The type of the actor.</typeparam>
    /// <param name="factory">Returns a new instance each time: <c>() => new X(...)</c>.</param>
    /// <param name="supervisorStrategy">What the actor does about its children that throw.</param>
    public static Props Create<TActor>(Func<TActor> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new Props(factory, typeof(TActor), supervisorStrategy, null);
    }

    /// <summary>Makes the actor by its constructor without parameters.</summary>
    /// <typeparam name="TActor">The type of the actor.</typeparam>
    public static Props Create<TActor>() where TActor : ActorBase, new() =>
        new(static () => new TActor(), typeof(TActor), null, null);

    /// <summary>The same, with another strategy for the actor's children.</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy strategy) => new(_factory, Type, strategy, MailboxCapacity);

    /// <summary>The same, with another bound of the mailbox. (In Akka a mailbox's name in the configuration.)</summary>
    /// <param name="messages">At least 1.</param>
    public Props WithMailboxCapacity(int messages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(messages, 1);
        return new Props(_factory, Type, SupervisorStrategy, messages);
    }

    internal ActorBase NewActor() => _factory();
}
