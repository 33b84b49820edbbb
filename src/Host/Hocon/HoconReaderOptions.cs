namespace StreamActors.Hocon;

/// <summary>What a document may refer to outside itself.</summary>
public sealed record HoconReaderOptions
{
    /// <summary>Nothing but the document itself.</summary>
    public static HoconReaderOptions None { get; } = new();

    /// <summary>Gives an environment variable to <c>${NAME}</c>, or null where it is not set.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>Values that <c>${a.b}</c> finds where the document has none, such as defaults.</summary>
    public HoconObject? Fallback { get; init; }

    /// <summary>
    /// Where relative includes are looked for; null refuses every include. Only for documents that are not files:
    /// those of a file are relative to that file.
    /// </summary>
    public string? BaseDirectory { get; init; }
}
