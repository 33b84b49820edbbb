using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>Which messages of a partition are evicted next: first those behind its reader, then those farthest ahead.</summary>
internal static class EvictionChoice
{
    /// <summary>Chooses a run.</summary>
    /// <param name="reader">The partition.</param>
    /// <param name="place">Where it is being read, position of the default view from the partition's first byte ever; null where nobody reads.</param>
    /// <param name="keepBytes">How many bytes from there on stay, at least the message there.</param>
    /// <param name="wanted">How many bytes are to go; a message more or less.</param>
    /// <returns>Its first message and the one after its last, by ordinals; null where nothing may go.</returns>
    public static (long From, long To)? Choose(PartitionReader reader, long? place, long keepBytes, long wanted)
    {
        var now = reader.Now;
        var (keepFrom, keepTo) = (now.End.Ordinal, now.End.Ordinal);
        if (place is { } position)
        {
            keepFrom = reader.FindPosition(position).Value;
            keepTo = Math.Min(now.End.Ordinal, FirstAfter(reader, keepFrom, now.End.Ordinal, keepBytes));
        }
        var runs = Present(now).ToArray();
        foreach (var (from, to) in runs)
            if (from < Math.Min(to, keepFrom))
                return (from, FirstAfter(reader, from, Math.Min(to, keepFrom), wanted));
        foreach (var (from, to) in runs.Reverse())
            if (Math.Max(from, keepTo) is var first && first < to)
                return (LastBefore(reader, first, to, wanted), to);
        return null;
    }

    private static IEnumerable<(long From, long To)> Present(PartitionSnapshot now)
    {
        var from = now.Begin.Ordinal;
        foreach (var range in now.Evicted)
        {
            if (from < range.From.Ordinal)
                yield return (from, range.From.Ordinal);
            from = range.To.Ordinal;
        }
        if (from < now.End.Ordinal)
            yield return (from, now.End.Ordinal);
    }

    /// <summary>The boundary up to which a run has so many bytes; at most its end, at least a message after its beginning.</summary>
    private static long FirstAfter(PartitionReader reader, long from, long to, long bytes)
    {
        var start = reader.Place(from).Value;
        return Search(Math.Min(from + 1, to), to, ordinal => new LogRange(start, reader.Place(ordinal).Value).Bytes >= bytes);
    }

    /// <summary>The boundary from which on a run has at most so many bytes, but at least its last message.</summary>
    private static long LastBefore(PartitionReader reader, long from, long to, long bytes)
    {
        var end = reader.Place(to).Value;
        return Search(from, to - 1, ordinal => new LogRange(reader.Place(ordinal).Value, end).Bytes <= bytes);
    }

    /// <summary>The first for which something holds that holds for all after it; the last where it holds for none.</summary>
    private static long Search(long low, long high, Func<long, bool> holds)
    {
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (holds(middle))
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
