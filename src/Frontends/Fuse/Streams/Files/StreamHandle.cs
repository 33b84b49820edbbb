using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>An open file of a volume of streams, which can be locked.</summary>
internal abstract class StreamHandle : Handle
{
    private readonly StreamInode _file;

    protected StreamHandle(StreamInode file)
        : base(file) => _file = file;

    /// <inheritdoc/>
    public override void GetLock(Call call, in LockRequest request) => _file.Locks.Get(call, request);

    /// <inheritdoc/>
    public override void SetLock(Call call, in LockRequest request) => _file.Locks.Set(call, this, request);

    /// <inheritdoc/>
    public override void Flush(Call call, ulong lockOwner)
    {
        Unlock(lockOwner);
        call.Finish(Errno.None);
    }

    /// <inheritdoc/>
    public override void Abandon() => _file.LocksInUse?.HandleGone(this);

    /// <summary>Ends the ranges that a process has locked: it closed a descriptor.</summary>
    protected void Unlock(ulong owner) => _file.LocksInUse?.Drop(owner);
}
