namespace StreamActors.Logs;

/// <summary>
/// Goes forward through a merged view. Within a cut the next message is that of the partition whose next message is the
/// oldest, and of the first among equals. Each step can fail and be tried again: nothing moves before it has succeeded.
/// </summary>
internal sealed class MergeCursor
{
    private readonly MergeHistory _history;
    private readonly MergeSource[] _sources;
    private readonly long[] _ends;
    private readonly PriorityQueue<MergeSource, (long Time, int Index)> _heads = new();
    private readonly Queue<MergeSource> _loading = new();
    private MergeSource? _current;
    private int _inside;
    private MergeHistory.Place _next;
    private long _nextMark;

    public MergeCursor(MergeSource[] sources, MergeHistory history)
    {
        (_sources, _history) = (sources, history);
        _ends = new long[sources.Length];
        _nextMark = history.Spacing;
    }

    /// <summary>The byte of the view that comes next.</summary>
    public long Position { get; private set; }

    /// <summary>Goes to a boundary.</summary>
    public void Restart(MergeState state)
    {
        _heads.Clear();
        _loading.Clear();
        _current = null;
        Position = state.Position;
        _nextMark = Position + _history.Spacing;
        _next = state.Next;
        state.Ends.CopyTo(_ends, 0);
        foreach (var source in _sources)
        {
            source.Count = state.Counts[source.Index];
            if (source.Count < _ends[source.Index])
                _loading.Enqueue(source);
        }
    }

    /// <summary>Goes forward to a byte that is settled.</summary>
    public void SkipTo(long position)
    {
        while (Position < position && TryLoad(out var source))
            Move(source, (int)Math.Min(position - Position, source.Next.Length - _inside));
    }

    /// <summary>Reads up to what is settled.</summary>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="done">Rises by how many they are, also where it throws.</param>
    public void Read(Span<byte> buffer, ref int done)
    {
        while (done < buffer.Length && TryLoad(out var source))
        {
            var wanted = Math.Min(buffer.Length - done, source.Next.Length - _inside);
            // A message of no bytes needs none.
            var count = wanted == 0 ? 0 : source.Copy(_inside, buffer.Slice(done, wanted));
            if (count < Math.Min(wanted, 1))
                throw NotHere();
            done += count;
            Move(source, count);
        }
    }

    private bool TryLoad(out MergeSource source)
    {
        while (_current is null)
        {
            // All are looked for, so that those that have to be brought are brought at the same time.
            for (var left = _loading.Count; left > 0; left--)
            {
                var loading = _loading.Peek();
                if (loading.TryFindNext())
                    _heads.Enqueue(loading, (loading.Next.Time, loading.Index));
                else
                    _loading.Enqueue(loading);
                _loading.Dequeue();
            }
            if (_loading.Count > 0)
                throw NotHere();
            if (!_heads.TryDequeue(out _current, out _) && !TryNextCut())
                break;
            _inside = 0;
        }
        source = _current!;
        return source is not null;
    }

    private bool TryNextCut()
    {
        if (!_history.TryNext(ref _next, _ends))
            return false;
        foreach (var source in _sources)
            if (source.Count < _ends[source.Index])
                _loading.Enqueue(source);
        return true;
    }

    private void Move(MergeSource source, int count)
    {
        _inside += count;
        Position += count;
        if (_inside < source.Next.Length)
            return;
        _current = null;
        if (++source.Count < _ends[source.Index])
            _loading.Enqueue(source);
        if (Position < _nextMark)
            return;
        _history.Mark(new MergeState(Position, [.. _sources.Select(each => each.Count)], [.. _ends], _next));
        _nextMark = Position + _history.Spacing;
    }

    private static LogIOException NotHere() => new(LogError.Evicted, "messages of a merged view have to be brought first");
}
