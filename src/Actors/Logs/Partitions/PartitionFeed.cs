namespace StreamActors.Logs;

/// <summary>
/// Where the log publishes a partition's snapshots, and readers find them. It counts who uses the files: the log itself,
/// each reader, a checkpoint that runs. The last one closes them.
/// </summary>
internal sealed class PartitionFeed(PartitionSnapshot first)
{
    private PartitionSnapshot _now = first;
    private int _users = 1;
    private int _fileReaders;
    private int _fileGivers;

    public PartitionSnapshot Now => Volatile.Read(ref _now);

    public bool HasOtherUsers => Volatile.Read(ref _users) > 1;

    /// <summary>Whether somebody reads the data file itself, which then always has all that is committed.</summary>
    public bool IsReadAsFile => Volatile.Read(ref _fileReaders) > 0;

    /// <summary>Whether somebody has the data file to give, or reads it.</summary>
    public bool IsGiven => Volatile.Read(ref _fileGivers) > 0;

    public void Publish(PartitionSnapshot snapshot) => Volatile.Write(ref _now, snapshot);

    /// <summary>Adds a user; only those may call it who know that there is one.</summary>
    public void Acquire() => Interlocked.Increment(ref _users);

    /// <summary>Somebody has a use for the data file itself, or no more; the log's thread begins it, and sees to the file.</summary>
    public void UseFile(DataFileUse use, bool begins)
    {
        if (use == DataFileUse.Reads)
            Interlocked.Add(ref _fileReaders, begins ? 1 : -1);
        if (use != DataFileUse.None)
            Interlocked.Add(ref _fileGivers, begins ? 1 : -1);
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0)
            return;
        foreach (var segment in Now.Segments)
            segment.Dispose();
    }
}
