namespace StreamActors.Logs;

/// <summary>
/// Makes the files of the partitions that changed survive power loss, so that the journal's head can go. It is begun and
/// completed by the log's thread; between them it touches nothing but the disk, so any thread can run it.
/// </summary>
internal sealed class Checkpoint
{
    private readonly ILogFileSystem _disk;
    private readonly DirectoryFiles _files;
    private readonly List<(PartitionLog Log, PartitionSegment[] Segments, byte[] State)> _partitions = [];

    public Checkpoint(ILogFileSystem disk, DirectoryFiles files, long lsn, IReadOnlyList<PartitionLog> dirty, JournalSync? sync)
    {
        _disk = disk;
        _files = files;
        Lsn = lsn;
        Sync = sync;
        foreach (var log in dirty)
        {
            log.Feed.Acquire();
            _partitions.Add((log, log.Segments, log.State.Encode(files.Id)));
        }
    }

    /// <summary>The journal before it is no longer needed once this is complete.</summary>
    public long Lsn { get; }

    /// <summary>
    /// The journal is synced first: or power loss could keep what a state file says of one partition, and lose what the
    /// journal said before of another.
    /// </summary>
    public JournalSync? Sync { get; }

    public IEnumerable<IncarnationId> Partitions => _partitions.Select(partition => partition.Log.State.Id);

    /// <summary>Syncs files and writes states. Directories of partitions that are deleted meanwhile stay until it is complete.</summary>
    public LogFault? Run()
    {
        try
        {
            Sync?.Run();
            foreach (var (log, segments, state) in _partitions)
            {
                foreach (var file in segments.SelectMany(segment => segment.Files))
                    file.File.Sync();
                AtomicFile.Write(_disk, _files.Partitions.StatePathOf(log.State.Id), state);
                _disk.SyncDirectory(_files.Partitions.PathOf(log.State.Id));
            }
            _disk.SyncDirectory(_files.Partitions.Root);
            new CheckpointFile(Lsn, _files.Epoch).Write(_disk, _files.Root, _files.Id);
            return null;
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    public void ReleaseFiles()
    {
        foreach (var (log, _, _) in _partitions)
            log.Feed.Release();
    }
}
