namespace StreamActors.Remote;

/// <summary>The bounds of what is read from other hosts.</summary>
public sealed record RemoteReadSettings
{
    /// <summary>How much of what was read is kept, so that it is not fetched again, in bytes; for all partitions together.</summary>
    public long CacheBytes { get; init; } = 64 << 20;

    /// <summary>How far ahead of one who reads on is fetched, in bytes.</summary>
    public int ReadAheadBytes { get; init; } = 4 << 20;

    /// <summary>How long a host that is asked may be silent.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Throws where the settings can't work.</summary>
    /// <exception cref="ArgumentException">They can't; the message says why.</exception>
    public void Validate()
    {
        if (ReadAheadBytes is < Block.Size or > 1 << 30)
            throw new ArgumentException($"Read-ahead is {Block.Size} bytes to 1 GiB, not {ReadAheadBytes}.");
        // What is fetched ahead must not push out what is about to be read.
        if (CacheBytes < 4L * ReadAheadBytes)
            throw new ArgumentException($"The cache has at least four times the {ReadAheadBytes} bytes of the read-ahead, not {CacheBytes}.");
        if (Deadline <= TimeSpan.Zero)
            throw new ArgumentException($"A deadline is more than nothing, not {Deadline}.");
    }
}
