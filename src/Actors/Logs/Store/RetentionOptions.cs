namespace StreamActors.Logs;

/// <summary>What a log removes by itself, and how much of its time that may take.</summary>
public sealed record RetentionOptions
{
    /// <summary>What each partition keeps that has no policy of its own.</summary>
    public RetentionPolicy Policy { get; init; } = RetentionPolicy.KeepAll;

    /// <summary>How often the partitions are looked at.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The most partitions that are looked at in one interval; the others follow in the next.</summary>
    public int PartitionsPerPass { get; init; } = 1000;

    /// <summary>The most that one look removes from a partition, in bytes of the default view; the rest follows in the next interval.</summary>
    public long BytesPerPass { get; init; } = 1 << 30;
}
