using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// SETATTR on an object that was reached. Whether the caller may was decided by the kernel (default_permissions).
/// </summary>
internal static class AttributeChange
{
    private const SetAttrValid Times = SetAttrValid.Atime | SetAttrValid.Mtime | SetAttrValid.AtimeNow | SetAttrValid.MtimeNow;

    /// <summary>Makes the change. The owner comes before the mode, because a new owner clears set-id bits.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="file">The object; O_PATH will do.</param>
    /// <param name="request">What is to change.</param>
    /// <returns>None, or why not; what came before the failure is done, as with several system calls.</returns>
    public static Errno Apply(OverlayVolume volume, FileDescriptor file, in SetAttrRequest request)
    {
        var valid = request.Valid;
        var error = Errno.None;
        if ((valid & (SetAttrValid.Uid | SetAttrValid.Gid)) != 0)
            error = ChangeOwner(file, request);
        if (error == Errno.None && valid.HasFlag(SetAttrValid.Mode))
            error = Syscall.FChModAt2(file, default, request.Mode & 0xFFF, Linux.AT_EMPTY_PATH);
        if (error == Errno.None && valid.HasFlag(SetAttrValid.Size))
            error = ChangeSize(volume, file, request);
        if (error == Errno.None && valid.HasFlag(SetAttrValid.KillSuidGid) && !valid.HasFlag(SetAttrValid.Mode))
            error = DropSetIds(file);
        if (error == Errno.None && (valid & Times) != 0)
            error = ChangeTimes(file, request);
        return error;
    }

    /// <summary>
    /// Clears set-user-id, and set-group-id of an executable file, as a local file system does where somebody without
    /// CAP_FSETID writes: the server may have that capability, its caller does not.
    /// </summary>
    /// <param name="file">The file; O_PATH will do.</param>
    /// <returns>None, or why not.</returns>
    public static Errno DropSetIds(FileDescriptor file)
    {
        var error = Syscall.Statx(file, out var stat);
        if (error != Errno.None || !stat.IsRegular)
            return error;
        var kept = WithoutSetIds(stat.Mode);
        return kept == stat.Mode ? Errno.None : Syscall.FChModAt2(file, default, kept & 0xFFF, Linux.AT_EMPTY_PATH);
    }

    /// <summary>What is left of a mode after a write by somebody without CAP_FSETID.</summary>
    /// <param name="mode">The mode of a regular file.</param>
    /// <returns>The mode without the bits that go.</returns>
    public static uint WithoutSetIds(uint mode)
    {
        const uint groupExecute = 0x8;
        mode &= ~Linux.S_ISUID;
        return (mode & groupExecute) != 0 ? mode & ~Linux.S_ISGID : mode;
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
