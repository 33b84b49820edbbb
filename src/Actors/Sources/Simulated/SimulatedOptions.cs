namespace StreamActors.Sources.Simulated;

/// <summary>How simulated streams behave.</summary>
public sealed record SimulatedOptions
{
    /// <summary>The largest JSON file that is read as a stream, in bytes; at most 1 GiB.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>The time from one message of a topic to the next; above zero. Null releases all messages at once.</summary>
    public required TimeSpan? Interval { get; init; }

    /// <summary>What follows each message in a partition.</summary>
    public required ReadOnlyMemory<byte> Separator { get; init; }

    /// <summary>Bytes of message content that are kept in memory while nobody has them open.</summary>
    public required long CacheBytes { get; init; }
}
