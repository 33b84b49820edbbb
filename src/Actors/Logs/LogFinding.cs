namespace StreamActors.Logs;

/// <summary>What kind of thing was found on the disk that should not be there.</summary>
public enum FindingKind
{
    /// <summary>A file that is not the log's. It is left alone.</summary>
    Foreign,

    /// <summary>The end of the journal was torn by a crash before it was synced, and was cut.</summary>
    TornTail,

    /// <summary>A partition's files hold bytes beyond its committed end, as power loss leaves them; they were cut.</summary>
    Uncommitted,

    /// <summary>Bytes are not what was written. They are neither served nor cut.</summary>
    Corrupt,
}

/// <summary>Something found on the disk that should not be there.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Path">The file or directory.</param>
/// <param name="Detail">What is wrong, in words.</param>
public sealed record LogFinding(FindingKind Kind, string Path, string Detail);
