namespace StreamActors.Fuse.Kernel;

/// <summary>What was agreed with the kernel at INIT.</summary>
/// <param name="Minor">Protocol 7.<paramref name="Minor"/>.</param>
/// <param name="Flags">What both sides do.</param>
/// <param name="MaxWrite">Longest WRITE, bytes.</param>
/// <param name="MaxPages">Longest READ, WRITE and READDIR, pages of 4,096 bytes.</param>
public sealed record FuseFeatures(int Minor, InitFlags Flags, int MaxWrite, int MaxPages)
{
    /// <summary>Before INIT: nothing is agreed.</summary>
    public static readonly FuseFeatures None = new(0, InitFlags.None, 0, 0);

    /// <summary>Whether a handle can be answered by a backing file inside the kernel.</summary>
    public bool Passthrough => Flags.HasFlag(InitFlags.Passthrough);

    /// <summary>Whether the server applies the caller's umask.</summary>
    public bool DontMask => Flags.HasFlag(InitFlags.DontMask);

    /// <summary>Whether POSIX access control lists hold.</summary>
    public bool PosixAcl => Flags.HasFlag(InitFlags.PosixAcl);

    /// <summary>Whether the server clears set-id bits at write, truncate and chown.</summary>
    public bool HandleKillPriv => Flags.HasFlag(InitFlags.HandleKillprivV2);

    /// <summary>Whether a name can be made to expire instead of being dropped.</summary>
    public bool ExpireOnly => Flags.HasFlag(InitFlags.HasExpireOnly);
}
