namespace StreamActors.Fuse.Kernel;

// Locks, leases and flags of open files. Unsafe code: the pointers are those of arguments in the caller's frame.
public static unsafe partial class Syscall
{
    /// <summary><c>flock(2)</c>.</summary>
    /// <param name="file">The open file, whose lock it is.</param>
    /// <param name="operation">LOCK_*.</param>
    /// <returns>None; EAGAIN where LOCK_NB was given and another has it, or why not.</returns>
    public static Errno FLock(FileDescriptor file, int operation) => Done(Libc.FLock(file, operation));

    /// <summary><c>F_OFD_SETLK</c>: sets or clears a lock of the open file, without waiting.</summary>
    /// <param name="file">The open file, whose lock it is.</param>
    /// <param name="range">The range and the kind of lock; Pid has to be 0.</param>
    /// <returns>None; EAGAIN where another has it, or why not.</returns>
    public static Errno SetLock(FileDescriptor file, FileLock range) => Done(Libc.FCntl(file, Linux.F_OFD_SETLK, (nint)(&range)));

    /// <summary><c>F_OFD_SETLKW</c>: sets a lock of the open file, and waits for it; blocks the thread.</summary>
    /// <param name="file">The open file, whose lock it is.</param>
    /// <param name="range">The range and the kind of lock; Pid has to be 0.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SetLockWait(FileDescriptor file, FileLock range) => Done(Libc.FCntl(file, Linux.F_OFD_SETLKW, (nint)(&range)));

    /// <summary><c>F_OFD_GETLK</c>: asks who is in the way of a lock.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="range">The lock that is wanted; becomes the one in the way, or of type F_UNLCK.</param>
    /// <returns>None, or why not.</returns>
    public static Errno GetLock(FileDescriptor file, ref FileLock range)
    {
        var local = range;
        var error = Done(Libc.FCntl(file, Linux.F_OFD_GETLK, (nint)(&local)));
        range = local;
        return error;
    }

    /// <summary><c>F_GETFL</c>.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="flags">O_*.</param>
    /// <returns>None, or why not.</returns>
    public static Errno GetFlags(FileDescriptor file, out int flags) => Done(Libc.FCntl(file, Linux.F_GETFL, 0), out flags);

    /// <summary><c>F_SETFL</c>.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="flags">O_APPEND, O_DIRECT, O_NOATIME, O_NONBLOCK.</param>
    /// <returns>None, or why not.</returns>
    public static Errno SetFlags(FileDescriptor file, int flags) => Done(Libc.FCntl(file, Linux.F_SETFL, flags));

    /// <summary><c>F_SETLEASE</c>. A lease that is to be broken raises SIGIO (<see cref="IgnoreSignal"/>).</summary>
    /// <param name="file">The open file.</param>
    /// <param name="type">F_RDLCK (nobody has it open for writing), F_WRLCK (nobody else has it open) or F_UNLCK.</param>
    /// <returns>None; EAGAIN where somebody has it open, or why not.</returns>
    public static Errno SetLease(FileDescriptor file, short type) => Done(Libc.FCntl(file, Linux.F_SETLEASE, type));

    /// <summary><c>F_GETLEASE</c>.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="type">The lease; while it is being broken, what it has to become.</param>
    /// <returns>None, or why not.</returns>
    public static Errno GetLease(FileDescriptor file, out int type) => Done(Libc.FCntl(file, Linux.F_GETLEASE, 0), out type);
}
