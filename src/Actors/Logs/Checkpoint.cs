namespace StreamActors.Logs;

/// <summary>
/// Makes the files of the partitions that changed survive power loss, so that the journal's head can go. It is begun and
/// completed by the log's thread; between them it touches nothing but the disk, so any thread can run it.
/// </summary>
internal sealed class Checkpoint
{
    private readonly ILogFileSystem _disk;
    private readonly DirectoryFiles _files;
    private readonly Func<bool>? _trySyncFileSystem;
    private readonly byte[] _checkpoint;
    private readonly List<(PartitionLog Log, PartitionSegment[] Segments, string Path, byte[] State)> _partitions = [];

    /// <summary>Begins one.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="files">The directory.</param>
    /// <param name="lsn">See <see cref="Lsn"/>.</param>
    /// <param name="dirty">The partitions that changed.</param>
    /// <param name="sync">See <see cref="Sync"/>.</param>
    /// <param name="trySyncFileSystem">Syncs all files and names at once, or says that it can't; null where they are few.</param>
    public Checkpoint(
        ILogFileSystem disk, DirectoryFiles files, long lsn, IReadOnlyList<PartitionLog> dirty, JournalSync? sync, Func<bool>? trySyncFileSystem)
    {
        _disk = disk;
        _files = files;
        _trySyncFileSystem = trySyncFileSystem;
        Lsn = lsn;
        Sync = sync;
        foreach (var log in dirty)
        {
            log.Feed.Acquire();
            _partitions.Add((log, log.Segments, files.StatePathOf(log.State), log.State.Encode(files.Id)));
        }
        _checkpoint = files.EncodeCheckpoint(lsn);
    }

    /// <summary>The journal before it is no longer needed once this is complete.</summary>
    public long Lsn { get; }

    /// <summary>
    /// The journal is synced first: or power loss could keep what a state file says of one partition, and lose what the
    /// journal said before of another. Null where that can't be.
    /// </summary>
    public JournalSync? Sync { get; }

    public IEnumerable<IncarnationId> Partitions => _partitions.Select(partition => partition.Log.State.Id);

    /// <summary>Syncs files and writes states. Directories of partitions that are deleted meanwhile stay until it is complete.</summary>
    public LogFault? Run()
    {
        try
        {
            Sync?.Run();
            if (!TryReplaceTogether())
                ReplaceEach();
            _files.WriteCheckpoint(Lsn, _checkpoint);
            return null;
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    /// <summary>
    /// One sync for the files and the new states, and one for the names of these. What fails to sync is found when the files
    /// are synced for themselves, which tells whether it was one of them.
    /// </summary>
    private bool TryReplaceTogether()
    {
        if (_trySyncFileSystem is null)
            return false;
        PrepareStates();
        if (!_trySyncFileSystem())
            return false;
        ReplaceStates();
        return _trySyncFileSystem();
    }

    /// <summary>
    /// Each step is done for all partitions before the next one is: the first sync of a step then has the file system commit
    /// what the others need, too.
    /// </summary>
    private void ReplaceEach()
    {
        foreach (var file in _partitions.SelectMany(partition => partition.Segments).SelectMany(segment => segment.Files))
            file.File.Sync();
        PrepareStates();
        foreach (var (_, _, path, _) in _partitions)
            AtomicFile.SyncPrepared(_disk, path);
        ReplaceStates();
        foreach (var (log, _, _, _) in _partitions)
            _disk.SyncDirectory(_files.Partitions.PathOf(log.State.Id));
        _disk.SyncDirectory(_files.Partitions.Root);
    }

    private void PrepareStates()
    {
        foreach (var (_, _, path, state) in _partitions)
            AtomicFile.Prepare(_disk, path, state, sync: false);
    }

    private void ReplaceStates()
    {
        foreach (var (_, _, path, _) in _partitions)
            AtomicFile.Replace(_disk, path);
    }

    public void ReleaseFiles()
    {
        foreach (var (log, _, _, _) in _partitions)
            log.Feed.Release();
    }

    /// <summary>Removes what the states have replaced, where several hosts share the directory: see <see cref="PartitionFolder.RemoveReplaced"/>.</summary>
    /// <param name="isThere">Whether a partition was not deleted meanwhile.</param>
    public void RemoveReplaced(Func<IncarnationId, bool> isThere)
    {
        foreach (var (log, _, path, _) in _partitions)
            if (isThere(log.State.Id))
                _files.Partitions.RemoveReplaced(log.State, path);
    }
}
