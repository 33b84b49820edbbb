namespace StreamActors.Sharding;

/// <summary>A member of the cluster (Akka: <c>Akka.Cluster.Member</c>).</summary>
/// <param name="UniqueAddress">Which incarnation it is, and where.</param>
/// <param name="Status">What it does.</param>
/// <param name="Roles">What it is for, in ordinal order.</param>
/// <param name="UpNumber">Members that came earlier have smaller numbers.</param>
public sealed record Member(UniqueAddress UniqueAddress, MemberStatus Status, IReadOnlyList<string> Roles, long UpNumber)
{
    /// <summary>Where it is.</summary>
    public Address Address => UniqueAddress.Address;

    /// <summary>The same member, which does something else.</summary>
    /// <param name="status">What it does.</param>
    public Member Copy(MemberStatus status) => this with { Status = status };
}

/// <summary>What a member does (Akka: <c>Akka.Cluster.MemberStatus</c>).</summary>
public enum MemberStatus
{
    /// <summary>It is about to become one.</summary>
    Joining,

    /// <summary>It is one.</summary>
    Up,

    /// <summary>It hands over what it has.</summary>
    Leaving,

    /// <summary>It has handed over all.</summary>
    Exiting,

    /// <summary>It was given up by the others.</summary>
    Down,

    /// <summary>It is none any more.</summary>
    Removed,
}

/// <summary>The cluster as one member sees it (Akka: <c>Akka.Cluster.ClusterEvent.CurrentClusterState</c>).</summary>
/// <param name="Self">Where that member is.</param>
/// <param name="Members">All members, by address.</param>
/// <param name="Unreachable">Those that can't be reached, with who has found that.</param>
public sealed record CurrentClusterState(
    Address Self, IReadOnlyList<Member> Members, IReadOnlyDictionary<Address, IReadOnlyList<Address>> Unreachable)
{
    /// <summary>The first of the members by address that is up or leaves. Nothing depends on it.</summary>
    public Address? Leader => Members.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving)
        .Select(member => member.Address).Min(Address.Ordering);

    /// <summary>The member that has been up for longest.</summary>
    /// <param name="role">Among those of a role; null for all.</param>
    public Address? Oldest(string? role = null) => Members
        .Where(member => member.Status == MemberStatus.Up && (role is null || member.Roles.Contains(role, StringComparer.Ordinal)))
        .MinBy(member => member.UpNumber)?.Address;

    /// <summary>All roles that members have, in ordinal order.</summary>
    public IReadOnlyList<string> AllRoles => [.. Members.SelectMany(member => member.Roles).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}

/// <summary>How many entities run in the shards of one region (Akka: <c>Akka.Cluster.Sharding.ShardRegionStats</c>).</summary>
/// <param name="Stats">Entities by shard, in the order of the shards' ids.</param>
/// <param name="Failed">Shards that did not answer.</param>
public sealed record ShardRegionStats(IReadOnlyList<(string ShardId, int Entities)> Stats, IReadOnlyList<string> Failed);

/// <summary>The regions of all members (Akka: <c>Akka.Cluster.Sharding.ClusterShardingStats</c>).</summary>
/// <param name="Regions">By the members' addresses.</param>
public sealed record ClusterShardingStats(IReadOnlyDictionary<Address, ShardRegionStats> Regions);
