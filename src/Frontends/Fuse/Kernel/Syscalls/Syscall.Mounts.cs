namespace StreamActors.Fuse.Kernel;

// Mounts, sockets and device controls. Unsafe code: each pointer is that of a CString or a local in the caller's frame.
public static unsafe partial class Syscall
{
    private const nuint FuseDevIocClone = 0x8004E500;
    private const nuint FuseDevIocBackingOpen = 0x4010E501;
    private const nuint FuseDevIocBackingClose = 0x4004E502;

    /// <summary><c>mount(2)</c>.</summary>
    /// <param name="source">What /proc/mounts shows as the source.</param>
    /// <param name="target">The mountpoint.</param>
    /// <param name="type">File system type.</param>
    /// <param name="flags">MS_*.</param>
    /// <param name="data">Options of the type.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Mount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags, ReadOnlySpan<byte> data)
    {
        var from = new CString(source, stackalloc byte[CString.Inline]);
        var onto = new CString(target, stackalloc byte[CString.Inline]);
        var kind = new CString(type, stackalloc byte[CString.Inline]);
        var options = new CString(data, stackalloc byte[CString.Inline]);
        if (from.Error != Errno.None || onto.Error != Errno.None || kind.Error != Errno.None || options.Error != Errno.None)
            return Errno.EINVAL;
        fixed (byte* s = from)
        fixed (byte* t = onto)
        fixed (byte* k = kind)
        fixed (byte* o = options)
            return Done(Libc.Mount(s, t, k, (nuint)flags, o));
    }

    /// <summary><c>umount2(2)</c>.</summary>
    /// <param name="target">The mountpoint.</param>
    /// <param name="flags">MNT_DETACH, UMOUNT_NOFOLLOW or 0.</param>
    /// <returns>None; EBUSY while files are open, or why not.</returns>
    public static Errno Umount(ReadOnlySpan<byte> target, int flags)
    {
        var path = new CString(target, stackalloc byte[CString.Inline]);
        if (path.Error != Errno.None)
            return path.Error;
        fixed (byte* p = path)
            return Done(Libc.Umount2(p, flags));
    }

    /// <summary>Opens the root of a file system of its own type without mounting it (<c>fsopen</c>, <c>fsconfig</c>, <c>fsmount</c>; Linux 5.2, CAP_SYS_ADMIN).</summary>
    /// <param name="type">File system type.</param>
    /// <param name="root">Its root directory, an O_PATH descriptor.</param>
    /// <returns>None, or why not.</returns>
    public static Errno OpenFileSystem(ReadOnlySpan<byte> type, out FileDescriptor? root)
    {
        const int CloseOnExec = 1, CommandCreate = 6;
        root = null;
        var name = new CString(type, stackalloc byte[CString.Inline]);
        if (name.Error != Errno.None)
            return name.Error;
        FileDescriptor? context;
        Errno error;
        fixed (byte* p = name)
            error = Opened((int)Libc.Syscall(SyscallNumber.FsOpen, (nint)p, CloseOnExec, 0, 0), out context);
        if (error != Errno.None)
            return error;
        using (context)
        {
            error = Done(Libc.SyscallOn5(SyscallNumber.FsConfig, context!, CommandCreate, 0, 0, 0));
            return error == Errno.None
                ? Opened((int)Libc.SyscallOn5(SyscallNumber.FsMount, context!, CloseOnExec, 0, 0, 0), out root)
                : error;
        }
    }

    /// <summary>Binds a new descriptor of /dev/fuse to the mount of another (<c>FUSE_DEV_IOC_CLONE</c>), after its INIT.</summary>
    /// <param name="device">The new descriptor.</param>
    /// <param name="mounted">The one that is mounted.</param>
    /// <returns>None, or why not.</returns>
    public static Errno CloneFuseDevice(FileDescriptor device, FileDescriptor mounted)
    {
        if (!mounted.TryAcquire())
            return Errno.EBADF;
        try
        {
            var number = (uint)mounted.Number;
            return Done(Libc.IoCtl(device, FuseDevIocClone, &number));
        }
        finally
        {
            mounted.Return();
        }
    }

