namespace StreamActors.Logs;

/// <summary>What a partition keeps. Null means that this rule removes nothing.</summary>
/// <param name="MaxAge">Messages older than this are removed, from the oldest up to the first that is younger.</param>
/// <param name="MaxBytes">The most bytes of the default view.</param>
/// <param name="StepBytes">Nothing is removed before this many bytes can be: each removal is a new generation, a new inode.</param>
public sealed record RetentionPolicy(TimeSpan? MaxAge, long? MaxBytes, long StepBytes = 1 << 20)
{
    /// <summary>The first message that the policy keeps; messages are removed whole.</summary>
    internal LogResult<long> FirstToKeep(PartitionReader reader, long now)
    {
        var begin = reader.Now.Begin;
        var keep = begin.Ordinal;
        if (MaxAge is { } age)
        {
            var young = reader.FindTime(now - (long)age.TotalMilliseconds);
            if (!young.Succeeded)
                return young;
            keep = Math.Max(keep, young.Value);
        }
        if (MaxBytes is { } bytes && reader.Now.Length > bytes)
        {
            var fitting = reader.FindPosition(reader.Now.End.Position - bytes);
            if (!fitting.Succeeded)
                return fitting;
            var place = reader.Place(fitting.Value);
            if (!place.Succeeded)
                return place.Fault;
            // The message that the limit falls into goes too, unless the limit is its first byte.
            keep = Math.Max(keep, place.Value.Position < reader.Now.End.Position - bytes ? fitting.Value + 1 : fitting.Value);
        }
        var kept = reader.Place(keep);
        if (!kept.Succeeded)
            return kept.Fault;
        return kept.Value.Position - begin.Position >= StepBytes ? keep : begin.Ordinal;
    }
}
