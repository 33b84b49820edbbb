namespace StreamActors.Logs;

/// <summary>What a view's beginning is told by.</summary>
public enum ViewStartKind
{
    /// <summary>A message that is there, or the end.</summary>
    Ordinal,

    /// <summary>The first message of this offset or a later one, which need not be there yet.</summary>
    Offset,

    /// <summary>The first message by which this time had come, which need not be there yet.</summary>
    Time,
}

/// <summary>Where a view begins, as it was found at look-up: two views of one partition and kind with the same start have the same bytes.</summary>
/// <param name="Kind">What it is told by.</param>
/// <param name="Value">The ordinal, the offset, or milliseconds since 1970 UTC.</param>
public readonly record struct ViewStart(ViewStartKind Kind, long Value)
{
    /// <summary>At a message, or at the end, where the next one will be.</summary>
    /// <param name="ordinal">How many messages were ever before it.</param>
    /// <returns>The start.</returns>
    public static ViewStart AtOrdinal(long ordinal) => new(ViewStartKind.Ordinal, ordinal);

    /// <summary>At the first message of an offset or a later one; where that may have been removed, there is nothing to read.</summary>
    /// <param name="offset">The offset.</param>
    /// <returns>The start.</returns>
    public static ViewStart AtOffset(long offset) => new(ViewStartKind.Offset, offset);
}
