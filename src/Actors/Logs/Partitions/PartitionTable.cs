namespace StreamActors.Logs;

/// <summary>The active partitions of a log directory. One becomes active when it is asked for.</summary>
internal sealed class PartitionTable(ILogFileSystem disk, DirectoryFiles files, int maxWriters, FindingList findings)
{
    private readonly SortedDictionary<IncarnationId, PartitionLog> _active = [];
    private readonly List<IncarnationId> _removals = [];

    public IEnumerable<PartitionLog> Active => _active.Values;

    public int ActiveCount => _active.Count;

    public bool Exists(IncarnationId id) => _active.ContainsKey(id) || disk.Exists(files.Partitions.PathOf(id));

    public PartitionLog? Find(IncarnationId id) => _active.GetValueOrDefault(id);

    public void Add(PartitionLog log) => _active.Add(log.State.Id, log);

    public PartitionLog Activate(IncarnationId id)
    {
        if (_active.TryGetValue(id, out var log))
            return log;
        log = PartitionLog.Open(disk, files.Partitions, files.ReadState(id, maxWriters));
        try
        {
            log.CheckFiles(log.State.End);
            foreach (var path in files.Partitions.Tidy(log.State))
                findings.Note(FindingKind.Foreign, path, "it is not the log's");
            if (log.CutUncommitted())
                findings.Note(FindingKind.Uncommitted, files.Partitions.PathOf(id), "bytes beyond the committed end were cut");
        }
        catch
        {
            log.Feed.Release();
            throw;
        }
        _active.Add(id, log);
        return log;
    }

    /// <summary>Closes a partition that nothing uses and a checkpoint has covered; false where that is not so.</summary>
    public bool Passivate(IncarnationId id)
    {
        if (!_active.TryGetValue(id, out var log))
            return true;
        if (log.Dirty || log.Unapplied is not null || log.Feed.HasOtherUsers)
            return false;
        Trim(log);
        _active.Remove(id);
        log.Feed.Release();
        return true;
    }

    /// <summary>Gives back the blocks that were reserved for appends that never came.</summary>
    public void Trim()
    {
        foreach (var log in _active.Values.Where(log => log.Unapplied is null))
            Trim(log);
    }

    /// <summary>Takes a partition out; its readers keep its files. Its directory goes with <see cref="RemoveFolders"/>.</summary>
    public void Delete(IncarnationId id)
    {
        _removals.Add(id);
        if (!_active.Remove(id, out var log))
            return;
        log.Feed.Publish(new PartitionSnapshot(log.State, log.Segments, deleted: true));
        log.Feed.Release();
    }

    public void RemoveFolders()
    {
        foreach (var id in _removals)
            if (!files.Partitions.Remove(id))
                findings.Note(FindingKind.Foreign, files.Partitions.PathOf(id), "files that are not the log's were left in a deleted partition");
        _removals.Clear();
    }

    public void Close()
    {
        foreach (var log in _active.Values)
            log.Feed.Release();
        _active.Clear();
    }

    private static void Trim(PartitionLog log)
    {
        foreach (var file in log.Tail.Files)
            file.Trim();
    }
}
