using StreamActors.Logs;

namespace StreamActors.Kafka;

/// <summary>What the cache's budget knows of a log. Safe for several threads.</summary>
internal sealed class CachedLog(IncarnationId id, BlockChecksums blocks)
{
    private const long Unread = -1;

    private long _bytes;
    private long _lastRead;
    private long _place = Unread;
    private int _holders;

    /// <summary>The log.</summary>
    public IncarnationId Id => id;

    /// <summary>What of all logs was found right.</summary>
    public BlockChecksums Checked => blocks;

    /// <summary>How many bytes of messages, keys and headers are there.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>When it was last read, as a number that rises with each read of any log; 0 for never.</summary>
    public long LastRead => Interlocked.Read(ref _lastRead);

    /// <summary>Where it is being read, position of the default view from the log's first byte ever; null where nobody reads.</summary>
    public long? Place => Volatile.Read(ref _holders) > 0 && Interlocked.Read(ref _place) is var place && place != Unread ? place : null;

    /// <summary>Where the log ended when it last grew; for the one who appends.</summary>
    public LogPlace End { get; set; }

    /// <summary>Takes note of a reader that is open.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>Takes back <see cref="Hold"/>.</summary>
    public void Release() => Interlocked.Decrement(ref _holders);

    /// <summary>Takes note of a read.</summary>
    /// <param name="time">The number of the read.</param>
    /// <param name="place">Where; null where that is not known.</param>
    public void NoteRead(long time, long? place)
    {
        Interlocked.Exchange(ref _lastRead, time);
        if (place is { } position)
            Interlocked.Exchange(ref _place, position);
    }

    /// <summary>Takes note of bytes that came, or went.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
