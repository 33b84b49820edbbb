namespace StreamActors.Logs;

/// <summary>An active partition, as the log's one writer has it: its state, its files, and where it publishes them.</summary>
internal sealed class PartitionLog
{
    /// <summary>How many messages are compared with their checksums when the files are opened, and of how many bytes before the last.</summary>
    private const int MaxChecked = 16, MaxCheckedBytes = 64 << 10;

    private bool _isReserved;

    private PartitionLog(PartitionState state, PartitionSegment[] segments)
    {
        State = state;
        Segments = segments;
        Feed = new PartitionFeed(new PartitionSnapshot(state, segments, deleted: false));
        ByUse = new LinkedListNode<PartitionLog>(this);
    }

    public PartitionState State { get; }

    public PartitionSegment[] Segments { get; private set; }

    public PartitionFeed Feed { get; }

    public PartitionSegment Tail => Segments[^1];

    /// <summary>Whether its files were made: what has only a name is empty, and only on the list of names.</summary>
    public bool HasFiles => Segments.Length > 0;

    /// <summary>Its place among the active ones, in the order in which they were asked for.</summary>
    public LinkedListNode<PartitionLog> ByUse { get; }

    /// <summary>Where what it becomes waits until it may be shown; null where it is shown at once.</summary>
    public Unconfirmed? Unconfirmed { get; set; }

    /// <summary>Whether it has changed since the last checkpoint began.</summary>
    public bool Dirty { get; set; }

    /// <summary>A committed record that the disk did not let us apply: its LSN and length.</summary>
    public (long Lsn, int Length)? Unapplied { get; set; }

    public static PartitionLog Create(ILogFileSystem disk, PartitionFolder folder, PartitionState state)
    {
        var log = WithoutFiles(state);
        log.MakeFiles(disk, folder);
        log.Publish();
        return log;
    }

    /// <summary>A partition that has a name and no files yet.</summary>
    public static PartitionLog WithoutFiles(PartitionState state) => new(state, []);

    /// <summary>Makes the files, where there are none.</summary>
    public void MakeFiles(ILogFileSystem disk, PartitionFolder folder)
    {
        folder.Make(State.Id);
        var segment = PartitionSegment.Create(disk, folder, State.Id, State.ShardEpoch, default);
        State.Segments.Add(segment.State);
        Segments = [segment];
    }

    /// <summary>Takes back what <see cref="MakeFiles"/> made and nobody has seen.</summary>
    public void DropFiles(DirectoryFiles files)
    {
        foreach (var segment in Segments)
            segment.Dispose();
        Segments = [];
        State.Segments.Clear();
        if (files.Epochs is null)
            files.Partitions.Remove(State.Id);
    }

    /// <summary>Opens the files of a state, and checks that they are long enough.</summary>
    public static PartitionLog Open(ILogFileSystem disk, PartitionFolder folder, PartitionState state)
    {
        var segments = new List<PartitionSegment>();
        try
        {
            foreach (var segment in state.Segments)
                segments.Add(PartitionSegment.Open(disk, folder, state.Id, segment, LogFileMode.Write));
            for (var i = 0; i < segments.Count; i++)
                CheckLengths(segments[i], i + 1 < segments.Count ? segments[i + 1].Base : state.End);
            return new PartitionLog(state, [.. segments]);
        }
        catch (Exception e)
        {
            foreach (var segment in segments)
                segment.Dispose();
            if (e is LogIOException { Error: LogError.NotFound } missing)
                throw new LogIOException(LogError.Corrupt, $"a file of partition {state.Id} is missing: {missing.Message}", e);
            throw;
        }
    }

    /// <summary>Whether the ends of the files may be held in memory: there is room for them, and nobody reads the files themselves.</summary>
    public bool MayHold => _isReserved && !Feed.IsReadAsFile;

    /// <summary>Writes what is held of the files.</summary>
    public void Flush()
    {
        if (HasFiles)
            Tail.Flush();
    }

    /// <summary>Cuts what lies beyond the committed end; true where there was something.</summary>
    public bool CutUncommitted()
    {
        Flush();
        var end = State.End;
        var start = Tail.Base;
        if (Tail.Data.File.Length == end.Position - start.Position && Tail.Keys.File.Length == end.Keys - start.Keys &&
            Tail.Index.File.Length == (end.Ordinal - start.Ordinal) * IndexEntry.Size)
            return false;
        Tail.SetEnd(end);
        return true;
    }

