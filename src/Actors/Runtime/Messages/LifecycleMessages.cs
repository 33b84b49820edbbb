namespace StreamActors.Runtime;

/// <summary>Stops the actor when the messages before it are handled (Akka: <c>Akka.Actor.PoisonPill</c>).</summary>
public sealed class PoisonPill
{
    private PoisonPill()
    {
    }

    /// <summary>The only one.</summary>
    public static PoisonPill Instance { get; } = new();
}

/// <summary>Lets the actor fail with an <see cref="ActorKilledException"/> (Akka: <c>Akka.Actor.Kill</c>).</summary>
public sealed class Kill
{
    private Kill()
    {
    }

    /// <summary>The only one.</summary>
    public static Kill Instance { get; } = new();
}

/// <summary>An actor that was watched has stopped (Akka: <c>Akka.Actor.Terminated</c>).</summary>
/// <param name="actorRef">The actor.</param>
public sealed class Terminated(IActorRef actorRef)
{
    /// <summary>The actor.</summary>
    public IActorRef ActorRef { get; } = actorRef;

    /// <inheritdoc/>
    public override string ToString() => $"<Terminated>: {ActorRef}";
}

/// <summary>No message came for the time set by <see cref="IActorContext.SetReceiveTimeout"/> (Akka:
/// <c>Akka.Actor.ReceiveTimeout</c>).</summary>
public sealed class ReceiveTimeout
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The only one.</summary>
    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>A message that doesn't count as activity for the receive timeout (Akka:
/// <c>Akka.Actor.INotInfluenceReceiveTimeout</c>).</summary>
public interface INotInfluenceReceiveTimeout;
