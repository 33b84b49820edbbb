using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Requests;

// One record for each opcode that has arguments, decoded by RequestDecoder and handed to an Inode or a Handle.
// Spans point into the device thread's buffer: they live until the call returns, and are copied by whoever parks.

/// <summary>GETATTR. <paramref name="Handle"/> is set when the kernel asked through an open file.</summary>
public readonly record struct GetAttrRequest(Handle? Handle);

/// <summary>SETATTR: the fields that <paramref name="Valid"/> names are to change.</summary>
/// <param name="Valid">Which fields are meant.</param>
/// <param name="Handle">The open file, if the caller used one (<c>ftruncate</c>).</param>
/// <param name="Size">New size in bytes.</param>
/// <param name="Mode">New permission bits.</param>
/// <param name="Uid">New owner.</param>
/// <param name="Gid">New group.</param>
/// <param name="Atime">New access time.</param>
/// <param name="Mtime">New modification time.</param>
/// <param name="LockOwner">Owner of locks, where <see cref="SetAttrValid.LockOwner"/> is set.</param>
public readonly record struct SetAttrRequest(
    SetAttrValid Valid, Handle? Handle, ulong Size, uint Mode, uint Uid, uint Gid, Timestamp Atime, Timestamp Mtime, ulong LockOwner);

/// <summary>A time as the kernel gives it.</summary>
/// <param name="Seconds">Seconds since 1970, may be negative.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
public readonly record struct Timestamp(long Seconds, uint Nanoseconds);

/// <summary>MKNOD, and with a directory's mode MKDIR.</summary>
public readonly ref struct MakeRequest
{
    /// <summary>The new name, without its NUL.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
    /// <summary>Type and permission bits; the umask is not yet applied when DONT_MASK was negotiated.</summary>
    public uint Mode { get; init; }
    /// <summary>The caller's umask.</summary>
    public uint Umask { get; init; }
    /// <summary>Device number of a device, in the kernel's encoding.</summary>
    public uint Rdev { get; init; }
}

/// <summary>CREATE and TMPFILE.</summary>
public readonly ref struct CreateRequest
{
    /// <summary>The new name, without its NUL; of a TMPFILE it has no meaning.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
    /// <summary>Flags of <c>open(2)</c>.</summary>
    public uint Flags { get; init; }
    /// <summary>Permission bits.</summary>
    public uint Mode { get; init; }
    /// <summary>The caller's umask.</summary>
    public uint Umask { get; init; }
    /// <summary><c>FUSE_OPEN_*</c>, e.g. KILL_SUIDGID.</summary>
    public uint OpenFlags { get; init; }
}

/// <summary>RENAME and RENAME2.</summary>
public readonly ref struct RenameRequest
{
    /// <summary>The old name.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
    /// <summary>The directory of the new name.</summary>
    public Inode NewParent { get; init; }
    /// <summary>The new name.</summary>
    public ReadOnlySpan<byte> NewName { get; init; }
    /// <summary><c>RENAME_NOREPLACE</c> 1, <c>RENAME_EXCHANGE</c> 2, <c>RENAME_WHITEOUT</c> 4.</summary>
    public uint Flags { get; init; }
}

/// <summary>OPEN and OPENDIR.</summary>
/// <param name="Flags">Flags of <c>open(2)</c>, without O_CREAT, O_EXCL and O_NOCTTY.</param>
/// <param name="OpenFlags"><c>FUSE_OPEN_*</c>.</param>
public readonly record struct OpenRequest(uint Flags, uint OpenFlags);

/// <summary>SETXATTR.</summary>
public readonly ref struct SetXattrRequest
{
    /// <summary>Name with its name space, e.g. <c>user.note</c>.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; init; }
    /// <summary><c>XATTR_CREATE</c> 1, <c>XATTR_REPLACE</c> 2.</summary>
    public uint Flags { get; init; }
    /// <summary><c>FUSE_SETXATTR_*</c>, e.g. ACL_KILL_SGID.</summary>
    public uint SetXattrFlags { get; init; }
}

