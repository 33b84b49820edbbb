using StreamActors.Cluster;

namespace StreamActors.Host.Cluster;

/// <summary>
/// What the shards of all volumes keep. The engine begins before the volumes are open, so what it asks waits for that. Volumes whose
/// messages are elsewhere keep nothing.
/// </summary>
internal sealed class ClusterStorage : IShardStorage
{
    private readonly Lock _gate = new();
    private readonly Queue<Action<IShardStorage>> _waiting = [];
    private readonly SortedDictionary<string, IShardStorage> _volumes = new(StringComparer.Ordinal);
    private IShardStorage? _storage;

    /// <summary>A volume keeps its messages with the shards.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="volume">Its storage.</param>
    public void Add(string path, IShardStorage volume)
    {
        lock (_gate)
            _volumes.Add(path, volume);
    }

    /// <summary>All volumes are open.</summary>
    /// <param name="combine">Makes one storage of those of the volumes, of which there is at least one.</param>
    public void Complete(Func<IReadOnlyDictionary<string, IShardStorage>, IShardStorage> combine)
    {
        lock (_gate)
        {
            if (_storage is not null)
                return;
            _storage = _volumes.Count == 0 ? new NothingStored() : combine(_volumes);
            while (_waiting.TryDequeue(out var ask))
                ask(_storage);
        }
    }

    /// <inheritdoc/>
    public void Measure(int shard, long epoch, Action<long?> measured) => Ask(storage => storage.Measure(shard, epoch, measured));

    /// <inheritdoc/>
    public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened) =>
        Ask(storage => storage.Open(shard, lease, journals, opened));

    /// <inheritdoc/>
    public void Close(int shard, long epoch, Action<long> closed) => Ask(storage => storage.Close(shard, epoch, closed));

    /// <inheritdoc/>
    public void Abandon(int shard, long epoch) => Ask(storage => storage.Abandon(shard, epoch));

    private void Ask(Action<IShardStorage> ask)
    {
        lock (_gate)
        {
            if (_storage is { } storage)
                ask(storage);
            else
                _waiting.Enqueue(ask);
        }
    }
}
