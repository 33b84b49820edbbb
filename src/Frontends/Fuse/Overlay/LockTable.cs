using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// The POSIX locks on one file that go through the mount. Each owner (a process, or an open file) has a descriptor of
/// its own, whose open-file-description locks stand for its locks: so they hold against each other, and against whoever
/// works in SOURCE itself, and end when the descriptor is closed.
/// </summary>
internal sealed class LockTable(OverlayFile file)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Owner> _owners = [];

    /// <summary>SETLK, without waiting.</summary>
    /// <param name="handle">The open file that it came through.</param>
    /// <param name="request">The lock.</param>
    /// <returns>None; EAGAIN where another's lock is in the way, or why not.</returns>
    public Errno TrySet(OverlayFileHandle handle, in LockRequest request)
    {
        lock (_gate)
        {
            var unlock = request.Type == (uint)Linux.F_UNLCK;
            var isNew = !_owners.TryGetValue(request.Owner, out var owner);
            if (owner is null)
            {
                if (unlock)
                    return Errno.None;
                var failure = Open(handle, out var descriptor);
                if (descriptor is null)
                    return failure;
                owner = new Owner(descriptor);
            }
            var error = Syscall.SetLock(owner.Descriptor, Range(request));
            if (error == Errno.EACCES)
                error = Errno.EAGAIN;
            if (error == Errno.None && !unlock)
            {
                owner.Pid = request.Pid;
                owner.Handles.Add(handle);
                _owners[request.Owner] = owner;
            }
            else if (isNew || (unlock && request is { Start: 0, End: long.MaxValue }))
            {
                _owners.Remove(request.Owner);
                owner.Descriptor.Dispose();
            }
            return error;
        }
    }

    /// <summary>GETLK: the first lock that is in the way.</summary>
    /// <param name="handle">The open file that it came through.</param>
    /// <param name="request">The lock that is asked for.</param>
    /// <param name="found">The lock in the way; of type F_UNLCK where there is none.</param>
    /// <returns>None, or why not.</returns>
    public Errno Get(OverlayFileHandle handle, in LockRequest request, out FuseFileLock found)
    {
        lock (_gate)
        {
            found = default;
            var range = Range(request);
            var asking = _owners.GetValueOrDefault(request.Owner)?.Descriptor ?? handle.Descriptor;
            var error = Syscall.GetLock(asking, ref range);
            if (error != Errno.None)
                return error;
            var end = range.Length == 0 ? long.MaxValue : range.Start + range.Length - 1;
            var pid = range.Type == Linux.F_UNLCK ? 0 : Holder(request.Owner, range);
            found = new FuseFileLock { Start = (ulong)range.Start, End = (ulong)end, Type = (uint)range.Type, Pid = pid };
            return Errno.None;
        }
    }

    /// <summary>An owner's process closed a descriptor of the file: by POSIX all its locks on it end.</summary>
    /// <param name="owner">The owner.</param>
    /// <returns>Whether it had any.</returns>
    public bool Drop(ulong owner)
    {
        lock (_gate)
        {
            if (!_owners.Remove(owner, out var dropped))
                return false;
            dropped.Descriptor.Dispose();
            return true;
        }
    }

    /// <summary>
    /// An open file is gone, and with it the owners that locked through it alone: those of open-file-description locks,
    /// which no FLUSH ends.
    /// </summary>
    /// <param name="handle">The open file.</param>
    public void HandleGone(OverlayFileHandle handle)
    {
        lock (_gate)
        {
            foreach (var (id, owner) in _owners)
                if (owner.Handles.Remove(handle) && owner.Handles.Count == 0)
                {
                    _owners.Remove(id);
                    owner.Descriptor.Dispose();
                }
        }
    }

    private static FileLock Range(in LockRequest request) => new()
    {
        Type = (short)request.Type,
        Start = request.Start,
        Length = request.End == long.MaxValue ? 0 : request.End - request.Start + 1,
    };

    /// <summary>
    /// A read lock needs a descriptor that can read, a write lock one that can write, and one that grows from the one to
    /// the other has to keep its descriptor: so it gets both, or what its handle has.
    /// </summary>
    private Errno Open(OverlayFileHandle handle, out FileDescriptor? descriptor)
    {
        var error = file.Volume.Reopen(handle.Descriptor, Linux.O_RDWR, out descriptor);
        return descriptor is not null || handle.AccessMode == Linux.O_RDWR
            ? error
            : file.Volume.Reopen(handle.Descriptor, handle.AccessMode, out descriptor);
    }

    /// <summary>
    /// Whose lock it is. The kernel does not tell of open-file-description locks; but the owner is the one that, asked
    /// with its own descriptor, finds nothing in its way there. 0 where nobody on this mount holds it.
    /// </summary>
    private uint Holder(ulong asking, FileLock found)
    {
        if (found.Pid > 0)
            return (uint)found.Pid;
        foreach (var (id, owner) in _owners)
        {
            if (id == asking)
                continue;
            var range = found;
            range.Type = Linux.F_WRLCK;
            range.Pid = 0;
            if (Syscall.GetLock(owner.Descriptor, ref range) == Errno.None && range.Type == Linux.F_UNLCK)
                return owner.Pid;
        }
        return 0;
    }

    private sealed class Owner(FileDescriptor descriptor)
    {
        public FileDescriptor Descriptor { get; } = descriptor;

        public HashSet<OverlayFileHandle> Handles { get; } = [];

        public uint Pid { get; set; }
    }
}