    /// <summary>
    /// Checks that the files are this state's and not another partition's: the oldest message must be at the beginning, one must
    /// end where the state does, and the last ones must be what was written.
    /// </summary>
    public void CheckFiles()
    {
        using var reader = new PartitionReader(Feed);
        var now = Feed.Now;
        if (now.Count <= 0)
            return;
        var first = SnapshotReader.ReadEntry(reader, now, now.Begin.Ordinal);
        var last = SnapshotReader.ReadEntry(reader, now, now.End.Ordinal - 1);
        if (first.Position != now.Begin.Position || first.Offset < now.Begin.Offset || last.Offset != now.End.Offset - 1 ||
            last.Json + last.JsonLength != now.End.Json || last.Position + last.ValueLength + State.Framing.Overhead != now.End.Position)
            throw new LogIOException(LogError.Corrupt, $"{Tail.Index.File.Path} does not fit the partition's state");
        long bytes = 0;
        for (var count = 1; count <= Math.Min(now.Count, MaxChecked) && bytes < MaxCheckedBytes; count++)
            if (now.EvictedRanges.PresentMessages(now.End.Ordinal - count, 1) > 0)
                bytes += SnapshotReader.ReadMessage(reader, now, now.End.Ordinal - count).Entry.ValueLength;
    }

    /// <summary>Shows readers the state as it is now, and the next checkpoint that there is something to do.</summary>
    public void Changed()
    {
        Dirty = true;
        Publish();
    }

    public void Publish()
    {
        var now = new PartitionSnapshot(State, Segments, deleted: false);
        if (Unconfirmed is { } unconfirmed)
            unconfirmed.Add(Feed, now);
        else
            Feed.Publish(now);
    }

    /// <summary>Makes sure of the space that a batch will take.</summary>
    public void Reserve(Batch batch) => _isReserved = ForEach(batch, (file, position, length) => file.Reserve(position, length));

    /// <summary>Whether all of a batch, for which there is room, will be held, where all before it is.</summary>
    public bool HoldsAll(Batch batch) =>
        MayHold && Unapplied is null && ForEach(batch, (file, position, length) => file.HoldsAll(position, length));

    /// <summary>Goes on in files of a new epoch.</summary>
    public void Roll(PartitionSegment segment)
    {
        State.ShardEpoch = segment.Epoch;
        State.Segments.Add(segment.State);
        Segments = [.. Segments, segment];
    }

    /// <summary>The segment that has a message.</summary>
    public PartitionSegment SegmentOf(long ordinal) => Segments.Last(segment => segment.Base.Ordinal <= ordinal);

    /// <summary>Gives blocks before the beginning back, after the beginning was published.</summary>
    public void PunchRemoved()
    {
        var begin = State.Begin;
        foreach (var segment in Segments)
        {
            segment.Data.PunchHole(0, begin.Position - segment.Base.Position);
            segment.Index.PunchHole(0, (begin.Ordinal - segment.Base.Ordinal) * IndexEntry.Size);
            segment.Keys.PunchHole(0, begin.Keys - segment.Base.Keys);
        }
    }

    /// <summary>Gives the blocks of evicted messages back, after that was published.</summary>
    public void PunchEvicted(LogRange range)
    {
        foreach (var segment in Segments)
        {
            segment.Data.PunchHole(range.From.Position - segment.Base.Position, range.To.Position - segment.Base.Position);
            segment.Keys.PunchHole(range.From.Keys - segment.Base.Keys, range.To.Keys - segment.Base.Keys);
        }
    }

    /// <summary>Whether something holds for each file and what a batch adds to it.</summary>
    private bool ForEach(Batch batch, Func<GrowingFile, long, long, bool> holds)
    {
        var end = State.End;
        var start = Tail.Base;
        return holds(Tail.Data, end.Position - start.Position, batch.ValueBytes + ((long)batch.Count * State.Framing.Overhead)) &
            holds(Tail.Index, (end.Ordinal - start.Ordinal) * IndexEntry.Size, (long)batch.Count * IndexEntry.Size) &
            holds(Tail.Keys, end.Keys - start.Keys, batch.KeyBytes);
    }

    private static void CheckLengths(PartitionSegment segment, LogPlace end)
    {
        Check(segment.Data, end.Position - segment.Base.Position);
        Check(segment.Index, (end.Ordinal - segment.Base.Ordinal) * IndexEntry.Size);
        Check(segment.Keys, end.Keys - segment.Base.Keys);
    }

    private static void Check(GrowingFile file, long committed)
    {
        if (file.File.Length < committed)
            throw new LogIOException(
                LogError.Corrupt, $"{file.File.Path} has {file.File.Length} bytes; {committed} were committed");
    }
}
