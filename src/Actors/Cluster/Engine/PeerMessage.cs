namespace StreamActors.Cluster;

/// <summary>What members send to each other; a closed set.</summary>
/// <param name="TypeName">The kind of entities that it concerns.</param>
public abstract record PeerMessage(string TypeName)
{
    /// <summary>A message for an entity.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="From">The incarnation of the member that gets the answer.</param>
    /// <param name="Id">The ask's id, unlike any other of that member; 0 where no answer is expected.</param>
    /// <param name="Shard">The shard.</param>
    /// <param name="Message">The message.</param>
    public sealed record Ask(string TypeName, string From, long Id, int Shard, object Message) : PeerMessage(TypeName)
    {
        /// <summary>How long an answer is waited for yet; null where the other does not tell.</summary>
        public TimeSpan? Patience { get; init; }
    }

    /// <summary>Nobody waits any more for the answer to an ask. It is not sent then; the entity is not told.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="From">The incarnation of the member that asked.</param>
    /// <param name="Id">The ask's id.</param>
    public sealed record Withdraw(string TypeName, string From, long Id) : PeerMessage(TypeName);

    /// <summary>The answer to an ask.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="Id">The ask's id.</param>
    /// <param name="Answer">The answer.</param>
    public sealed record Answered(string TypeName, long Id, object Answer) : PeerMessage(TypeName);

    /// <summary>The member that was asked does not have the shard, not yet or not any more.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="Id">The ask's id.</param>
    public sealed record NotOwner(string TypeName, long Id) : PeerMessage(TypeName);

    /// <summary>A member has given up all shards, and is about to go: whatever comes to it now it refuses, and nothing more is to be sent.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="From">The incarnation of the member that goes.</param>
    public sealed record Farewell(string TypeName, string From) : PeerMessage(TypeName);

    /// <summary>The answer to a farewell: nothing that must not be done twice is with the member that goes, and nothing will be.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="From">The incarnation of the member that stays.</param>
    public sealed record FarewellHeard(string TypeName, string From) : PeerMessage(TypeName);

    /// <summary>An ask of this host surely was not sent. Told by the network to its own host; no other member gets it.</summary>
    /// <param name="TypeName">The kind of entities.</param>
    /// <param name="Id">The ask's id.</param>
    public sealed record NotSent(string TypeName, long Id) : PeerMessage(TypeName);
}

/// <summary>
/// Brings messages to other members. They may be lost, doubled or late; what is lost is sent again. An ask that surely was not sent is
/// given back as a <see cref="PeerMessage.NotSent"/> where that is known.
/// </summary>
public interface IPeers
{
    /// <summary>Sends, and returns at once.</summary>
    /// <param name="member">The member's incarnation; one that is not known any more loses the message.</param>
    /// <param name="message">The message.</param>
    void Send(string member, PeerMessage message);

    /// <summary>Tells which members there are. Called by one thread at a time, and must not block.</summary>
    /// <param name="self">The incarnation that this host is; null while it is no member.</param>
    /// <param name="members">All members that are known, by name.</param>
    void MembersAre(string? self, IReadOnlyList<MemberRecord> members);
}
