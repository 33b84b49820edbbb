namespace StreamActors.Logs;

/// <summary>
/// What a partition keeps. Null means that this rule removes nothing. Each removal is a new generation, a new inode, so
/// little is not removed at once: the limits may be exceeded by <paramref name="StepBytes"/>, or by a tenth of the age.
/// </summary>
/// <param name="MaxAge">Messages older than this are removed, from the oldest up to the first that is younger; see <see cref="ExpiryTimes"/>.</param>
/// <param name="MaxBytes">The most bytes of the default view.</param>
/// <param name="StepBytes">Fewer bytes than this are not removed, unless the oldest message is too old by more than a tenth.</param>
public sealed record RetentionPolicy(TimeSpan? MaxAge, long? MaxBytes, long StepBytes = 1 << 20)
{
    private const int SlackPart = 10;

    /// <summary>Removes nothing.</summary>
    public static RetentionPolicy KeepAll { get; } = new(null, null);

    private long AgeMilliseconds => (long)MaxAge.GetValueOrDefault().TotalMilliseconds;

    private long SlackMilliseconds => AgeMilliseconds / SlackPart;

    /// <summary>The first message that the policy keeps; messages are removed whole.</summary>
    /// <param name="reader">The partition.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    /// <param name="maxBytes">The most bytes that may be removed now; at least one message may be.</param>
    internal LogResult<long> FirstToKeep(PartitionReader reader, long now, long maxBytes)
    {
        try
        {
            return FirstToKeepOrThrow(reader, now, maxBytes);
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    /// <summary>When the age rule has to be looked at again, if nothing is appended until then.</summary>
    /// <param name="reader">The partition, to which the policy was just applied.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    /// <returns>Milliseconds since 1970 UTC; <see cref="long.MaxValue"/> for never.</returns>
    internal LogResult<long> NextDue(PartitionReader reader, long now)
    {
        var kept = reader.Now;
        if (MaxAge is null || kept.Count == 0)
            return long.MaxValue;
        try
        {
            var due = After(ExpiryTimes.TimeOf(reader, kept.Begin.Ordinal, now), AgeMilliseconds + SlackMilliseconds);
            var step = reader.FindPosition(kept.Begin.Position + StepBytes - 1).Value;
            return step < kept.End.Ordinal ? Math.Min(due, After(ExpiryTimes.TimeOf(reader, step, now), AgeMilliseconds)) : due;
        }
        catch (LogIOException e)
        {
            return LogFault.Of(e);
        }
    }

    private long FirstToKeepOrThrow(PartitionReader reader, long now, long maxBytes)
    {
        var (begin, end) = (reader.Now.Begin, reader.Now.End);
        var keep = begin.Ordinal;
        if (MaxBytes is { } bytes && end.Position - begin.Position > bytes)
            keep = FirstFrom(reader, end.Position - bytes);
        var expired = MaxAge is null ? begin.Ordinal : ExpiryTimes.FirstSince(reader, now - AgeMilliseconds, now);
        keep = Math.Max(keep, expired);
        if (keep > begin.Ordinal && reader.Place(keep).Value.Position - begin.Position > maxBytes)
            keep = Math.Max(begin.Ordinal + 1, reader.FindPosition(begin.Position + maxBytes).Value);
        var isEnough = reader.Place(keep).Value.Position - begin.Position >= StepBytes ||
            (expired > begin.Ordinal && ExpiryTimes.TimeOf(reader, begin.Ordinal, now) < now - AgeMilliseconds - SlackMilliseconds);
        return isEnough ? keep : begin.Ordinal;
    }

    /// <summary>The first millisecond at which a message is older than an age; messages may have any times.</summary>
    private static long After(long timestamp, long age) => timestamp >= long.MaxValue - age ? long.MaxValue : timestamp + age + 1;

    /// <summary>The first message that begins at or after a byte: the one that a limit falls into goes too.</summary>
    private static long FirstFrom(PartitionReader reader, long position)
    {
        var ordinal = reader.FindPosition(position).Value;
        return reader.Place(ordinal).Value.Position < position ? ordinal + 1 : ordinal;
    }
}
