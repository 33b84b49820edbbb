using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>A record, with the revisions that made its key and changed it last.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="Record">The record; null where what stands there is none.</param>
/// <param name="CreateRevision">The revision that made the key.</param>
/// <param name="ModRevision">The revision that changed it last.</param>
public sealed record Versioned<T>(T? Record, long CreateRevision, long ModRevision)
    where T : class;

/// <summary>The cluster as a member knows it: what stands in etcd up to a revision.</summary>
public sealed class ClusterView(ClusterKeys keys)
{
    private readonly SortedDictionary<string, Versioned<MemberRecord>> _members = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, Versioned<OwnerRecord>> _owners = [];
    private readonly SortedDictionary<int, Versioned<ShardRecord>> _shards = [];

    /// <summary>Up to where all changes are known; 0 before the first are.</summary>
    public long Revision { get; private set; }

    /// <summary>Whether there is a record of the cluster.</summary>
    public bool HasCluster { get; private set; }

    /// <summary>The members by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, Versioned<MemberRecord>> Members => _members;

    /// <summary>What the members say of themselves, by name in ordinal order; but for records that were written over by hand.</summary>
    public IEnumerable<MemberRecord> MemberRecords => _members.Values.Select(member => member.Record).OfType<MemberRecord>();

    /// <summary>The owner of a shard; null while it has none.</summary>
    /// <param name="shard">The shard.</param>
    public Versioned<OwnerRecord>? OwnerOf(int shard) => _owners.GetValueOrDefault(shard);

    /// <summary>What outlives the owners of a shard; null while it never had one.</summary>
    /// <param name="shard">The shard.</param>
    public Versioned<ShardRecord>? ShardOf(int shard) => _shards.GetValueOrDefault(shard);

    /// <summary>The member that owns a shard now; null where none does, or it is no longer a member.</summary>
    /// <param name="shard">The shard.</param>
    public MemberRecord? MemberOf(int shard) =>
        OwnerOf(shard)?.Record is { } owner && _members.GetValueOrDefault(owner.Member)?.Record is { } member && member.Uid == owner.Uid
            ? member : null;

    /// <summary>Takes changes from a mirror.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="revision">Up to where they go.</param>
    /// <param name="shards">The shards that they touch.</param>
    /// <returns>Whether they touch members.</returns>
    public bool Apply(IReadOnlyList<EtcdEvent> changes, long revision, ISet<int> shards)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(shards);
        Revision = Math.Max(Revision, revision);
        var touchesMembers = false;
        foreach (var change in changes)
        {
            var key = change.Entry.Key;
            if (key == keys.Cluster) HasCluster = !change.IsDelete;
            if (key.StartsWith(keys.Members, StringComparison.Ordinal))
            {
                touchesMembers = true;
                Apply(_members, key[keys.Members.Length..], change);
            }
            else if (key.StartsWith(keys.Owners, StringComparison.Ordinal))
            {
                ApplyShard(_owners, ClusterKeys.ShardOf(key, keys.Owners), change, shards);
            }
            else if (key.StartsWith(keys.Shards, StringComparison.Ordinal))
            {
                ApplyShard(_shards, ClusterKeys.ShardOf(key, keys.Shards), change, shards);
            }
        }
        return touchesMembers;
    }

    private static void ApplyShard<T>(
        SortedDictionary<int, Versioned<T>> table, int shard, EtcdEvent change, ISet<int> shards) where T : class
    {
        if (shard < 0) return;
        shards.Add(shard);
        Apply(table, shard, change);
    }

    private static void Apply<TKey, T>(SortedDictionary<TKey, Versioned<T>> table, TKey key, EtcdEvent change)
        where TKey : notnull where T : class
    {
        var (entry, isDelete) = change;
        if (isDelete) table.Remove(key);
        else table[key] = new Versioned<T>(Records.TryRead<T>(entry.Value), entry.CreateRevision, entry.ModRevision);
    }
}
