using System.Globalization;

namespace StreamActors.Logs;

/// <summary>
/// The three files of a stretch of a partition that one shard epoch wrote: the bytes of the default view, the index, and
/// the keys. The names hold the first message's ordinal and the epoch.
/// </summary>
internal sealed class PartitionSegment : IDisposable
{
    public const string DataSuffix = ".data", IndexSuffix = ".index", KeysSuffix = ".keys";

    private PartitionSegment(SegmentState state, ILogFile data, ILogFile index, ILogFile keys, HeldTails tails)
    {
        State = state;
        Data = new GrowingFile(data, tails);
        Index = new GrowingFile(index, tails);
        Keys = new GrowingFile(keys, tails);
        Tails = tails;
        ByUse = new LinkedListNode<PartitionSegment>(this);
    }

    public SegmentState State { get; }

    public long Epoch => State.Epoch;

    public LogPlace Base => State.Base;

    /// <summary>What its checksums are changed by.</summary>
    public uint Tag => State.Tag;

    public GrowingFile Data { get; }

    public GrowingFile Index { get; }

    public GrowingFile Keys { get; }

    public IEnumerable<GrowingFile> Files => [Data, Index, Keys];

    /// <summary>Where the ends of the files are held.</summary>
    public HeldTails Tails { get; }

    /// <summary>Its place among those that hold something.</summary>
    public LinkedListNode<PartitionSegment> ByUse { get; }

    /// <summary>Whether there are bytes that the files lack.</summary>
    public bool HoldsBytes => Data.HoldsBytes || Index.HoldsBytes || Keys.HoldsBytes;

    public static string StemOf(string folder, long epoch, long ordinal) => $"{folder}/{NameOf(epoch, ordinal)}";

    /// <summary>What the names of its files have in common.</summary>
    public static string NameOf(long epoch, long ordinal) => string.Create(CultureInfo.InvariantCulture, $"{ordinal:x16}-{epoch:x8}");

    public static bool IsName(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot >= 25 && name[16] == '-' && name.AsSpan(dot) is DataSuffix or IndexSuffix or KeysSuffix &&
            name.Where((_, i) => i < dot && i != 16).All(char.IsAsciiHexDigitLower);
    }

    public static long EpochOf(string name) => long.Parse(
        name.AsSpan(17, name.IndexOf('.', StringComparison.Ordinal) - 17), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Makes the files anew. They must not be there: another owner's are never touched.</summary>
    public static PartitionSegment Create(ILogFileSystem disk, PartitionFolder folder, IncarnationId id, long epoch, LogPlace start) =>
        Open(disk, folder, id, new SegmentState(epoch, start, folder.TagOf(id)), LogFileMode.CreateNew);

    public static PartitionSegment Open(
        ILogFileSystem disk, PartitionFolder folder, IncarnationId id, SegmentState state, LogFileMode mode)
    {
        var stem = StemOf(folder.PathOf(id), state.Epoch, state.Base.Ordinal);
        var opened = new List<ILogFile>(3);
        try
        {
            foreach (var suffix in (ReadOnlySpan<string>)[DataSuffix, IndexSuffix, KeysSuffix])
                opened.Add(disk.Open(stem + suffix, mode));
        }
        catch
        {
            foreach (var file in opened)
            {
                file.Dispose();
                // A part of a segment would be in the way of the next try.
                if (mode == LogFileMode.CreateNew)
                    TryDelete(disk, file.Path);
            }
            throw;
        }
        return new PartitionSegment(state, opened[0], opened[1], opened[2], folder.Tails);
    }

    /// <summary>The LSN after the record that made its partition, which has to be safe before its files get their first byte.</summary>
    public long CreatedLsn { get; set; }

    /// <summary>Writes what is held of the files.</summary>
    public void Flush()
    {
        if (HoldsBytes && CreatedLsn > 0)
        {
            Tails.Sync?.Invoke(CreatedLsn);
            CreatedLsn = 0;
        }
        foreach (var file in Files)
            file.Flush();
        Tails.Forget(this);
    }

    /// <summary>Makes what is there exactly as long as a place says.</summary>
    public void SetEnd(LogPlace end)
    {
        Data.SetLength(end.Position - Base.Position);
        Index.SetLength((end.Ordinal - Base.Ordinal) * IndexEntry.Size);
        Keys.SetLength(end.Keys - Base.Keys);
    }

    private static void TryDelete(ILogFileSystem disk, string path)
    {
        try
        {
            disk.Delete(path);
        }
        catch (LogIOException)
        {
            // The next owner of the partition removes it.
        }
    }

    public void Dispose()
    {
        foreach (var file in Files)
            file.Dispose();
    }
}
