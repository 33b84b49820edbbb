using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Tree;

/// <summary>
/// An open file or directory. One method for each operation on it; every method answers its call exactly once, at once
/// or after <see cref="Call.Park"/>. Called from several device threads at a time.
/// </summary>
public abstract class Handle
{
    /// <summary>Makes a handle.</summary>
    /// <param name="inode">What is open.</param>
    protected Handle(Inode inode) => Inode = inode;

    /// <summary>What is open.</summary>
    public Inode Inode { get; }

    /// <summary>READ: <see cref="Call.Data"/> of at most the size asked for; fewer bytes mean the end of the file.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    /// <param name="buffer">The device thread's buffer, at least as long as the size asked for; free to use until the return.</param>
    public virtual void Read(Call call, in ReadRequest request, Span<byte> buffer) => call.Finish(Errno.EISDIR);

    /// <summary>WRITE: <see cref="Call.Written"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Write(Call call, in WriteRequest request) => call.Finish(Errno.EBADF);

    /// <summary>FLUSH: one of the descriptors of this open file was closed.</summary>
    /// <param name="call">The call.</param>
    /// <param name="lockOwner">The process, as an owner of POSIX locks.</param>
    public virtual void Flush(Call call, ulong lockOwner) => call.Finish(Errno.None);

    /// <summary>FSYNC and FSYNCDIR.</summary>
    /// <param name="call">The call.</param>
    /// <param name="dataOnly">Whether fdatasync was asked for.</param>
    public virtual void Fsync(Call call, bool dataOnly) => call.Finish(Errno.None);

    /// <summary>READDIR and READDIRPLUS: entries by a <see cref="DirectoryWriter"/>, nothing at the end.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    /// <param name="buffer">The device thread's buffer, at least as long as the size asked for; free to use until the return.</param>
    public virtual void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer) => call.Finish(Errno.ENOTDIR);

    /// <summary>FALLOCATE.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Fallocate(Call call, in FallocateRequest request) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>LSEEK: <see cref="Call.Position"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Lseek(Call call, in LseekRequest request) => call.Finish(Errno.EINVAL);

    /// <summary>COPY_FILE_RANGE: <see cref="Call.Written"/>, or EXDEV or EOPNOTSUPP, upon which the kernel copies by itself.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void CopyFileRange(Call call, in CopyFileRangeRequest request) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>GETLK: a <c>struct fuse_lk_out</c>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void GetLock(Call call, in LockRequest request) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>SETLK and SETLKW, of POSIX locks and of flock.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void SetLock(Call call, in LockRequest request) => call.Finish(Errno.EOPNOTSUPP);

    /// <summary>POLL: <see cref="Call.Polled"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Poll(Call call, in PollRequest request) => call.Polled(request.Events & (0x1 | 0x4 | 0x40 | 0x100));

    /// <summary>RELEASE and RELEASEDIR: the last descriptor is closed. Gives back what the handle holds, then answers.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    public virtual void Release(Call call, in ReleaseRequest request)
    {
        Abandon();
        call.Finish(Errno.None);
    }

    /// <summary>Gives back what the handle holds where no RELEASE will come: the open was not taken, or the mount is gone. Idempotent.</summary>
    public virtual void Abandon()
    {
    }
}
