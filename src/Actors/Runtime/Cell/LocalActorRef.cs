namespace StreamActors.Runtime;

/// <summary>The address of an actor of this process. One object for each incarnation, so that reference
/// equality is the equality of incarnations.</summary>
internal sealed class LocalActorRef(ActorCell cell, LocalActorRef? parent, string name, int uid) : IActorRef
{
    private ActorPath? _path;

    public ActorCell Cell => cell;

    public string Name => name;

    /// <summary>Counts the system's actors in the order of their creation.</summary>
    public int Uid => uid;

    public ActorPath Path => _path ??= (parent?.Path ?? ActorPath.Root(cell.System.Name)).Child(name, uid);

    public void Tell(object message, IActorRef? sender)
    {
        if (message is null) throw new InvalidMessageException("A message must not be null.");
        cell.Enqueue(message, sender);
    }

    /// <summary>Not the address in memory: it would bring chance into the order of sets of references.</summary>
    public override int GetHashCode() => uid;

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override string ToString() => $"[{Path}#{uid}]";
}
