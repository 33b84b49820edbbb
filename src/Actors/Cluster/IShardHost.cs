namespace StreamActors.Cluster;

/// <summary>What a host does with its shards. All methods are called in steps of the node, and must not block.</summary>
public interface IShardHost
{
    /// <summary>Syncs a journal of a former epoch, and measures it up to its last whole record.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Whose journal.</param>
    /// <param name="measured">To be called once, by any thread: the length in bytes, 0 where there is none, null where it can't be read.</param>
    void Measure(int shard, long epoch, Action<long?> measured);

    /// <summary>Opens a shard's storage; it takes messages with <see cref="ClusterEffect.Opened"/>.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">The epoch that is written with all that is stored.</param>
    /// <param name="journals">What exists of former epochs, oldest first. Nothing beyond these lengths does.</param>
    /// <param name="opened">To be called once, by any thread.</param>
    void Open(int shard, long epoch, IReadOnlyList<JournalRecord> journals, Action opened);

    /// <summary>Takes no more messages for a shard, finishes what was begun, closes it.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch here.</param>
    /// <param name="closed">To be called once, by any thread: the length of its journal in bytes, synced; 0 where nothing was written.</param>
    void Close(int shard, long epoch, Action<long> closed);

    /// <summary>Stops a shard at once: another host may own it. Nothing is told of it from here on.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch here.</param>
    void Abandon(int shard, long epoch);

    /// <summary>Tells others that this host has given up all shards and is about to go, until they have heard it.</summary>
    /// <param name="members">The incarnations of the others.</param>
    /// <param name="heard">To be called once, by any thread: all that are still members have nothing here that they wait for and that must
    /// not be done twice, and send nothing more.</param>
    void Farewell(IReadOnlyList<string> members, Action heard);

    /// <summary>Something has happened that concerns the whole host, or others are to know of.</summary>
    /// <param name="effect"><see cref="ClusterEffect.Opened"/>, <see cref="ClusterEffect.OwnersChanged"/>,
    /// <see cref="ClusterEffect.MembersChanged"/>, <see cref="ClusterEffect.Joined"/>,
    /// <see cref="ClusterEffect.Refused"/>, <see cref="ClusterEffect.Fenced"/>, <see cref="ClusterEffect.Lonely"/>, <see cref="ClusterEffect.Blocked"/> or <see cref="ClusterEffect.Left"/>.</param>
    void Happened(ClusterEffect effect);
}
