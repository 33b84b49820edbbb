namespace StreamActors.Logs;

/// <summary>How a view counts: where its messages begin, from the partition's first byte ever, and how long they are.</summary>
internal readonly record struct ViewScale(ViewKind Kind, int Overhead)
{
    private const int SizeBytes = sizeof(int);

    public static ViewScale Of(ViewKind kind, Framing framing) => new(kind, framing.Overhead);

    /// <summary>What the index is searched by for a byte of the view.</summary>
    public LogMeasure Measure => Kind switch
    {
        ViewKind.Json => LogMeasure.Json,
        ViewKind.Size => LogMeasure.Size,
        _ => LogMeasure.Position,
    };

    /// <summary>The view's byte at a boundary.</summary>
    public long At(in LogPlace place) => Kind switch
    {
        ViewKind.Json => place.Json,
        ViewKind.Size => place.Position + (place.Ordinal * (SizeBytes - Overhead)),
        _ => place.Position,
    };

    /// <summary>How many bytes of the view a message has.</summary>
    public int LengthOf(in IndexEntry entry) => Kind switch
    {
        ViewKind.Json => entry.JsonLength,
        ViewKind.Size => SizeBytes + entry.ValueLength,
        _ => Overhead + entry.ValueLength,
    };
}
