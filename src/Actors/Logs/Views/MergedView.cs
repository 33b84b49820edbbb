namespace StreamActors.Logs;

/// <summary>
/// All partitions of a topic in one view: what was there at open is merged by the messages' times (among equal ones by
/// partition, then by offset), what came later follows as this view saw it. So the bytes of one instance never change, and
/// two instances need not agree. It keeps no entry for a message; reading on is fast, and going elsewhere merges anew from
/// the nearest place that it remembers. Any thread may read, one at a time. The partitions stay the caller's.
/// </summary>
public sealed class MergedView
{
    /// <summary>
    /// How much one view keeps of the order in which messages came, in bytes. What lies before is
    /// <see cref="LogError.Removed"/>; a reader that goes forward never meets that.
    /// </summary>
    public const int MaxHistoryBytes = 4 << 20;

    private const int MarkSpacing = 1 << 20;
    private const int SpansBudget = 16_384;
    private const int MaxSpansAtOnce = 64;
    private const int WindowBudget = 4 << 20;
    private const int MaxWindowBytes = 128 << 10;
    private const int MinWindowBytes = 1024;

    private readonly Lock _gate = new();
    private readonly MergeSource[] _sources;
    private readonly MergeHistory _history;
    private readonly MergeCursor _cursor;

    private MergedView(IReadOnlyList<MergeSource> sources, int maxHistoryBytes, long spacing)
    {
        _sources = [.. sources];
        for (var i = 0; i < _sources.Length; i++)
            _sources[i].Index = i;
        _history = new MergeHistory(_sources.Length, maxHistoryBytes, spacing);
        _cursor = new MergeCursor(_sources, _history);
    }

    /// <summary>Opens a view of what is there now, and of all that follows.</summary>
    /// <param name="partitions">The partitions in the order of their indexes, each from its own start, all in the same bytes.</param>
    /// <returns>The view; where a partition's beginning can't be found, why.</returns>
    public static LogResult<MergedView> Open(IReadOnlyList<PartitionView> partitions) =>
        Open(partitions, MaxHistoryBytes, MarkSpacing);

    /// <summary>As <see cref="Open(IReadOnlyList{PartitionView})"/>, of partitions that may lie elsewhere.</summary>
    /// <param name="partitions">The partitions in the order of their indexes, each of this view alone.</param>
    /// <returns>The view; where it can't be told what is there, why.</returns>
    public static LogResult<MergedView> Open(IReadOnlyList<MergeSource> partitions) => Open(partitions, MaxHistoryBytes, MarkSpacing);

    internal static LogResult<MergedView> Open(IReadOnlyList<PartitionView> partitions, int maxHistoryBytes, long spacing)
    {
        var count = Math.Max(1, partitions.Count);
        var spans = Math.Clamp(SpansBudget / count, 4, MaxSpansAtOnce);
        var window = Math.Clamp(WindowBudget / count, MinWindowBytes, MaxWindowBytes);
        return Open([.. partitions.Select(view => new ViewMergeSource(view, spans, window))], maxHistoryBytes, spacing);
    }

    private static LogResult<MergedView> Open(IReadOnlyList<MergeSource> partitions, int maxHistoryBytes, long spacing)
    {
        var view = new MergedView(partitions, maxHistoryBytes, spacing);
        try
        {
            view.Settle();
            return view;
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    /// <summary>The view's size in bytes as it is now: the sum of its partitions'.</summary>
    public long Length => _sources.Sum(source => source.Size.Bytes);

    /// <summary>Reads bytes.</summary>
    /// <param name="position">The first byte's place in the view.</param>
    /// <param name="buffer">Where they go.</param>
    /// <returns>How many; 0 at or after the end, fewer than there is room for at the end and before a message that can't be
    /// read. Faults as in <see cref="PartitionView.Read"/>; <see cref="LogError.Evicted"/> where bytes have to be brought first.</returns>
    public LogResult<int> Read(long position, Span<byte> buffer)
    {
        if (position < 0)
            return new LogFault(LogError.Invalid, "a position is negative");
        var done = 0;
        lock (_gate)
        {
            try
            {
                if (!TryGoTo(position))
                    return 0;
                do
                    _cursor.Read(buffer, ref done);
                while (done < buffer.Length && Settle());
                return done;
            }
            catch (LogIOException e)
            {
                // What comes before the fault is whole; the next read begins with it.
                return done > 0 ? done : LogFault.Of(e);
            }
        }
    }

    private bool TryGoTo(long position)
    {
        if (position >= _history.End && !(Settle() && position < _history.End))
            return false;
        if (position == _cursor.Position)
            return true;
        var nearest = _history.Nearest(position);
        if (_cursor.Position > position || _cursor.Position < nearest.Position)
            _cursor.Restart(nearest);
        _cursor.SkipTo(position);
        return true;
    }

    /// <summary>Takes what has come as what follows; false where nothing has.</summary>
    private bool Settle()
    {
        var ends = new long[_sources.Length];
        long length = 0;
        for (var i = 0; i < _sources.Length; i++)
        {
            if (_sources[i].BeginFault is { } fault)
                throw fault.ToException();
            (ends[i], var bytes) = _sources[i].Size;
            length += bytes;
        }
        return _history.AddCut(ends, length);
    }
}
