using System.Collections;

namespace StreamActors.Logs;

/// <summary>
/// The messages whose bytes a cache has given back: runs in their order, none of which touches another. Immutable, so that
/// readers need no lock.
/// </summary>
internal sealed class EvictedRanges : IReadOnlyList<LogRange>
{
    /// <summary>An eviction that would make more of them takes in what lies between it and its neighbour. A restore may make one more.</summary>
    public const int MaxRanges = 1024;

    public static readonly EvictedRanges None = new([]);

    private readonly LogRange[] _ranges;

    private EvictedRanges(LogRange[] ranges)
    {
        _ranges = ranges;
        Bytes = ranges.Sum(range => range.Bytes);
    }

    /// <summary>How many bytes of data and key files they have.</summary>
    public long Bytes { get; }

    public int Count => _ranges.Length;

    public LogRange this[int index] => _ranges[index];

    public IEnumerator<LogRange> GetEnumerator() => _ranges.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What an eviction of a run takes, so that there are not too many of them.</summary>
    public LogRange Widen(LogRange range)
    {
        if (With(range).Count <= MaxRanges)
            return range;
        var after = FirstEndingAfter(range.From.Ordinal);
        return after > 0 ? range with { From = _ranges[after - 1].From } : range with { To = _ranges[after].To };
    }

    public EvictedRanges With(LogRange range)
    {
        if (range.From.Ordinal >= range.To.Ordinal)
            return this;
        var before = _ranges.Where(each => each.To.Ordinal < range.From.Ordinal);
        var after = _ranges.Where(each => each.From.Ordinal > range.To.Ordinal);
        foreach (var each in _ranges)
            if (each.To.Ordinal >= range.From.Ordinal && each.From.Ordinal <= range.To.Ordinal)
                range = new LogRange(Least(each.From, range.From), Greatest(each.To, range.To));
        return new EvictedRanges([.. before, range, .. after]);
    }

    public EvictedRanges Without(LogRange range)
    {
        var left = new List<LogRange>(_ranges.Length + 1);
        foreach (var each in _ranges)
        {
            AddTo(left, each with { To = Least(each.To, range.From) });
            AddTo(left, each with { From = Greatest(each.From, range.To) });
        }
        return left.Count == 0 ? None : new EvictedRanges([.. left]);
    }

    /// <summary>What of them lies in a run.</summary>
    public IEnumerable<LogRange> Within(LogRange range) => _ranges
        .Select(each => new LogRange(Greatest(each.From, range.From), Least(each.To, range.To)))
        .Where(each => each.From.Ordinal < each.To.Ordinal);

    /// <summary>What of them lies after a boundary.</summary>
    public EvictedRanges From(LogPlace begin) => Count == 0 ? this : Without(new LogRange(default, begin));

    /// <summary>How many messages from one on are there, up to so many.</summary>
    public long PresentMessages(long ordinal, long count)
    {
        var next = FirstEndingAfter(ordinal);
        return next == Count ? count : Math.Clamp(_ranges[next].From.Ordinal - ordinal, 0, count);
    }

    /// <summary>How many bytes of the default view from one on are there, up to so many.</summary>
    /// <param name="position">The first byte.</param>
    /// <param name="count">The most.</param>
    public int PresentBytes(long position, int count)
    {
        var low = 0;
        for (var high = Count; low < high;)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].To.Position <= position)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == Count || _ranges[low].From.Position >= position + count)
            return count;
        return (int)Math.Max(0, _ranges[low].From.Position - position);
    }

    /// <summary>The first that ends after a message.</summary>
    private int FirstEndingAfter(long ordinal)
    {
        var low = 0;
        for (var high = Count; low < high;)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].To.Ordinal <= ordinal)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static void AddTo(List<LogRange> ranges, LogRange range)
    {
        if (range.From.Ordinal < range.To.Ordinal)
            ranges.Add(range);
    }

    private static LogPlace Least(LogPlace a, LogPlace b) => a.Ordinal <= b.Ordinal ? a : b;

    private static LogPlace Greatest(LogPlace a, LogPlace b) => a.Ordinal >= b.Ordinal ? a : b;
}
