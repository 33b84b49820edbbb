using System.Runtime.InteropServices;

namespace StreamActors.Fuse.Kernel;

/// <summary>The answer to FUSE_INIT: of what the kernel offers, what we wish. Without side effects.</summary>
internal static class InitNegotiation
{
    /// <summary>The protocol that is spoken: 7.</summary>
    public const uint Major = 7;

    /// <summary>The newest minor version whose structs are known.</summary>
    public const uint NewestMinor = 45;

    /// <summary>The oldest one that is served (Linux 5.4).</summary>
    public const uint OldestMinor = 31;

    private const InitFlags Always =
        InitFlags.AsyncRead | InitFlags.PosixLocks | InitFlags.FlockLocks | InitFlags.AtomicOTrunc | InitFlags.BigWrites |
        InitFlags.AutoInvalData | InitFlags.DoReaddirplus | InitFlags.ReaddirplusAuto | InitFlags.ParallelDirops |
        InitFlags.AbortError | InitFlags.MaxPages | InitFlags.CacheSymlinks | InitFlags.SetxattrExt | InitFlags.InitExt |
        InitFlags.CreateSuppGroup | InitFlags.HasExpireOnly | InitFlags.DirectIoAllowMmap;

    /// <summary>Answers one INIT.</summary>
    /// <param name="body">What follows the header.</param>
    /// <param name="options">What is wished.</param>
    /// <param name="mayPassThrough">Whether the process has CAP_SYS_ADMIN.</param>
    /// <returns>The answer, what it agrees on, or why there is no agreement.</returns>
    public static InitAnswer Answer(ReadOnlySpan<byte> body, FuseConnectionOptions options, bool mayPassThrough)
    {
        if (body.Length < InitIn.ShortSize)
            return new InitAnswer(default, null, "its INIT is truncated");
        var wish = default(InitIn);
        var whole = MemoryMarshal.AsBytes(new Span<InitIn>(ref wish));
        body[..Math.Min(body.Length, whole.Length)].CopyTo(whole);

        // A newer kernel is told our major version alone, and then asks again in it.
        if (wish.Major > Major)
            return new InitAnswer(new InitOut { Major = Major, Minor = NewestMinor }, null, null);
        if (wish.Major < Major || wish.Minor < OldestMinor)
            return new InitAnswer(default, null, $"it speaks FUSE {wish.Major}.{wish.Minor}, and {Major}.{OldestMinor} (Linux 5.4) is the oldest that is served");

        var offered = (InitFlags)wish.Flags;
        offered = offered.HasFlag(InitFlags.InitExt) && body.Length >= InitIn.ShortSize + sizeof(uint)
            ? offered | (InitFlags)((ulong)wish.Flags2 << 32)
            : offered & ~InitFlags.InitExt;
        var flags = offered & Wished(options, mayPassThrough);
        var pages = flags.HasFlag(InitFlags.MaxPages) ? (uint)options.MaxWrite / 4096 : 32;
        var features = new FuseFeatures((int)Math.Min(wish.Minor, NewestMinor), flags, (int)pages * 4096, (int)pages);
        return new InitAnswer(
            new InitOut
            {
                Major = Major,
                Minor = (uint)features.Minor,
                MaxReadahead = Math.Min(wish.MaxReadahead, (uint)options.MaxReadahead),
                Flags = (uint)flags,
                Flags2 = (uint)((ulong)flags >> 32),
                MaxBackground = options.MaxBackground,
                CongestionThreshold = options.CongestionThreshold,
                MaxWrite = (uint)features.MaxWrite,
                TimeGranularity = 1,
                MaxPages = flags.HasFlag(InitFlags.MaxPages) ? (ushort)pages : (ushort)0,
                MaxStackDepth = features.Passthrough ? (uint)options.MaxStackDepth : 0,
            },
            features,
            null);
    }

    private static InitFlags Wished(FuseConnectionOptions options, bool mayPassThrough)
    {
        var flags = Always;
        if (options.Passthrough && mayPassThrough)
            flags |= InitFlags.Passthrough;
        if (options.PosixAcl)
            flags |= InitFlags.PosixAcl;
        if (options.DontMask || options.PosixAcl)
            flags |= InitFlags.DontMask;
        if (options.HandleKillPriv)
            flags |= InitFlags.HandleKillprivV2;
        return flags;
    }
}

/// <summary>What INIT is answered.</summary>
/// <param name="Out">The answer; of an error nothing.</param>
/// <param name="Features">What is agreed; null where the kernel is to ask again, or of an error.</param>
/// <param name="Error">Why there is no agreement: ends the sentence "the kernel can't be served: …".</param>
internal readonly record struct InitAnswer(InitOut Out, FuseFeatures? Features, string? Error);
