namespace StreamActors.Logs;

/// <summary>What a reader's owner does with the partition's data file itself.</summary>
public enum DataFileUse
{
    /// <summary>Nothing: bytes are read through the log.</summary>
    None,

    /// <summary>It may be given to others, who don't read it yet: it is made where there is none.</summary>
    Gives,

    /// <summary>Others read it: while this reader is open, the file has all that is committed.</summary>
    Reads,
}
