namespace StreamActors.Sources.Log;

/// <summary>
/// Which partitions are held open for their entities, so that what is asked most needs no look at the disk. Beyond a
/// maximum the one that was unused longest lets go, since each has files open. Safe for several threads.
/// </summary>
internal sealed class HeldPartitions(int maximum)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<LogPartition> _byUse = new();
    private readonly Dictionary<LogPartition, LinkedListNode<LogPartition>> _nodes = [];

    /// <summary>A partition is used.</summary>
    public void Use(LogPartition partition)
    {
        LogPartition? idle = null;
        lock (_gate)
        {
            if (_nodes.TryGetValue(partition, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddLast(node);
                return;
            }
            _nodes[partition] = _byUse.AddLast(partition);
            if (_nodes.Count > maximum)
            {
                idle = _byUse.First!.Value;
                _byUse.RemoveFirst();
                _nodes.Remove(idle);
            }
        }
        idle?.LetGo();
    }

    /// <summary>A partition lets go by itself.</summary>
    public void Remove(LogPartition partition)
    {
        lock (_gate)
            if (_nodes.Remove(partition, out var node))
                _byUse.Remove(node);
    }
}
