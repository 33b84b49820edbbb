namespace StreamActors.Fuse.Kernel;

/// <summary>
/// <c>FUSE_INIT</c> flags of <c>linux/fuse.h</c>, protocol 7.45: bits 0 to 31 are <c>flags</c>, bits 32 to 63 <c>flags2</c>,
/// which both sides read only where <see cref="InitExt"/> is set.
/// </summary>
[Flags]
public enum InitFlags : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Several reads of a file at once.</summary>
    AsyncRead = 1UL << 0,
    /// <summary>POSIX locks are the server's.</summary>
    PosixLocks = 1UL << 1,
    /// <summary>Unused.</summary>
    FileOps = 1UL << 2,
    /// <summary>O_TRUNC reaches OPEN.</summary>
    AtomicOTrunc = 1UL << 3,
    /// <summary>LOOKUP of <c>.</c> and <c>..</c> works.</summary>
    ExportSupport = 1UL << 4,
    /// <summary>Writes over 4 KiB.</summary>
    BigWrites = 1UL << 5,
    /// <summary>The kernel does not apply the umask.</summary>
    DontMask = 1UL << 6,
    /// <summary>The device can be spliced to.</summary>
    SpliceWrite = 1UL << 7,
    /// <summary>Pages can be moved from the device.</summary>
    SpliceMove = 1UL << 8,
    /// <summary>The device can be spliced from.</summary>
    SpliceRead = 1UL << 9,
    /// <summary>Locks of flock(2) are the server's.</summary>
    FlockLocks = 1UL << 10,
    /// <summary>IOCTL on directories.</summary>
    HasIoctlDir = 1UL << 11,
    /// <summary>Cached data is dropped when time or size change.</summary>
    AutoInvalData = 1UL << 12,
    /// <summary>READDIRPLUS.</summary>
    DoReaddirplus = 1UL << 13,
    /// <summary>READDIRPLUS only where it pays.</summary>
    ReaddirplusAuto = 1UL << 14,
    /// <summary>Asynchronous direct I/O.</summary>
    AsyncDio = 1UL << 15,
    /// <summary>Writes are cached.</summary>
    WritebackCache = 1UL << 16,
    /// <summary>OPEN may be left out.</summary>
    NoOpenSupport = 1UL << 17,
    /// <summary>Look-ups and listings of one directory at once.</summary>
    ParallelDirops = 1UL << 18,
    /// <summary>The server clears set-id bits, first form.</summary>
    HandleKillpriv = 1UL << 19,
    /// <summary>POSIX access control lists.</summary>
    PosixAcl = 1UL << 20,
    /// <summary>After an abort the device says ECONNABORTED.</summary>
    AbortError = 1UL << 21,
    /// <summary>The answer names the pages of a request.</summary>
    MaxPages = 1UL << 22,
    /// <summary>Targets of symbolic links are cached.</summary>
    CacheSymlinks = 1UL << 23,
    /// <summary>OPENDIR may be left out.</summary>
    NoOpendirSupport = 1UL << 24,
    /// <summary>Cached data is dropped by notification alone.</summary>
    ExplicitInvalData = 1UL << 25,
    /// <summary>Alignment of DAX mappings.</summary>
    MapAlignment = 1UL << 26,
    /// <summary>Directories that are mounts.</summary>
    Submounts = 1UL << 27,
    /// <summary>The server clears set-id bits, as the VFS does.</summary>
    HandleKillprivV2 = 1UL << 28,
    /// <summary>SETXATTR has its flags.</summary>
    SetxattrExt = 1UL << 29,
    /// <summary>Bits 32 to 63 have a meaning.</summary>
    InitExt = 1UL << 30,
    /// <summary>Not to be used.</summary>
    Reserved = 1UL << 31,
    /// <summary>New files come with a security context.</summary>
    SecurityCtx = 1UL << 32,
    /// <summary>DAX for each inode.</summary>
    HasInodeDax = 1UL << 33,
    /// <summary>New files come with the caller's group that the directory has.</summary>
    CreateSuppGroup = 1UL << 34,
    /// <summary>Names can be made to expire.</summary>
    HasExpireOnly = 1UL << 35,
    /// <summary>Files opened with FOPEN_DIRECT_IO can be mapped, shared.</summary>
    DirectIoAllowMmap = 1UL << 36,
    /// <summary>Reads and writes of a backing file inside the kernel.</summary>
    Passthrough = 1UL << 37,
    /// <summary>No file handles for NFS.</summary>
    NoExportSupport = 1UL << 38,
    /// <summary>Requests can be wanted again.</summary>
    HasResend = 1UL << 39,
    /// <summary>Mounts can map ids.</summary>
    AllowIdmap = 1UL << 40,
    /// <summary>Requests over io_uring.</summary>
    OverIoUring = 1UL << 41,
    /// <summary>Requests have a deadline.</summary>
    RequestTimeout = 1UL << 42,
}
