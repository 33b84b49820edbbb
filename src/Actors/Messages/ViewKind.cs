namespace StreamActors.Messages;

/// <summary>How the messages of a partition become the bytes of a file.</summary>
public enum ViewKind
{
    /// <summary>In the framing of the stream.</summary>
    Default,

    /// <summary>One JSON object a line: offset, timestamp, key, headers, value.</summary>
    Json,

    /// <summary>Each value behind its size in 4 bytes, big-endian, with nothing between them.</summary>
    Size,
}
