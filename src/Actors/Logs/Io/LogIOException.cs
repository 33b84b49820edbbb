namespace StreamActors.Logs;

/// <summary>
/// How the I/O seam and the code above it tell of a failure inside the log. It never leaves the log's public operations,
/// which return it as a <see cref="LogFault"/>.
/// </summary>
public sealed class LogIOException : IOException
{
    /// <summary>Makes one.</summary>
    /// <param name="error">The kind.</param>
    /// <param name="detail">One sentence that names the file.</param>
    /// <param name="cause">What is behind it.</param>
    public LogIOException(LogError error, string detail, Exception? cause = null)
        : base(detail, cause) => Error = error;

    /// <summary>The kind.</summary>
    public LogError Error { get; }

    /// <summary>Which message was evicted, where that is the fault.</summary>
    public EvictedMessage? Evicted { get; init; }
}
