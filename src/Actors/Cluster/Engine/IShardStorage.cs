namespace StreamActors.Cluster;

/// <summary>What the entities of a shard keep on storage that all members share. The methods must not block.</summary>
public interface IShardStorage
{
    /// <summary>Syncs a journal of a former epoch, and measures it up to its last whole record.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Whose journal.</param>
    /// <param name="measured">To be called once, by any thread: the length in bytes, 0 where there is none, null where it can't be read.</param>
    void Measure(int shard, long epoch, Action<long?> measured);

    /// <summary>Opens a shard's storage, before its entities start.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="lease">What is asked before anything is told.</param>
    /// <param name="journals">What exists of former epochs, oldest first. Nothing beyond these lengths does.</param>
    /// <param name="opened">To be called once, by any thread.</param>
    void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened);

    /// <summary>Closes a shard's storage, after its entities have stopped.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch here.</param>
    /// <param name="closed">To be called once, by any thread: the length of its journal in bytes, synced; 0 where nothing was written.</param>
    void Close(int shard, long epoch, Action<long> closed);

    /// <summary>Drops a shard's storage at once: another member may own it.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch here.</param>
    void Abandon(int shard, long epoch);
}
