namespace StreamActors.Streams;

/// <summary>The bounds of the entities.</summary>
public sealed record EntitySettings
{
    /// <summary>How long an entity without handles and waiters stays after its last message.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many handles a partition may have open.</summary>
    public int MaxHandles { get; init; } = 100_000;

    /// <summary>How many tail waiters a partition may have.</summary>
    public int MaxWaiters { get; init; } = 100_000;

    /// <summary>How many requests may wait while an entity opens its source.</summary>
    public int MaxPending { get; init; } = 10_000;

    /// <summary>How many requests an entity may have under way at its source, appends not counted.</summary>
    public int MaxUnderWay { get; init; } = 10_000;

    /// <summary>
    /// How long whoever wants a named cursor waits for its reader to close. A close comes from its host within milliseconds; one that
    /// was lost on the way is sent again after a second.
    /// </summary>
    public TimeSpan CursorPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many appends may be under way in a partition.</summary>
    public int MaxAppends { get; init; } = 10_000;

    /// <summary>How many bytes may be in the appends that are under way in a partition; one alone may have more.</summary>
    public long MaxAppendBytes { get; init; } = 64 << 20;

    /// <summary>How long a topic waits for what it asked its partitions.</summary>
    public TimeSpan PartitionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an entity that failed waits before it comes back, at first.</summary>
    public TimeSpan RestartMinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long it waits at most, when it fails again and again.</summary>
    public TimeSpan RestartMaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many shards each kind of entity is spread over.</summary>
    public int Shards { get; init; } = 64;
}
