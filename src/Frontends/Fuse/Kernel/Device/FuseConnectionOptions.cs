namespace StreamActors.Fuse.Kernel;

/// <summary>What is wished of the kernel, and how it is served.</summary>
public sealed record FuseConnectionOptions
{
    /// <summary>Most threads that can be asked for.</summary>
    public const int MaxThreads = 64;

    /// <summary>Threads that read requests, 1 to <see cref="MaxThreads"/>.</summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount * 2, 4, 16);

    /// <summary>Longest WRITE, bytes: a multiple of 4,096, at most 1 MiB, which is also the kernel's default bound.</summary>
    public int MaxWrite { get; init; } = 1 << 20;

    /// <summary>Most bytes that are read ahead; the kernel's own bound is smaller as a rule.</summary>
    public int MaxReadahead { get; init; } = 1 << 20;

    /// <summary>Most requests that nobody waits for (readahead, asynchronous I/O) at once.</summary>
    public ushort MaxBackground { get; init; } = 64;

    /// <summary>From as many of them on the kernel holds back.</summary>
    public ushort CongestionThreshold { get; init; } = 48;

    /// <summary>Whether passthrough is wished; it needs CAP_SYS_ADMIN.</summary>
    public bool Passthrough { get; init; } = true;

    /// <summary>How deep the backing files' file systems may be stacked: 1, or 2 where they are on overlayfs.</summary>
    public int MaxStackDepth { get; init; } = 1;

    /// <summary>Whether POSIX access control lists are wished. The server then applies the umask (it depends on the directory's list).</summary>
    public bool PosixAcl { get; init; }

    /// <summary>Whether the server applies the caller's umask.</summary>
    public bool DontMask { get; init; }

    /// <summary>Whether the server clears set-id bits at write, truncate and chown.</summary>
    public bool HandleKillPriv { get; init; } = true;
}
