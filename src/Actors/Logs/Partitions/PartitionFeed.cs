namespace StreamActors.Logs;

/// <summary>
/// Where the log publishes a partition's snapshots, and readers find them. It counts who uses the files: the log itself,
/// each reader, a checkpoint that runs. The last one closes them.
/// </summary>
internal sealed class PartitionFeed(PartitionSnapshot first)
{
    private PartitionSnapshot _now = first;
    private int _users = 1;

    public PartitionSnapshot Now => Volatile.Read(ref _now);

    public bool HasOtherUsers => Volatile.Read(ref _users) > 1;

    public void Publish(PartitionSnapshot snapshot) => Volatile.Write(ref _now, snapshot);

    /// <summary>Adds a user; only those may call it who know that there is one.</summary>
    public void Acquire() => Interlocked.Increment(ref _users);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        foreach (var segment in Now.Segments)
            segment.Dispose();
    }
}
