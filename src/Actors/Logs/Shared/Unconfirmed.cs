namespace StreamActors.Logs;

/// <summary>
/// What partitions of a shared log directory have become, and readers are not shown yet: only when it is synced, and the right
/// to the directory then still holds, is it sure that every later owner has it, too.
/// </summary>
/// <param name="end">Tells the journal's end.</param>
internal sealed class Unconfirmed(Func<long> end)
{
    private readonly Queue<(long Lsn, PartitionFeed Feed, PartitionSnapshot Snapshot)> _waiting = new();

    public void Add(PartitionFeed feed, PartitionSnapshot snapshot) => _waiting.Enqueue((end(), feed, snapshot));

    /// <summary>Shows what lies before an LSN.</summary>
    public void ShowUpTo(long lsn)
    {
        while (_waiting.TryPeek(out var first) && first.Lsn <= lsn)
        {
            _waiting.Dequeue();
            if (!first.Feed.Now.Deleted)
                first.Feed.Publish(first.Snapshot);
        }
    }
}
