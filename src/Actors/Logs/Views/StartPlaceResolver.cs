namespace StreamActors.Logs;

/// <summary>Finds the beginning of a view that a path asks for.</summary>
public static class StartPlaceResolver
{
    /// <summary>Finds it, in the partition as it is now.</summary>
    /// <param name="place">What is asked for. What lies before the oldest kept message is that message.</param>
    /// <param name="reader">The partition.</param>
    /// <param name="clock">What time it is, for ages.</param>
    /// <returns>The start; it waits for an offset or a time that has not come.</returns>
    public static LogResult<ViewStart> Resolve(StartPlace place, PartitionReader reader, TimeProvider clock)
    {
        var now = reader.Now;
        return place switch
        {
            StartPlace.Offset { Value: var offset } => offset < now.End.Offset
                ? At(reader.FindOffset(offset)) : Pending(now, new ViewStart(ViewStartKind.Offset, offset)),
            StartPlace.Last { Count: var count } => ViewStart.AtOrdinal(now.End.Ordinal - Math.Min(count, now.Count)),
            StartPlace.Time { Value: var time } => AtTime(reader, now, time.ToUnixTimeMilliseconds()),
            StartPlace.Age { Value: var age } => At(reader.FindTime(clock.GetUtcNow().ToUnixTimeMilliseconds() - (long)age.TotalMilliseconds)),
            _ => throw new ArgumentOutOfRangeException(nameof(place)),
        };
    }

    private static LogResult<ViewStart> AtTime(PartitionReader reader, PartitionSnapshot now, long time) =>
        now.End.Ordinal > 0 && time <= now.MaxTimestamp ? At(reader.FindTime(time)) : new ViewStart(ViewStartKind.Time, time);

    /// <summary>An offset that the next message may have is the end, and so has that name.</summary>
    private static ViewStart Pending(PartitionSnapshot now, ViewStart start) =>
        start.Value == now.End.Offset ? ViewStart.AtOrdinal(now.End.Ordinal) : start;

    private static LogResult<ViewStart> At(LogResult<long> ordinal) =>
        ordinal.Succeeded ? ViewStart.AtOrdinal(ordinal.Value) : ordinal.Fault;
}