    /// <summary>Registers a backing file for passthrough (<c>FUSE_DEV_IOC_BACKING_OPEN</c>); needs CAP_SYS_ADMIN.</summary>
    /// <param name="device">A descriptor of the mount.</param>
    /// <param name="file">The backing file; it may be closed afterwards.</param>
    /// <param name="backingId">Its id in the mount, over 0.</param>
    /// <returns>None; EPERM, ELOOP where its file system stacks too deep, or why not.</returns>
    public static Errno OpenFuseBacking(FileDescriptor device, FileDescriptor file, out int backingId)
    {
        backingId = 0;
        if (!file.TryAcquire())
            return Errno.EBADF;
        try
        {
            var map = new BackingMap { Fd = file.Number };
            return Done(Libc.IoCtl(device, FuseDevIocBackingOpen, &map), out backingId);
        }
        finally
        {
            file.Return();
        }
    }

    /// <summary>Gives a backing file back (<c>FUSE_DEV_IOC_BACKING_CLOSE</c>); open handles keep it.</summary>
    /// <param name="device">A descriptor of the mount.</param>
    /// <param name="backingId">The id.</param>
    /// <returns>None, or why not.</returns>
    public static Errno CloseFuseBacking(FileDescriptor device, int backingId)
    {
        var id = (uint)backingId;
        return Done(Libc.IoCtl(device, FuseDevIocBackingClose, &id));
    }

    /// <summary>A pair of connected Unix stream sockets. They are inherited by a child: the caller closes its copy of the child's end.</summary>
    /// <param name="first">One end.</param>
    /// <param name="second">The other end.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SocketPair(out FileDescriptor? first, out FileDescriptor? second)
    {
        const int Unix = 1, Stream = 1;
        (first, second) = (null, null);
        var pair = stackalloc int[2];
        if (Libc.SocketPair(Unix, Stream, 0, pair) < 0)
            return LastError;
        (first, second) = (new FileDescriptor(pair[0]), new FileDescriptor(pair[1]));
        return Errno.None;
    }

    /// <summary>Receives a descriptor over a Unix socket (<c>SCM_RIGHTS</c>), if one has come; does not wait.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="received">The descriptor, close-on-exec; null where the other end closed without sending one.</param>
    /// <returns>None; EAGAIN where nothing has come, or why not.</returns>
    public static Errno ReceiveDescriptor(FileDescriptor socket, out FileDescriptor? received)
    {
        const int CloseOnExec = 0x40000000, DontWait = 0x40, SolSocket = 1, ScmRights = 1, ControlSize = 24, HeaderSize = 16;
        received = null;
        byte one;
        var vector = new IoVector { Base = &one, Length = 1 };
        // Aligned as struct cmsghdr has to be: longs in place of bytes.
        var control = stackalloc long[ControlSize / sizeof(long)];
        control[0] = 0;
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlSize };
        var read = Libc.RecvMsg(socket, &message, CloseOnExec | DontWait);
        if (read < 0)
            return LastError;
        var fields = (int*)control;
        if (read > 0 && control[0] >= HeaderSize + sizeof(int) && fields[2] == SolSocket && fields[3] == ScmRights)
            received = new FileDescriptor(fields[4]);
        return Errno.None;
    }

    /// <summary><c>poll(2)</c> of one descriptor.</summary>
    /// <param name="file">The descriptor.</param>
    /// <param name="events">POLL*.</param>
    /// <param name="timeoutMilliseconds">How long to wait; −1 without end.</param>
    /// <param name="returned">The events that are there; 0 after the timeout.</param>
    /// <returns>None, or why not.</returns>
    public static Errno Poll(FileDescriptor file, short events, int timeoutMilliseconds, out short returned)
    {
        returned = 0;
        if (!file.TryAcquire())
            return Errno.EBADF;
        try
        {
            var descriptor = new PollDescriptor { Fd = file.Number, Events = events };
            var error = Done(Libc.Poll(&descriptor, 1, timeoutMilliseconds));
            returned = descriptor.Returned;
            return error;
        }
        finally
        {
            file.Return();
        }
    }
}
