namespace StreamActors.Logs;

/// <summary>
/// How old messages are to retention. As a rule by the running maximum of times, since a message is no older than one before
/// it. A writer may give any time, and a clock may be wrong: where the maximum lies in the future it says nothing of what
/// follows, which is looked at one by one. A message of the future is then as old as the next that is not.
/// </summary>
internal static class ExpiryTimes
{
    /// <summary>The most messages that are looked at one by one; what is behind them is taken to be young until they are gone.</summary>
    public const int MaxLooks = 100_000;

    private const int EntriesAtATime = 256;

    /// <summary>The first message that is not older than a time.</summary>
    /// <param name="reader">The partition.</param>
    /// <param name="time">Milliseconds since 1970 UTC.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    /// <returns>Its ordinal; the end's where all are older.</returns>
    public static long FirstSince(PartitionReader reader, long time, long now)
    {
        var keep = reader.FindTime(time).Value;
        foreach (var (ordinal, entry) in From(reader, keep))
        {
            if (entry.MaxTimestamp <= now || (entry.Timestamp >= time && entry.Timestamp <= now))
                break;
            if (entry.Timestamp < time)
                keep = ordinal + 1;
        }
        return keep;
    }

    /// <summary>The time by which a message's age is counted.</summary>
    /// <param name="reader">The partition.</param>
    /// <param name="ordinal">The message; it is kept.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    /// <returns>Milliseconds since 1970 UTC, not in the future.</returns>
    public static long TimeOf(PartitionReader reader, long ordinal, long now)
    {
        foreach (var (_, entry) in From(reader, ordinal))
        {
            if (entry.MaxTimestamp <= now)
                return entry.MaxTimestamp;
            if (entry.Timestamp <= now)
                return entry.Timestamp;
        }
        return now;
    }

    private static IEnumerable<(long Ordinal, IndexEntry Entry)> From(PartitionReader reader, long ordinal)
    {
        var entries = new IndexEntry[EntriesAtATime];
        for (var looked = 0; looked < MaxLooks;)
        {
            // Of most partitions one is enough.
            var count = reader.Entries(ordinal + looked, looked == 0 ? entries.AsSpan(0, 1) : entries).Value;
            if (count == 0)
                yield break;
            for (var i = 0; i < count; i++)
                yield return (ordinal + looked + i, entries[i]);
            looked += count;
        }
    }
}
