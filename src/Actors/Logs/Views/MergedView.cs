namespace StreamActors.Logs;

/// <summary>
/// All partitions of a topic in one view: what was there at open is merged by the messages' times (among equal ones by
/// partition, then by offset), what came later follows as this view saw it. So the bytes of one instance never change, and
/// two instances need not agree. It keeps no entry for a message; reading on is fast, and going elsewhere merges anew from
/// the nearest place that it remembers. Any thread may read, one at a time. The partitions' views stay the caller's.
/// </summary>
public sealed class MergedView
{
    /// <summary>
    /// How much one view keeps of the order in which messages came, in bytes. What lies before is
    /// <see cref="LogError.Removed"/>; a reader that goes forward never meets that.
    /// </summary>
    public const int MaxHistoryBytes = 4 << 20;

    private const int MarkSpacing = 1 << 20;

    private readonly Lock _gate = new();
    private readonly PartitionView[] _views;
    private readonly MergeHistory _history;
    private readonly MergeCursor _cursor;

    private MergedView(IReadOnlyList<PartitionView> views, int maxHistoryBytes, long spacing)
    {
        _views = [.. views];
        _history = new MergeHistory(_views.Length, maxHistoryBytes, spacing);
        _cursor = new MergeCursor(_views, _history);
    }

    /// <summary>The partitions, in their order.</summary>
    public IReadOnlyList<PartitionView> Partitions => _views;

    /// <summary>Opens a view of what is there now, and of all that follows.</summary>
    /// <param name="partitions">The partitions in the order of their indexes, each from its own start, all in the same bytes.</param>
    /// <returns>The view; where a partition's beginning can't be found, why.</returns>
    public static LogResult<MergedView> Open(IReadOnlyList<PartitionView> partitions) =>
        Open(partitions, MaxHistoryBytes, MarkSpacing);

    internal static LogResult<MergedView> Open(IReadOnlyList<PartitionView> partitions, int maxHistoryBytes, long spacing)
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
    public long Length => _views.Sum(view => view.Length);

    /// <summary>Reads bytes.</summary>
    /// <param name="position">The first byte's place in the view.</param>
    /// <param name="buffer">Where they go.</param>
    /// <returns>How many; 0 at or after the end, fewer than there is room for at the end and before a message that can't be
    /// read. Faults as in <see cref="PartitionView.Read"/>.</returns>
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
            catch (Exception e) when (SnapshotReader.IsFault(e, _views[0].Reader, out var fault))
            {
                // What comes before the fault is whole; the next read begins with it.
                return done > 0 ? done : fault;
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
        var ends = new long[_views.Length];
        long length = 0;
        for (var i = 0; i < _views.Length; i++)
        {
            if (_views[i].Begin.Value is not { } begin)
                continue;
            var now = _views[i].Reader.Now;
            ends[i] = now.End.Ordinal - begin.Ordinal;
            length += _views[i].LengthFrom(begin, now);
        }
        return _history.AddCut(ends, length);
    }
}
