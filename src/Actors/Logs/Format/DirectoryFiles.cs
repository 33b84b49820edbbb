using System.Globalization;

namespace StreamActors.Logs;

/// <summary>The names of what is in a log directory.</summary>
internal sealed class DirectoryFiles(
    ILogFileSystem disk, string root, Guid id, long epoch, HeldTails tails, int version, Epochs? epochs = null)
{
    public const string LockName = "lock", MarkName = "synced", JournalName = "journal", NamesName = "names", ReserveName = "reserve";

    /// <summary>The directory's path.</summary>
    public string Root => root;

    /// <summary>The directory's own id, which is in all its files.</summary>
    public Guid Id => id;

    /// <summary>Rises each time that the directory is opened; in the names of the journal's files.</summary>
    public long Epoch => epoch;

    public string Journal => $"{root}/{JournalName}";

    public string Mark => epochs is null ? $"{root}/{MarkName}" : MarkOf(root, epoch);

    /// <summary>What counts of other epochs, where several hosts share the directory.</summary>
    public Epochs? Epochs => epochs;

    /// <summary>Holds space back for a recovery on a full disk.</summary>
    public string Reserve => $"{root}/{ReserveName}";

    public PartitionFolder Partitions { get; } = new(
        disk, root, tails, version >= FormatFile.VersionOfTags ? Logs.Journal.TagOf(id) : null, epochs?.Own);

    /// <summary>The partitions that have files, or had them when they were last seen: a directory that is missing is not a new one.</summary>
    public SortedSet<IncarnationId> Present { get; } = epochs?.Partitions ?? [];

    /// <summary>Says how far the journal of an epoch was synced, where several hosts share the directory.</summary>
    public static string MarkOf(string root, long epoch) => string.Create(CultureInfo.InvariantCulture, $"{root}/{MarkName}-{epoch:x8}");

    public static bool TryParseMark(string name, out long epoch)
    {
        epoch = 0;
        return name.StartsWith(MarkName + "-", StringComparison.Ordinal) &&
            long.TryParse(name.AsSpan(MarkName.Length + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out epoch) &&
            MarkOf("", epoch) == "/" + name;
    }

    public bool Exists(IncarnationId partition) => Present.Contains(partition);

    /// <summary>Where the state of a partition is written.</summary>
    public string StatePathOf(PartitionState state) => epochs is null
        ? Partitions.StatePathOf(state.Id)
        : $"{Partitions.PathOf(state.Id)}/{EpochFile.NameOf(PartitionState.Name, state.Lsn, epoch)}";

    /// <summary>Whether a segment may be cut: it is nobody else's.</summary>
    public bool MayCut(PartitionSegment segment) => epochs is null || segment.Epoch == epoch;

    /// <summary>A checkpoint as its file is going to have it.</summary>
    public byte[] EncodeCheckpoint(long lsn) =>
        epochs is null ? new CheckpointFile(lsn, epoch, Present).Encode(id) : SharedCheckpoint.Encode(lsn, epochs, id);

    public void WriteCheckpoint(long lsn, ReadOnlySpan<byte> encoded)
    {
        AtomicFile.Write(disk, $"{root}/{(epochs is null ? CheckpointFile.Name : EpochFile.NameOf(SharedCheckpoint.Name, lsn, epoch))}", encoded);
        disk.SyncDirectory(root);
    }

    public PartitionState ReadState(IncarnationId partition, int maxWriters)
    {
        var folder = Partitions.PathOf(partition);
        if (!Exists(partition))
            throw new LogIOException(LogError.NotFound, $"there is no partition {partition}");
        if (!disk.Exists(folder))
            throw new LogIOException(LogError.Corrupt, $"{folder} is missing");
        var names = disk.List(folder);
        if (names.FirstOrDefault(IsAside) is { } aside)
            throw new LogIOException(LogError.Corrupt, $"{folder}/{aside} holds records that could not be applied to a damaged partition");
        var path = epochs is null
            ? Partitions.StatePathOf(partition)
            : epochs.Newest(PartitionState.Name, names) is { } newest ? $"{folder}/{newest.Name}" : $"{folder}/{PartitionState.Name}-";
        if (!disk.Exists(path))
            throw new LogIOException(LogError.Corrupt, $"{path} is missing");
        return Decode(partition, path, maxWriters);
    }

    /// <summary>What a file is called that keeps the records which a damaged partition did not take, from an LSN on.</summary>
    public string UnappliedNameOf(long lsn) => epochs is null
        ? string.Create(CultureInfo.InvariantCulture, $"{PartitionFolder.UnappliedPrefix}{lsn:x16}")
        : EpochFile.NameOf(PartitionFolder.UnappliedName, lsn, epoch);

    /// <summary>Merges small segments of a partition that is not open, where several hosts share the directory; whether its state has changed.</summary>
    public bool TryMerge(PartitionState state, int most) => epochs is not null && SegmentMerge.TryRun(disk, Partitions, state, epoch, most);

    /// <summary>A partition's state as its file has it, without a look at what else is there; any thread may ask.</summary>
    public PartitionState PeekState(IncarnationId partition, int maxWriters)
    {
        if (epochs is null)
            return Decode(partition, Partitions.StatePathOf(partition), maxWriters);
        var folder = Partitions.PathOf(partition);
        return epochs.Newest(PartitionState.Name, disk.List(folder)) is { } newest
            ? Decode(partition, $"{folder}/{newest.Name}", maxWriters)
            : throw new LogIOException(LogError.NotFound, $"{folder} has no state");
    }

    /// <summary>
    /// Whether a file says that the partition is damaged. To an owner that has lost the directory meanwhile everything looks damaged whose
    /// files the next one has replaced; what it sets aside then does not count.
    /// </summary>
    private bool IsAside(string name) => name.StartsWith(PartitionFolder.UnappliedPrefix, StringComparison.Ordinal) &&
        !(EpochFile.TryParse(PartitionFolder.UnappliedName, name, out var file) && epochs?.Counts(file) == false);

    private PartitionState Decode(IncarnationId partition, string path, int maxWriters)
    {
        var state = PartitionState.Decode(AtomicFile.Read(disk, path), path, id, partition, maxWriters);
        state.StoredAs = path;
        return state;
    }
}
