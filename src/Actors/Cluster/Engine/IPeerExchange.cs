using StreamActors.Runtime;

namespace StreamActors.Cluster;

/// <summary>
/// Stands between the entities and other members, for what an answer holds that can't be sent: it is exchanged for what
/// can, and on the other side back. Any thread may call; nothing may block.
/// </summary>
public interface IPeerExchange
{
    /// <summary>Another member asks or tells an entity of this host something.</summary>
    /// <param name="entities">Where its kind of entities is told.</param>
    /// <param name="member">The other member's incarnation.</param>
    /// <param name="message">What.</param>
    /// <param name="lease">The right by which it is done.</param>
    /// <returns>Null; or the answer, where it comes too late and must not be done.</returns>
    object? Arriving(IActorRef entities, string member, object message, ShardLease lease) => null;

    /// <summary>An entity of this host answers another member.</summary>
    /// <param name="self">The incarnation that this host is.</param>
    /// <param name="member">The other member's incarnation.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="lease">The right by which it is told.</param>
    /// <returns>What is sent.</returns>
    object Leaving(string self, string member, object request, object answer, ShardLease lease) => answer;

    /// <summary>An answer came from another member, to somebody who waits for it.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="answer">What came.</param>
    /// <returns>The answer.</returns>
    object Arrived(object request, object answer) => answer;

    /// <summary>A shard is this host's no longer.</summary>
    /// <param name="lease">The right that is over.</param>
    void Lost(ShardLease lease)
    {
    }

    /// <summary>Members have come or gone.</summary>
    /// <param name="members">The incarnations of all that there are.</param>
    void MembersAre(IReadOnlyCollection<string> members)
    {
    }

    /// <summary>Ends what is kept for members that were gone before they asked for it. Called now and then.</summary>
    void Sweep()
    {
    }
}

/// <summary>Everything is sent as it is.</summary>
internal sealed class NoExchange : IPeerExchange
{
    public static NoExchange Instance { get; } = new();
}
