using StreamActors.Runtime;

namespace StreamActors.Cluster;

/// <summary>Stands for an asker on another member: the first that is told to it is the answer.</summary>
internal sealed class PeerAsker(IActorRef region, string from, long id) : IAskPromise
{
    /// <summary>The member that asks.</summary>
    public string From => from;

    /// <summary>The ask's id there.</summary>
    public long Id => id;

    public AskTicket Ticket { get; set; } = AskTicket.None;

    public ActorPath Path => region.Path / "peer";

    public void Tell(object message, IActorRef? sender) => region.Tell(new PeerAnswer(from, id, message), ActorRefs.NoSender);

    public void Fail(Exception cause) => Tell(new Status.Failure(cause), ActorRefs.NoSender);
}

/// <summary>The answer to an ask of another member.</summary>
internal sealed record PeerAnswer(string From, long Id, object Answer);
