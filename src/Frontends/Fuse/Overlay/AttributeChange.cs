using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// SETATTR on an object that was reached. Whether the caller may was decided by the kernel (default_permissions).
/// </summary>
internal static class AttributeChange
{
    private const SetAttrValid Times = SetAttrValid.Atime | SetAttrValid.Mtime | SetAttrValid.AtimeNow | SetAttrValid.MtimeNow;

    private const SetAttrValid Owners = SetAttrValid.Uid | SetAttrValid.Gid;
    private const SetAttrValid Changes = Times | Owners | SetAttrValid.Mode | SetAttrValid.Size | SetAttrValid.KillSuidGid;

    /// <summary>Makes the change. The owner comes before the mode, because a new owner clears set-id bits.</summary>
    /// <param name="inode">The object.</param>
    /// <param name="file">The object, reached; O_PATH will do.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">What is to change.</param>
    /// <returns>None, or why not; what came before the failure is done, as with several system calls.</returns>
    public static Errno Apply(OverlayInode inode, FileDescriptor file, in Caller caller, in SetAttrRequest request)
    {
        var valid = request.Valid;
        if ((valid & Changes) == 0)
            return ChangeNothing(inode, file, caller);
        var error = Errno.None;
        // Every chown has this flag, also root's, of which the system call clears what is to be cleared.
        if (valid.HasFlag(SetAttrValid.KillSuidGid) && (caller.Uid != 0 || (valid & Owners) == 0))
            error = DropSetIds(file, caller);
        if (error == Errno.None && (valid & Owners) != 0)
            error = ChangeOwner(file, request);
        if (error == Errno.None && valid.HasFlag(SetAttrValid.Mode))
            error = Syscall.FChModAt2(file, default, request.Mode & 0xFFF, Linux.AT_EMPTY_PATH);
        if (error == Errno.None && valid.HasFlag(SetAttrValid.Size))
            error = ChangeSize(inode.Volume, file, request);
        if (error == Errno.None && (valid & Times) != 0)
            error = ChangeTimes(file, request);
        return error;
    }

    /// <summary>
    /// Clears set-user-id, and set-group-id where the file's group may execute it or the caller is not in it, as a local
    /// file system does where somebody without CAP_FSETID writes: the server may have that capability, its caller does
    /// not. Of the caller's groups the first is known; who is in the group by another loses a bit that means nothing.
    /// </summary>
    /// <param name="file">The file; O_PATH will do.</param>
    /// <param name="caller">Who wrote.</param>
    /// <returns>None, or why not.</returns>
    public static Errno DropSetIds(FileDescriptor file, in Caller caller)
    {
        var error = Syscall.Statx(file, out var stat);
        var dropped = SetIds(stat, caller);
        return error != Errno.None || dropped == 0 ? error : Syscall.FChModAt2(file, default, stat.Mode & 0xFFFu & ~dropped, Linux.AT_EMPTY_PATH);
    }

    /// <summary>
    /// A request that changes nothing is a chown(-1, -1), which the owner alone may do where it clears set-id bits; or it
    /// precedes a write by somebody without CAP_FSETID, which clears them too. They look the same, so while somebody has
    /// the file open for writing the first is let through.
    /// </summary>
    private static Errno ChangeNothing(OverlayInode inode, FileDescriptor file, in Caller caller)
    {
        if (caller.Uid == 0)
            return Syscall.FChOwnAt(file, default, uint.MaxValue, uint.MaxValue, Linux.AT_EMPTY_PATH);
        var error = Syscall.Statx(file, out var stat);
        if (error != Errno.None || SetIds(stat, caller) == 0)
            return error;
        return stat.Uid == caller.Uid || inode is OverlayFile { HasWriters: true } ? DropSetIds(file, caller) : Errno.EPERM;
    }

    private static uint SetIds(in Statx stat, in Caller caller)
    {
        const uint groupExecute = 0x8;
        var dropped = Linux.S_ISUID | ((stat.Mode & groupExecute) != 0 || stat.Gid != caller.Gid ? Linux.S_ISGID : 0);
        return stat.IsRegular ? stat.Mode & dropped : 0;
    }

    private static Errno ChangeOwner(FileDescriptor file, in SetAttrRequest request)
    {
        var uid = request.Valid.HasFlag(SetAttrValid.Uid) ? request.Uid : uint.MaxValue;
        var gid = request.Valid.HasFlag(SetAttrValid.Gid) ? request.Gid : uint.MaxValue;
        return Syscall.FChOwnAt(file, default, uid, gid, Linux.AT_EMPTY_PATH);
    }

    private static Errno ChangeSize(OverlayVolume volume, FileDescriptor file, in SetAttrRequest request)
    {
        if (request.Size > long.MaxValue)
            return Errno.EFBIG;
        if (request.Handle is OverlayFileHandle { IsWritable: true } handle)
            return Syscall.FTruncate(handle.Descriptor, (long)request.Size);
        var error = volume.Reopen(file, Linux.O_WRONLY, out var opened);
        if (opened is null)
            return error;
        using (opened)
            return Syscall.FTruncate(opened, (long)request.Size);
    }

    private static Errno ChangeTimes(FileDescriptor file, in SetAttrRequest request)
    {
        var access = Time(request.Valid, SetAttrValid.Atime, SetAttrValid.AtimeNow, request.Atime);
        var modification = Time(request.Valid, SetAttrValid.Mtime, SetAttrValid.MtimeNow, request.Mtime);
        return Syscall.UTimeNsAt(file, default, access, modification, Linux.AT_EMPTY_PATH);
    }

    private static Timespec Time(SetAttrValid valid, SetAttrValid given, SetAttrValid now, Timestamp time)
    {
        if ((valid & now) != 0)
            return new Timespec(0, Timespec.Now);
        return (valid & given) != 0 ? new Timespec(time.Seconds, time.Nanoseconds) : new Timespec(0, Timespec.Omit);
    }
}
