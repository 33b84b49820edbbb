using StreamActors.Cluster;

namespace StreamActors.Host.Cluster;

/// <summary>The storage of shards whose entities keep nothing but what can be had again: messages are in Kafka.</summary>
internal sealed class NothingStored : IShardStorage
{
    /// <inheritdoc/>
    public void Measure(int shard, long epoch, Action<long?> measured) => measured(0);

    /// <inheritdoc/>
    public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened) => opened();

    /// <inheritdoc/>
    public void Close(int shard, long epoch, Action<long> closed) => closed(0);

    /// <inheritdoc/>
    public void Abandon(int shard, long epoch)
    {
    }
}
