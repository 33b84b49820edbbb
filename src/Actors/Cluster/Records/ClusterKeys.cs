using System.Globalization;

namespace StreamActors.Cluster;

/// <summary>Where things stand in etcd.</summary>
/// <param name="prefix">The beginning of all keys.</param>
public sealed class ClusterKeys(string prefix)
{
    /// <summary>The beginning of all keys.</summary>
    public string Prefix => prefix;

    /// <summary>The <see cref="ClusterRecord"/>.</summary>
    public string Cluster => prefix + "cluster";

    /// <summary>The beginning of members' keys.</summary>
    public string Members => prefix + "members/";

    /// <summary>The beginning of owners' keys.</summary>
    public string Owners => prefix + "owners/";

    /// <summary>The beginning of shards' keys.</summary>
    public string Shards => prefix + "shards/";

    /// <summary>The <see cref="MemberRecord"/> of a member.</summary>
    /// <param name="name">Its name.</param>
    public string Member(string name) => Members + name;

    /// <summary>The <see cref="OwnerRecord"/> of a shard.</summary>
    /// <param name="shard">The shard.</param>
    public string Owner(int shard) => Owners + Number(shard);

    /// <summary>The <see cref="ShardRecord"/> of a shard.</summary>
    /// <param name="shard">The shard.</param>
    public string Shard(int shard) => Shards + Number(shard);

    /// <summary>The shard of a key of an owner or a shard; -1 where it is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="beginning"><see cref="Owners"/> or <see cref="Shards"/>.</param>
    internal static int ShardOf(string key, string beginning) =>
        int.TryParse(key.AsSpan(beginning.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            && key.Length - beginning.Length == Number(shard).Length ? shard : -1;

    // The same width for all, so that the order of keys is that of the shards.
    private static string Number(int shard) => shard.ToString("d4", CultureInfo.InvariantCulture);
}
