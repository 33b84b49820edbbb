using StreamActors.Fuse.Kernel;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// Makes new objects the caller's: while one is made, the device thread has the caller's user, group, umask and the one
/// supplementary group that the kernel tells of (the directory's, where the caller is in it).
/// </summary>
/// <remarks>
/// <para>
/// Whether the caller may was decided by the kernel, with all its groups, ACLs and capabilities, when it checked the
/// directory (default_permissions). To decide again here, with one group of many, would refuse what is allowed. So the
/// thread keeps its capabilities while it acts as another user (SECBIT_NO_SETUID_FIXUP, of this thread alone): only the
/// owner of what is made changes. That the caller lacks CAP_FSETID was honoured too, in the mode that the request has.
/// Where the bit can't be set (no CAP_SETPCAP) setfsuid drops them, and SOURCE's own file system checks once more.
/// </para>
/// <para>
/// A umask in the thread rather than in the mode lets a default ACL take its place, as POSIX has it. Only root can act
/// as another; what another server makes is its own.
/// </para>
/// </remarks>
internal static class CallerCredentials
{
    private static readonly bool IsRoot = Syscall.GetEUid() == 0;
    private static readonly uint Group = Syscall.GetEGid();

    [ThreadStatic]
    private static bool t_prepared;

    /// <summary>Acts as the caller until the end of a <c>using</c> block.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="umask">The caller's umask; null where what is made has no use for it.</param>
    /// <returns>The block.</returns>
    public static Scope Become(in Caller caller, uint? umask)
    {
        Prepare();
        return new Scope(caller, umask);
    }

    private static void Prepare()
    {
        if (t_prepared)
            return;
        // Without its own umask a thread would change the others' files; the device threads never share one.
        Syscall.UnshareFs();
        if (IsRoot)
        {
            Syscall.KeepCapabilitiesAcrossUsers();
            // The groups of root give it nothing that its capabilities do not.
            Syscall.SetGroups([]);
        }
        t_prepared = true;
    }

    /// <summary>The time of acting as another.</summary>
    internal readonly ref struct Scope
    {
        private readonly bool _user, _group, _groups;
        private readonly uint? _umask;

        internal Scope(in Caller caller, uint? umask)
        {
            if (umask is { } wanted)
                _umask = Syscall.Umask(wanted);
            if (!IsRoot)
                return;
            // Groups first: setfsuid may take the capability that they need.
            if (caller.SupplementaryGroup is { } supplementary)
            {
                _groups = true;
                Syscall.SetGroups([supplementary]);
            }
            if (caller.Gid != Group)
            {
                _group = true;
                Syscall.SetFsGid(caller.Gid);
            }
            if (caller.Uid != 0)
            {
                _user = true;
                Syscall.SetFsUid(caller.Uid);
            }
        }

        /// <summary>Becomes the server again, whose own files the thread may make next.</summary>
        public void Dispose()
        {
            if (_umask is { } own)
                Syscall.Umask(own);
            if (_user)
                Syscall.SetFsUid(0);
            if (_group)
                Syscall.SetFsGid(Group);
            if (_groups)
                Syscall.SetGroups([]);
        }
    }
}
