namespace StreamActors.Cluster;

/// <summary>What a host is in its cluster, and the bounds of its part in it.</summary>
public sealed record ClusterNodeSettings
{
    /// <summary>The newest version of the protocol between members that this program speaks. In version 2 asks say how long their
    /// askers wait; in version 3 members that leave say so to each other.</summary>
    public const int NewestProtocol = 3;

    /// <summary>The version in which members that leave say so to each other.</summary>
    public const int FarewellProtocol = 3;

    /// <summary>The oldest version that it still speaks.</summary>
    public const int OldestProtocol = 1;

    /// <summary>The most shards that a cluster may have.</summary>
    public const int MaxShards = 4096;

    /// <summary>The name of the cluster; one beneath a prefix.</summary>
    public required string ClusterName { get; init; }

    /// <summary>The name of the member, unlike any other's. Placement goes by it, so that a restart moves nothing.</summary>
    public required string MemberName { get; init; }

    /// <summary>Where other members reach it, <c>host:port</c>.</summary>
    public required string Address { get; init; }

    /// <summary>The number of shards, fixed for the life of the cluster.</summary>
    public int ShardCount { get; init; } = 256;

    /// <summary>The beginning of all keys in etcd.</summary>
    public string KeyPrefix { get; init; } = "/streamactors/";

    /// <summary>What the member is for.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The role whose members take shards; null for all members.</summary>
    public string? ShardRole { get; init; }

    /// <summary>How many shards the member takes in proportion to the others; 0 to <see cref="Placement.MaxWeight"/>.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>The cluster that the member's data belongs to; null where it has none yet.</summary>
    public string? ClusterId { get; init; }

    /// <summary>What the member shows of what members have in common: by path, of which kind. All members need the same.</summary>
    public IReadOnlyDictionary<string, string>? Volumes { get; init; }

    /// <summary>The paths of the volumes whose messages this host keeps with the shards, in order.</summary>
    public IReadOnlyList<string> Logs { get; init; } = [];

    /// <summary>How long a member that is silent stays one.</summary>
    public TimeSpan LeaseTimeToLive { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long before the end of its lease a member stops to acknowledge. Must be longer than its clock and
    /// etcd's can drift apart in <see cref="LeaseTimeToLive"/>.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether the member takes shards only once another one and it have reached each other, which <see cref="ClusterNodeCore.Met"/> says.
    /// </summary>
    public bool WaitsForOthers { get; init; }

    /// <summary>The newest version of the protocol that the member speaks, <see cref="OldestProtocol"/> to <see cref="NewestProtocol"/>.</summary>
    public int Protocol { get; init; } = NewestProtocol;

    /// <summary>How many shards the member hands over at the same time.</summary>
    public int MaxHandOvers { get; init; } = 16;

    /// <summary>Throws where the settings can't work.</summary>
    /// <exception cref="ArgumentException">They can't; the message says why.</exception>
    public void Validate()
    {
        Require(IsName(ClusterName), $"\"{ClusterName}\" is no name of a cluster: letters, digits, '-', '_' and '.' are");
        Require(IsName(MemberName), $"\"{MemberName}\" is no name of a member: letters, digits, '-', '_' and '.' are");
        Require(Address.Length > 0, "A member needs an address");
        Require(ShardCount is >= 1 and <= MaxShards, $"A cluster has 1 to {MaxShards} shards, not {ShardCount}");
        Require(KeyPrefix.EndsWith('/'), $"The prefix of keys ends with a slash, unlike \"{KeyPrefix}\"");
        Require(Weight is >= 0 and <= Placement.MaxWeight, $"A weight is 0 to {Placement.MaxWeight}, not {Weight}");
        Require(LeaseTimeToLive >= TimeSpan.FromSeconds(2), $"A lease lives 2 s at least, not {LeaseTimeToLive}");
        Require(
            LeaseMargin > TimeSpan.Zero && LeaseMargin <= LeaseTimeToLive / 2,
            $"The margin of a lease is more than nothing and at most half of its life, not {LeaseMargin}");
        Require(Protocol is >= OldestProtocol and <= NewestProtocol, $"Versions {OldestProtocol} to {NewestProtocol} of the protocol are known, not {Protocol}");
        Require(MaxHandOvers >= 1, "At least one shard can be handed over at a time");
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 200 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ArgumentException(otherwise + ".");
    }
}
