using StreamActors.Sharding;

namespace StreamActors.Cluster;

/// <summary>
/// Shards that stay with one member, for entities of what only that member has: a disk of its own. Nobody can take them over, so
/// they have no owner in etcd, no epoch, and nothing to fence. Each member has a few, so that its entities are spread over several
/// actors; their numbers follow from the member's name, and lie above those of the shards that move.
/// </summary>
internal static class PinnedShards
{
    private const int OfEachMember = 16;

    // So many that two members of a cluster do not meet.
    private const uint Groups = 1 << 26;

    /// <summary>The shard of an entity.</summary>
    /// <param name="member">The name of the member that it stays with.</param>
    /// <param name="entityId">Its id.</param>
    public static int Of(string member, string entityId) => FirstOf(member) + (int)(StableHash.Of(entityId) % OfEachMember);

    /// <summary>All shards that stay with a member.</summary>
    /// <param name="member">Its name.</param>
    public static IEnumerable<int> AllOf(string member) => Enumerable.Range(FirstOf(member), OfEachMember);

    private static int FirstOf(string member) => ClusterNodeSettings.MaxShards + ((int)(StableHash.Of(member) % Groups) * OfEachMember);
}
