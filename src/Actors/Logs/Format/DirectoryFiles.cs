namespace StreamActors.Logs;

/// <summary>The names of what is in a log directory.</summary>
internal sealed class DirectoryFiles(ILogFileSystem disk, string root, Guid id, long epoch)
{
    public const string LockName = "lock", MarkName = "synced", JournalName = "journal", NamesName = "names", ReserveName = "reserve";

    /// <summary>The directory's path.</summary>
    public string Root => root;

    /// <summary>The directory's own id, which is in all its files.</summary>
    public Guid Id => id;

    /// <summary>Rises each time that the directory is opened; in the names of the journal's files.</summary>
    public long Epoch => epoch;

    public string Journal => $"{root}/{JournalName}";

    public string Mark => $"{root}/{MarkName}";

    /// <summary>Holds space back for a recovery on a full disk.</summary>
    public string Reserve => $"{root}/{ReserveName}";

    public PartitionFolder Partitions { get; } = new(disk, root);

    public PartitionState ReadState(IncarnationId partition, int maxWriters)
    {
        var folder = Partitions.PathOf(partition);
        if (!disk.Exists(folder))
            throw new LogIOException(LogError.NotFound, $"there is no partition {partition}");
        if (disk.List(folder).FirstOrDefault(name => name.StartsWith(PartitionFolder.UnappliedPrefix, StringComparison.Ordinal)) is { } aside)
            throw new LogIOException(LogError.Corrupt, $"{folder}/{aside} holds records that could not be applied to a damaged partition");
        var path = Partitions.StatePathOf(partition);
        if (!disk.Exists(path))
            throw new LogIOException(LogError.Corrupt, $"{path} is missing");
        return PartitionState.Decode(AtomicFile.Read(disk, path), path, id, partition, maxWriters);
    }
}
