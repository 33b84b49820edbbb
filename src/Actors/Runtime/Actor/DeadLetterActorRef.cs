namespace StreamActors.Runtime;

/// <summary>Where messages to nobody go: they are counted and logged, and an ask among them fails at once.</summary>
internal sealed class DeadLetterActorRef(ActorSystem system) : IActorRef
{
    public ActorPath Path { get; } = ActorPath.Root(system.Name) / "deadLetters";

    public void Tell(object message, IActorRef? sender)
    {
        if (message is null) throw new InvalidMessageException("A message must not be null.");
        system.PublishDeadLetter(message, sender, this);
    }

    public override string ToString() => $"[{Path}]";
}
