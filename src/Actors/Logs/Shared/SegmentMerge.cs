namespace StreamActors.Logs;

/// <summary>
/// Makes one segment of the last small ones of a partition, which former epochs have left. It is in files of the epoch that does it,
/// and counts once a checkpoint has written a state that has it; the others stay until that is sure. So whoever is cut short, or has no
/// right to the directory any more, has changed nothing.
/// </summary>
internal static class SegmentMerge
{
    /// <summary>The most bytes of one that is made: so much is copied at a time.</summary>
    private const long MaxBytes = 64 << 20;

    /// <summary>What is smaller is always taken in; what is larger only where those behind it have as much together, so that a byte is copied seldom.</summary>
    private const long SmallBytes = 1 << 20;

    private const int BufferBytes = 256 << 10;

    /// <summary>Merges, where there are too many segments. The partition's files are not open.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="folder">Where the partitions are.</param>
    /// <param name="state">The partition, which has the new segment then.</param>
    /// <param name="epoch">The epoch under which the directory is open.</param>
    /// <param name="most">How many segments are left alone.</param>
    /// <returns>Whether it has changed. Where the disk does not let it, all stays as it was.</returns>
    public static bool TryRun(ILogFileSystem disk, PartitionFolder folder, PartitionState state, long epoch, int most)
    {
        var segments = state.Segments;
        if (segments.Count <= most || First(state, folder.TagOf(state.Id)) is not { } first)
            return false;
        var run = segments.GetRange(first, segments.Count - first);
        var merged = new SegmentState(epoch, run[0].Base, run[0].Tag);
        // One of this epoch may have its name: where the first ones are empty, or it was made by a merge.
        if (run.Any(segment => segment.Epoch == epoch && segment.Base.Ordinal == merged.Base.Ordinal))
            return false;
        try
        {
            Copy(disk, folder, state, first, merged);
        }
        catch (LogIOException)
        {
            // What can't be read is told when the partition is opened.
            TryRemove(disk, folder, state.Id, merged);
            return false;
        }
        segments.RemoveRange(first, run.Count);
        segments.Add(merged);
        state.Superseded.AddRange(run);
        state.ShardEpoch = epoch;
        return true;
    }

    /// <summary>The first of those that are merged; null where they are not two.</summary>
    private static int? First(PartitionState state, uint tag)
    {
        var first = state.Segments.Count;
        for (long bytes = 0; first > 0 && state.Segments[first - 1].Tag == tag; first--)
        {
            var more = BytesOf(state, first - 1);
            if (first < state.Segments.Count && (more > Math.Max(SmallBytes, bytes) || bytes + more > MaxBytes))
                break;
            bytes += more;
        }
        return state.Segments.Count - first >= 2 ? first : null;
    }

    private static LogPlace EndOf(PartitionState state, int segment) =>
        segment + 1 < state.Segments.Count ? state.Segments[segment + 1].Base : state.End;

    private static long BytesOf(PartitionState state, int segment)
    {
        var (from, end) = (state.Segments[segment].Base, EndOf(state, segment));
        return end.Position - from.Position + end.Keys - from.Keys + ((end.Ordinal - from.Ordinal) * IndexEntry.Size);
    }

    private static void Copy(ILogFileSystem disk, PartitionFolder folder, PartitionState state, int first, SegmentState merged)
    {
        folder.RemoveSegment(state.Id, merged.Epoch, merged.Base.Ordinal);
        using var target = PartitionSegment.Open(disk, folder, state.Id, merged, LogFileMode.CreateNew);
        var buffer = new byte[BufferBytes];
        for (var i = first; i < state.Segments.Count; i++)
        {
            using var source = PartitionSegment.Open(disk, folder, state.Id, state.Segments[i], LogFileMode.Read);
            var (from, end) = (state.Segments[i].Base, EndOf(state, i));
            Copy(source.Data.File, target.Data.File, from.Position, end.Position, state.Begin.Position, merged.Base.Position, 1, buffer);
            Copy(source.Index.File, target.Index.File, from.Ordinal, end.Ordinal, state.Begin.Ordinal, merged.Base.Ordinal, IndexEntry.Size, buffer);
            Copy(source.Keys.File, target.Keys.File, from.Keys, end.Keys, state.Begin.Keys, merged.Base.Keys, 1, buffer);
        }
        target.SetEnd(state.End);
        foreach (var file in target.Files)
            file.File.Sync();
        disk.SyncDirectory(folder.PathOf(state.Id));
    }

    /// <summary>Copies what a segment has from one place to another, but for what retention has removed.</summary>
    private static void Copy(ILogFile source, ILogFile target, long from, long end, long kept, long targetFrom, int unit, byte[] buffer)
    {
        for (var left = (end - Math.Max(from, kept)) * unit; left > 0;)
        {
            var count = (int)Math.Min(left, buffer.Length);
            var place = ((end - from) * unit) - left;
            if (source.Read(buffer.AsSpan(0, count), place) < count)
                throw new LogIOException(LogError.Corrupt, $"{source.Path} is shorter than what was committed to it");
            target.Write(buffer.AsSpan(0, count), ((from - targetFrom) * unit) + place);
            left -= count;
        }
    }

    private static void TryRemove(ILogFileSystem disk, PartitionFolder folder, IncarnationId id, SegmentState merged)
    {
        try
        {
            folder.RemoveSegment(id, merged.Epoch, merged.Base.Ordinal);
        }
        catch (LogIOException)
        {
            // A later epoch removes it.
        }
    }
}
