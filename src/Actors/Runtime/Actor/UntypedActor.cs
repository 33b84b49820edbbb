namespace StreamActors.Runtime;

/// <summary>An actor with one method for all messages (Akka: <c>Akka.Actor.UntypedActor</c>).</summary>
public abstract class UntypedActor : ActorBase
{
    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <summary>Handles a message; calls <see cref="ActorBase.Unhandled"/> for one that isn't for this actor.</summary>
    protected abstract void OnReceive(object message);
}