/// <summary>READ.</summary>
/// <param name="Offset">Position in bytes.</param>
/// <param name="Size">Bytes wanted.</param>
/// <param name="Flags">The open file's flags as they are now: O_NONBLOCK may have been set since.</param>
public readonly record struct ReadRequest(long Offset, int Size, uint Flags);

/// <summary>WRITE.</summary>
public readonly ref struct WriteRequest
{
    /// <summary>Position in bytes.</summary>
    public long Offset { get; init; }
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Data { get; init; }
    /// <summary>The open file's flags as they are now.</summary>
    public uint Flags { get; init; }
    /// <summary><c>FUSE_WRITE_*</c>: CACHE 1, LOCKOWNER 2, KILL_SUIDGID 4.</summary>
    public uint WriteFlags { get; init; }
    /// <summary>Owner of locks.</summary>
    public ulong LockOwner { get; init; }
}

/// <summary>RELEASE and RELEASEDIR.</summary>
/// <param name="Flags">Flags of the open file.</param>
/// <param name="ReleaseFlags"><c>FUSE_RELEASE_FLUSH</c> 1, <c>FUSE_RELEASE_FLOCK_UNLOCK</c> 2.</param>
/// <param name="LockOwner">Owner of locks.</param>
public readonly record struct ReleaseRequest(uint Flags, uint ReleaseFlags, ulong LockOwner);

/// <summary>READDIR and READDIRPLUS.</summary>
/// <param name="Offset">0, or the offset of the last entry that was taken.</param>
/// <param name="Size">Bytes that fit the reply.</param>
/// <param name="Plus">Whether entries carry attributes (and count as look-ups).</param>
public readonly record struct ReadDirRequest(long Offset, int Size, bool Plus);

/// <summary>FALLOCATE.</summary>
/// <param name="Offset">Position in bytes.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Mode"><c>FALLOC_FL_*</c>.</param>
public readonly record struct FallocateRequest(long Offset, long Length, uint Mode);

/// <summary>LSEEK (SEEK_DATA and SEEK_HOLE; the kernel answers the others).</summary>
/// <param name="Offset">Position in bytes.</param>
/// <param name="Whence"><c>SEEK_DATA</c> 3, <c>SEEK_HOLE</c> 4.</param>
public readonly record struct LseekRequest(long Offset, uint Whence);

/// <summary>COPY_FILE_RANGE.</summary>
/// <param name="OffsetIn">Position in the source, bytes.</param>
/// <param name="Target">The open file written to.</param>
/// <param name="OffsetOut">Position in the target, bytes.</param>
/// <param name="Length">Bytes to copy.</param>
/// <param name="Flags">Flags of <c>copy_file_range(2)</c>.</param>
public readonly record struct CopyFileRangeRequest(long OffsetIn, Handle Target, long OffsetOut, ulong Length, ulong Flags);

/// <summary>GETLK, SETLK and SETLKW.</summary>
/// <param name="Owner">Lock owner: one for each process, or each open file for flock.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte, inclusive; <see cref="long.MaxValue"/> is the end of the file.</param>
/// <param name="Type"><c>F_RDLCK</c> 0, <c>F_WRLCK</c> 1, <c>F_UNLCK</c> 2.</param>
/// <param name="Pid">The process that asks.</param>
/// <param name="Flock">Whether it is a lock of flock(2).</param>
/// <param name="Wait">Whether the caller waits (SETLKW).</param>
public readonly record struct LockRequest(ulong Owner, long Start, long End, uint Type, uint Pid, bool Flock, bool Wait);

/// <summary>POLL.</summary>
/// <param name="Kh">The kernel's id for NOTIFY_POLL.</param>
/// <param name="ScheduleNotify">Whether the kernel wants one NOTIFY_POLL when something changes.</param>
/// <param name="Events">The events asked for (POLLIN 1, POLLOUT 4 …).</param>
public readonly record struct PollRequest(ulong Kh, bool ScheduleNotify, uint Events);
