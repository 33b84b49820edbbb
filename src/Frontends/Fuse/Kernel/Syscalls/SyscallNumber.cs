namespace StreamActors.Fuse.Kernel;

/// <summary>Numbers of x86-64 system calls that are made without a C wrapper.</summary>
internal static class SyscallNumber
{
    public const nint SetGroups = 116;
    public const nint SetFsUid = 122;
    public const nint SetFsGid = 123;
    public const nint CapGet = 125;
    public const nint CapSet = 126;
    public const nint PrCtl = 157;
    public const nint GetTid = 186;
    public const nint GetDents64 = 217;
    public const nint FsOpen = 430;
    public const nint FsConfig = 431;
    public const nint FsMount = 432;
    public const nint OpenAt2 = 437;
    public const nint FChModAt2 = 452;
}
