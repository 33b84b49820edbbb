namespace StreamActors.Fuse.Kernel;

// Identity and limits. The raw calls act on the calling thread alone, as the kernel has it; the C library's own
// setgroups would act on all threads. Unsafe code: the pointers are those of locals and of spans fixed for the call.
public static unsafe partial class Syscall
{
    private const int CloneFs = 0x200;
    private const uint CapabilityVersion3 = 0x20080522;
    private const int ResourceFiles = 7;
    private const nint GetSecureBits = 27;
    private const nint SetSecureBits = 28;
    private const nint NoSetUidFixup = 1 << 2;

    /// <summary>Gives the calling thread its own umask and working directory (<c>unshare(CLONE_FS)</c>); needs no privilege.</summary>
    /// <returns>None, or why not.</returns>
    public static Errno UnshareFs() => Done(Libc.Unshare(CloneFs));

    /// <summary><c>umask(2)</c>: of the thread after <see cref="UnshareFs"/>, else of the process.</summary>
    /// <param name="mask">Permission bits that new files do not get.</param>
    /// <returns>The mask before.</returns>
    public static uint Umask(uint mask) => Libc.Umask(mask);

    /// <summary><c>setfsuid(2)</c> of the calling thread. Leaving 0 drops the file system capabilities, returning restores them.</summary>
    /// <param name="uid">User of file system calls.</param>
    /// <returns>The user before. The call tells of no error.</returns>
    public static uint SetFsUid(uint uid) => (uint)Libc.Syscall(SyscallNumber.SetFsUid, (nint)uid, 0, 0, 0);

    /// <summary><c>setfsgid(2)</c> of the calling thread.</summary>
    /// <param name="gid">Group of file system calls.</param>
    /// <returns>The group before. The call tells of no error.</returns>
    public static uint SetFsGid(uint gid) => (uint)Libc.Syscall(SyscallNumber.SetFsGid, (nint)gid, 0, 0, 0);

