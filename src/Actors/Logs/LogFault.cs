namespace StreamActors.Logs;

/// <summary>A failure as a value: what kind it is, what happened in words, and its cause.</summary>
/// <param name="Error">The kind, from the closed set.</param>
/// <param name="Detail">One sentence that names the file, partition or limit.</param>
/// <param name="Cause">The exception behind it, where there is one.</param>
public sealed record LogFault(LogError Error, string Detail, Exception? Cause = null)
{
    /// <summary>Which message was evicted, where that is the fault.</summary>
    public EvictedMessage? Evicted { get; init; }

    /// <summary>The fault of an operation that failed with an exception of the I/O seam.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <returns>The same, as a value.</returns>
    public static LogFault Of(LogIOException exception) =>
        new(exception.Error, exception.Message, exception) { Evicted = exception.Evicted };

    /// <inheritdoc/>
    public override string ToString() => $"{Error}: {Detail}";

    internal LogIOException ToException() => new(Error, Detail, Cause) { Evicted = Evicted };
}

/// <summary>A message whose bytes were evicted.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Ordinal">How many messages were ever before it.</param>
public readonly record struct EvictedMessage(IncarnationId Partition, long Ordinal);
