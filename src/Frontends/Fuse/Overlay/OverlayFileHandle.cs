using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>An open regular file: each operation is the same one on a descriptor of its own.</summary>
internal sealed class OverlayFileHandle : Handle
{
    private const uint KillSetIds = 4;
    private const uint UnlockFlock = 2;

    private readonly OverlayFile _file;
    private readonly IFuseConnection _connection;
    private int _flags;
    private int _gone;
    private int _leaving;

    /// <summary>Makes a handle.</summary>
    /// <param name="file">The file.</param>
    /// <param name="connection">The mount.</param>
    /// <param name="descriptor">The open file; taken over.</param>
    /// <param name="flags">Flags of the request.</param>
    public OverlayFileHandle(OverlayFile file, IFuseConnection connection, FileDescriptor descriptor, uint flags)
        : base(file)
    {
        _file = file;
        _connection = connection;
        _flags = (int)flags;
        Descriptor = descriptor;
        file.Opened(descriptor);
    }

    /// <summary>The descriptor that is read and written.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Access mode, as in open(2).</summary>
    public int AccessMode => _flags & Linux.O_ACCMODE;

    /// <summary>Whether it is open for writing.</summary>
    public bool IsWritable => AccessMode != Linux.O_RDONLY;

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var error = Syscall.PRead(Descriptor, buffer[..request.Size], request.Offset, out var count);
        if (error == Errno.None)
            call.Data(buffer[..count]);
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    public override void Write(Call call, in WriteRequest request)
    {
        var error = FollowAppend((int)request.Flags);
        var count = 0;
        if (error == Errno.None)
            error = Syscall.PWrite(Descriptor, request.Data, request.Offset, out count);
        if (error == Errno.None && (request.WriteFlags & KillSetIds) != 0)
            error = AttributeChange.DropSetIds(Descriptor, call.Caller);
        if (error == Errno.None)
            call.Written(count);
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    public override void Flush(Call call, ulong lockOwner)
    {
        var unlocked = _file.Locks?.Drop(lockOwner) ?? false;
        if (IsWritable && _file.MayBeStream && Interlocked.Exchange(ref _leaving, 1) == 0)
            _file.WriterLeaving();
        call.Finish(Errno.None);
        if (unlocked)
            _file.Volume.LockWaiters.Wake(_file);
    }

    /// <inheritdoc/>
    public override void Fsync(Call call, bool dataOnly) =>
        call.Finish(dataOnly ? Syscall.FDataSync(Descriptor) : Syscall.FSync(Descriptor));

    /// <inheritdoc/>
    public override void Fallocate(Call call, in FallocateRequest request)
    {
        var error = Syscall.FAllocate(Descriptor, (int)request.Mode, request.Offset, request.Length);
        if (error == Errno.None)
            error = Modified(call.Caller, Descriptor);
        call.Finish(error);
    }

    /// <inheritdoc/>
    public override void Lseek(Call call, in LseekRequest request)
    {
        var error = Syscall.LSeek(Descriptor, request.Offset, (int)request.Whence, out var position);
        if (error == Errno.None)
            call.Position(position);
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    public override void CopyFileRange(Call call, in CopyFileRangeRequest request)
    {
        if (request.Target is not OverlayFileHandle target)
        {
            call.Finish(Errno.EXDEV);
            return;
        }
        var error = Syscall.CopyFileRange(
            Descriptor, request.OffsetIn, target.Descriptor, request.OffsetOut, request.Length, (uint)request.Flags, out var count);
        if (error == Errno.None)
            error = Modified(call.Caller, target.Descriptor);
        if (error == Errno.None)
            call.Written(count);
        else
            call.Finish(error == Errno.ENOSYS ? Errno.EOPNOTSUPP : error);
    }

    /// <inheritdoc/>
    public override void GetLock(Call call, in LockRequest request)
    {
        var error = _file.MakeLocks().Get(this, request, out var found);
        if (error == Errno.None)
            call.Struct(found);
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    public override void SetLock(Call call, in LockRequest request)
    {
        var error = TryLock(request);
        if (error == Errno.EAGAIN && request.Wait)
        {
            _file.Volume.LockWaiters.Add(this, call, request);
            return;
        }
        if (error == Errno.EAGAIN)
        {
            SetAfterCloses(call.Park(), request);
            return;
        }
        call.Finish(error);
        // A lock that became a read lock makes room as one that is gone.
        if (error == Errno.None && request.Type != (uint)Linux.F_WRLCK)
            _file.Volume.LockWaiters.Wake(_file);
    }

    /// <summary>Decides at last who would not wait: whose lock was in the way may have closed the file just before.</summary>
    private void SetAfterCloses(Call parked, LockRequest request) => parked.Tree.Connection.AfterCloses(() =>
    {
        var error = TryLock(request);
        // Nobody is there any more to hold it.
        if (!parked.Finish(error) && error == Errno.None)
            TryLock(request with { Type = (uint)Linux.F_UNLCK });
    });

    /// <summary>Sets or takes away a lock, without waiting.</summary>
    /// <param name="request">The lock.</param>
    /// <returns>None; EAGAIN where another lock is in the way, or why not.</returns>
    public Errno TryLock(in LockRequest request)
    {
        if (!request.Flock)
            return _file.MakeLocks().TrySet(this, request);
        return Syscall.FLock(Descriptor, request.Type switch
        {
            (uint)Linux.F_RDLCK => Linux.LOCK_SH | Linux.LOCK_NB,
            (uint)Linux.F_WRLCK => Linux.LOCK_EX | Linux.LOCK_NB,
            _ => Linux.LOCK_UN,
        });
    }

    /// <inheritdoc/>
    public override void Release(Call call, in ReleaseRequest request)
    {
        if ((request.ReleaseFlags & UnlockFlock) != 0)
            Syscall.FLock(Descriptor, Linux.LOCK_UN);
        Abandon();
        call.Finish(Errno.None);
        _file.Volume.LockWaiters.Wake(_file);
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        if (Interlocked.Exchange(ref _gone, 1) != 0)
            return;
        _file.Locks?.HandleGone(this);
        _file.Closed(Descriptor);
        _file.HandleGone(_connection, IsWritable, Volatile.Read(ref _leaving) != 0);
    }

    /// <summary>
    /// Clears set-id bits after a change whose request, unlike WRITE, does not say whether they are to go: they do,
    /// unless root made it.
    /// </summary>
    private static Errno Modified(in Caller caller, FileDescriptor file) =>
        caller.Uid == 0 ? Errno.None : AttributeChange.DropSetIds(file, caller);

    /// <summary>fcntl(F_SETFL) may have set or cleared O_APPEND since the open; each write tells what holds.</summary>
    private Errno FollowAppend(int flags)
    {
        if (((flags ^ Volatile.Read(ref _flags)) & Linux.O_APPEND) == 0)
            return Errno.None;
        var error = Syscall.SetFlags(Descriptor, OverlayFile.OpenFlags((uint)flags) & ~Linux.O_ACCMODE);
        if (error == Errno.None)
            Volatile.Write(ref _flags, (_flags & ~Linux.O_APPEND) | (flags & Linux.O_APPEND));
        return error;
    }
}