    /// <summary><c>setgroups(2)</c> of the calling thread.</summary>
    /// <param name="groups">The supplementary groups.</param>
    /// <returns>None, or why not (EPERM without CAP_SETGID).</returns>
    public static Errno SetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* g = groups)
            return Done(Libc.Syscall(SyscallNumber.SetGroups, groups.Length, (nint)g, 0, 0));
    }

    /// <summary><c>capget(2)</c> of the calling thread.</summary>
    /// <param name="capabilities">Its three sets, bit N for capability N.</param>
    /// <returns>None, or why not.</returns>
    public static Errno GetCapabilities(out Capabilities capabilities)
    {
        var header = stackalloc uint[2] { CapabilityVersion3, 0 };
        var data = stackalloc uint[6];
        var error = Done(Libc.Syscall(SyscallNumber.CapGet, (nint)header, (nint)data, 0, 0));
        capabilities = error != Errno.None
            ? default
            : new Capabilities(data[0] | ((ulong)data[3] << 32), data[1] | ((ulong)data[4] << 32), data[2] | ((ulong)data[5] << 32));
        return error;
    }

    /// <summary><c>capset(2)</c> of the calling thread.</summary>
    /// <param name="capabilities">The three sets.</param>
    /// <returns>None, or why not (EPERM for one that is not permitted).</returns>
    public static Errno SetCapabilities(Capabilities capabilities)
    {
        var header = stackalloc uint[2] { CapabilityVersion3, 0 };
        var data = stackalloc uint[6]
        {
            (uint)capabilities.Effective, (uint)capabilities.Permitted, (uint)capabilities.Inheritable,
            (uint)(capabilities.Effective >> 32), (uint)(capabilities.Permitted >> 32), (uint)(capabilities.Inheritable >> 32),
        };
        return Done(Libc.Syscall(SyscallNumber.CapSet, (nint)header, (nint)data, 0, 0));
    }

    /// <summary>
    /// Lets the calling thread keep its file system capabilities when <see cref="SetFsUid"/> leaves 0
    /// (<c>prctl(PR_SET_SECUREBITS)</c> with SECBIT_NO_SETUID_FIXUP, <c>linux/securebits.h</c>).
    /// </summary>
    /// <returns>None, or why not (EPERM without CAP_SETPCAP).</returns>
    public static Errno KeepCapabilitiesAcrossUsers()
    {
        var bits = Libc.Syscall(SyscallNumber.PrCtl, GetSecureBits, 0, 0, 0);
        return bits < 0 ? LastError : Done(Libc.Syscall(SyscallNumber.PrCtl, SetSecureBits, bits | NoSetUidFixup, 0, 0));
    }

    /// <summary>The effective user of the process.</summary>
    /// <returns>Its id.</returns>
    public static uint GetEUid() => Libc.GetEUid();

    /// <summary>The effective group of the process.</summary>
    /// <returns>Its id.</returns>
    public static uint GetEGid() => Libc.GetEGid();

    /// <summary>The calling thread's id.</summary>
    /// <returns>As the kernel numbers tasks.</returns>
    public static int GetTid() => (int)Libc.Syscall(SyscallNumber.GetTid, 0, 0, 0, 0);

    /// <summary>Reads the limit on open files (<c>RLIMIT_NOFILE</c>).</summary>
    /// <param name="soft">What holds now.</param>
    /// <param name="hard">How far it can be raised without privilege.</param>
    /// <returns>None, or why not.</returns>
    public static Errno GetOpenFileLimit(out ulong soft, out ulong hard)
    {
        ResourceLimit limit;
        var error = Done(Libc.PrLimit(0, ResourceFiles, null, &limit));
        (soft, hard) = error == Errno.None ? (limit.Soft, limit.Hard) : (0, 0);
        return error;
    }

    /// <summary>Sets the limit on open files.</summary>
    /// <param name="soft">What is to hold.</param>
    /// <param name="hard">The bound of it.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SetOpenFileLimit(ulong soft, ulong hard)
    {
        var limit = new ResourceLimit { Soft = soft, Hard = hard };
        return Done(Libc.PrLimit(0, ResourceFiles, &limit, null));
    }

    /// <summary>Ignores a signal in the whole process (<c>signal(SIG_IGN)</c>).</summary>
    /// <param name="signal">Its number.</param>
    /// <returns>None, or why not.</returns>
    public static Errno IgnoreSignal(int signal) => Libc.Signal(signal, 1) == -1 ? LastError : Errno.None;

    /// <summary><c>setsid(2)</c>: leaves the terminal.</summary>
    /// <returns>None; EPERM for the leader of a process group, or why not.</returns>
    public static Errno SetSid() => Done(Libc.SetSid());

    /// <summary><c>dup2(2)</c>.</summary>
    /// <param name="source">Number of the descriptor that is copied.</param>
    /// <param name="target">Number that it gets; what was open under it is closed.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Dup2(int source, int target) => Done(Libc.Dup2(source, target));
}

/// <summary>Capability sets of a thread; bit N stands for capability N of <c>linux/capability.h</c>.</summary>
/// <param name="Effective">What holds now.</param>
/// <param name="Permitted">What may be made effective.</param>
/// <param name="Inheritable">What may pass through exec.</param>
public readonly record struct Capabilities(ulong Effective, ulong Permitted, ulong Inheritable)
{
    /// <summary><c>CAP_FSETID</c>: set-id bits survive changes.</summary>
    public const int FSetId = 4;
    /// <summary><c>CAP_SYS_ADMIN</c>: mounts, FUSE passthrough.</summary>
    public const int SysAdmin = 21;

    /// <summary>Whether a capability is effective.</summary>
    /// <param name="capability">Its number.</param>
    /// <returns>Whether it is.</returns>
    public bool Has(int capability) => (Effective & (1UL << capability)) != 0;
}
