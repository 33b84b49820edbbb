using System.Collections.Concurrent;

namespace StreamActors.Logs;

/// <summary>
/// The active partitions of a log directory. One becomes active when it is asked for; when there are too many, those that
/// were asked for longest ago and that nothing else uses are closed.
/// </summary>
internal sealed class PartitionTable(ILogFileSystem disk, DirectoryFiles files, LogOptions options, FindingList findings)
{
    /// <summary>How many partitions are looked at to close one; those that can't be go behind the others.</summary>
    private const int MaxLooks = 64;

    private readonly SortedDictionary<IncarnationId, PartitionLog> _active = [];
    private readonly LinkedList<PartitionLog> _byUse = [];
    private readonly SortedSet<IncarnationId> _passivating = [];
    private readonly List<IncarnationId> _removals = [];
    private readonly ConcurrentDictionary<IncarnationId, int> _generations = new();
    private long _generationChanges;

    public IEnumerable<PartitionLog> Active => _active.Values;

    public int ActiveCount => _active.Count;

    /// <summary>Told of each partition that becomes active.</summary>
    public Action<IncarnationId>? Activated { get; set; }

    /// <summary>Where what active partitions become waits until it may be shown; null where it is shown at once.</summary>
    public Unconfirmed? Unconfirmed { get; set; }

    /// <summary>Gives the state of a partition that has a name and no files yet; null of any other.</summary>
    public Func<IncarnationId, PartitionState?>? NameOnly { get; set; }

    public bool Exists(IncarnationId id) => _active.ContainsKey(id) || files.Exists(id);

    public PartitionLog? Find(IncarnationId id) => _active.GetValueOrDefault(id);

    public void Add(PartitionLog log)
    {
        log.Unconfirmed = Unconfirmed;
        _active.Add(log.State.Id, log);
        NoteGeneration(log);
        _byUse.AddLast(log.ByUse);
        Activated?.Invoke(log.State.Id);
    }

    /// <summary>How often a generation other than 0 has changed, or became known; any thread may ask.</summary>
    public long GenerationChanges => Volatile.Read(ref _generationChanges);

    /// <summary>A partition's generation, as far as it is known without a look at the disk; any thread may ask.</summary>
    public int? KnownGeneration(IncarnationId id) => _generations.TryGetValue(id, out var generation) ? generation : null;

    /// <summary>A partition's generation; 0 of one that has no files, or can't be read. Any thread may ask.</summary>
    public int ReadGeneration(IncarnationId id)
    {
        if (KnownGeneration(id) is { } known)
            return known;
        var generation = 0;
        try
        {
            generation = files.PeekState(id, options.MaxWriters).Generation;
        }
        catch (LogIOException e)
        {
            // Whoever opens it is told; a listing is not the place. What may be another time is not remembered.
            if (e.Error is not (LogError.NotFound or LogError.Corrupt))
                return 0;
        }
        // What became active meanwhile is newer than the file that was read.
        generation = _generations.GetOrAdd(id, generation);
        if (generation != 0)
            Interlocked.Increment(ref _generationChanges);
        return generation;
    }

    /// <summary>Takes note of the generation of an active partition.</summary>
    public void NoteGeneration(PartitionLog log)
    {
        _generations[log.State.Id] = log.State.Generation;
        if (log.State.Generation != 0)
            Interlocked.Increment(ref _generationChanges);
    }

    public PartitionLog Activate(IncarnationId id)
    {
        if (_active.TryGetValue(id, out var log))
        {
            _passivating.Remove(id);
            _byUse.Remove(log.ByUse);
            _byUse.AddLast(log.ByUse);
            return log;
        }
        log = NameOnly?.Invoke(id) is { } state ? PartitionLog.WithoutFiles(state) : OpenFiles(id);
        Add(log);
        return log;
    }

    /// <summary>Closes a partition that nothing uses and a checkpoint has covered; false where that is not so.</summary>
    public bool Passivate(IncarnationId id)
    {
        _passivating.Remove(id);
        if (!_active.TryGetValue(id, out var log))
            return true;
        if (log.Dirty || log.Unapplied is not null || log.Feed.HasOtherUsers)
            return false;
        try
        {
            Trim(log);
        }
        catch (LogIOException)
        {
            // It stays open, and is tried again; what was reserved is no one's loss.
            return false;
        }
        Remove(log);
        log.Feed.Release();
        return true;
    }

    /// <summary>Closes it now, or after a checkpoint, unless it is asked for before.</summary>
    public void PassivateWhenClean(IncarnationId id)
    {
        if (!Passivate(id))
            _passivating.Add(id);
    }

    /// <summary>After a checkpoint: closes what was to be closed, and what there is too much of.</summary>
    public void PassivateClean()
    {
        foreach (var id in _passivating.ToArray())
            PassivateWhenClean(id);
        for (var log = _byUse.First; log is not null && _active.Count > options.MaxActive;)
        {
            var next = log.Next;
            Passivate(log.Value.State.Id);
            log = next;
        }
    }

    /// <summary>
    /// Makes room for a partition that is to become active; false where a checkpoint has to come first. Where all that is
    /// active is being read, there is room: whoever reads has to bound that.
    /// </summary>
    public bool TryMakeRoom(IncarnationId id, bool isCheckpointing)
    {
        if (_active.Count < options.MaxActive || _active.ContainsKey(id))
            return true;
        var mayHelp = isCheckpointing;
        for (var looks = Math.Min(MaxLooks, _byUse.Count); looks > 0; looks--)
        {
            var log = _byUse.First!.Value;
            if (Passivate(log.State.Id))
                return true;
            mayHelp |= !log.Feed.HasOtherUsers;
            _byUse.RemoveFirst();
            _byUse.AddLast(log.ByUse);
        }
        return !mayHelp;
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
        files.Present.Remove(id);
        _generations.TryRemove(id, out _);
        _passivating.Remove(id);
        if (!_active.TryGetValue(id, out var log))
            return;
        Remove(log);
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
        {
            // What was never shown to readers has no other user.
            foreach (var segment in log.Segments.Except(log.Feed.Now.Segments))
                segment.Dispose();
            log.Feed.Release();
        }
        _active.Clear();
        _byUse.Clear();
    }

    private PartitionLog OpenFiles(IncarnationId id)
    {
        var state = files.ReadState(id, options.MaxWriters);
        var isMerged = files.TryMerge(state, options.MaxSegments);
        var log = PartitionLog.Open(disk, files.Partitions, state);
        try
        {
            log.CheckFiles();
            foreach (var path in files.Partitions.Tidy(log.State))
                findings.Note(FindingKind.Foreign, path, "it is not the log's");
            // The next checkpoint writes a state that takes the place of all that is there, and then removes it.
            log.Dirty = isMerged || files.Partitions.HasReplaced(log.State);
            if (files.MayCut(log.Tail) && log.CutUncommitted())
                findings.Note(FindingKind.Uncommitted, files.Partitions.PathOf(id), "bytes beyond the committed end were cut");
        }
        catch
        {
            log.Feed.Release();
            throw;
        }
        return log;
    }

    private void Remove(PartitionLog log)
    {
        _active.Remove(log.State.Id);
        _byUse.Remove(log.ByUse);
        if (log.HasFiles)
            log.Tail.Tails.Forget(log.Tail);
    }

    private static void Trim(PartitionLog log)
    {
        if (!log.HasFiles)
            return;
        foreach (var file in log.Tail.Files)
            file.Trim();
    }
}
