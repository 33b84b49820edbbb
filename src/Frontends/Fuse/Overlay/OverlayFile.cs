using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Overlay;

/// <summary>
/// A regular file. Its data goes past the server (passthrough) where the mount can do that, else through the page cache
/// of the mount. The kernel does not mix the two on one inode, so whichever its first open got holds until its last
/// handle is gone.
/// </summary>
internal sealed class OverlayFile(OverlayVolume volume, in Identity identity) : OverlayInode(volume, identity)
{
    private const uint KillSetIds = 1;

    private int _handles;
    private int _writers;
    private int _leavingWriters;
    private int _backingId;

    /// <summary>A name that a stream may take is looked up at every use: it may have become one.</summary>
    public override TimeSpan? EntryTimeout => MayBeStream ? TimeSpan.Zero : null;

    /// <summary>Whether its name is one that a stream may take.</summary>
    public bool MayBeStream => Name is { } name && Volume.Streams.Claims(name.Name);

    /// <summary>Whether somebody has it open for writing, through the mount.</summary>
    public bool HasWriters => Volatile.Read(ref _writers) > 0;

    /// <summary>POSIX locks that go through the mount; null while there are none.</summary>
    public LockTable? Locks { get; private set; }

    /// <summary>
    /// The flags of an open(2) that the server's own descriptor gets. O_DIRECT is not among them: what the caller's
    /// buffer fulfils, the server's does not; the mount itself goes past its page cache.
    /// </summary>
    /// <param name="flags">Flags of the request.</param>
    /// <returns>Access mode and the flags that matter to data.</returns>
    public static int OpenFlags(uint flags) =>
        (int)flags & (Linux.O_ACCMODE | Linux.O_APPEND | Linux.O_SYNC | Linux.O_NOATIME);

    /// <inheritdoc/>
    public override void Open(Call call, in OpenRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        FileDescriptor? opened;
        using (new Reached(self))
            error = Volume.Reopen(self, OpenFlags(request.Flags) | ((int)request.Flags & Linux.O_TRUNC), out opened);
        if (opened is null)
        {
            call.Finish(error);
            return;
        }
        if ((request.OpenFlags & KillSetIds) != 0 && (request.Flags & Linux.O_TRUNC) != 0)
            AttributeChange.DropSetIds(opened, call.Caller);
        var handle = Handle(call.Tree.Connection, opened, request.Flags, out var flags, out var backingId);
        call.Opened(handle, flags, backingId);
    }

    /// <summary>Makes a handle, and decides how the kernel treats it.</summary>
    /// <param name="connection">The mount.</param>
    /// <param name="opened">The open file; taken over.</param>
    /// <param name="openFlags">Flags of the request.</param>
    /// <param name="flags">How the kernel treats the handle.</param>
    /// <param name="backingId">Id of the backing file under passthrough.</param>
    /// <returns>The handle.</returns>
    public OverlayFileHandle Handle(IFuseConnection connection, FileDescriptor opened, uint openFlags, out OpenReplyFlags flags, out int backingId)
    {
        lock (TableGate)
        {
            if (_handles++ == 0 && connection.OpenBacking(opened, out var id) == Errno.None)
                _backingId = id;
            backingId = _backingId;
            if (((int)openFlags & Linux.O_ACCMODE) != Linux.O_RDONLY)
                _writers++;
        }
        flags = (backingId, (int)openFlags) switch
        {
            // The kernel opens the backing file with O_APPEND, too, and fcntl(F_SETFL) can't clear it there: the server appends.
            (not 0, var open) when (open & Linux.O_APPEND) != 0 => OpenReplyFlags.Passthrough | OpenReplyFlags.DirectIo,
            (not 0, _) => OpenReplyFlags.Passthrough,
            (0, var open) when (open & Linux.O_DIRECT) != 0 => OpenReplyFlags.DirectIo,
            _ => OpenReplyFlags.None,
        };
        return new OverlayFileHandle(this, connection, opened, openFlags);
    }

    /// <summary>A handle is gone.</summary>
    /// <param name="connection">The mount.</param>
    /// <param name="writer">Whether it could write.</param>
    /// <param name="leaving">Whether it was told of as <see cref="WriterLeaving"/>.</param>
    public void HandleGone(IFuseConnection connection, bool writer, bool leaving)
    {
        lock (TableGate)
        {
            _writers -= writer ? 1 : 0;
            _leavingWriters -= leaving ? 1 : 0;
            if (--_handles == 0 && _backingId != 0)
            {
                connection.CloseBacking(_backingId);
                _backingId = 0;
            }
        }
        if (!leaving)
            return;
        lock (Volume.WriterGone)
            Monitor.PulseAll(Volume.WriterGone);
    }

    /// <summary>A descriptor of a handle that can write was closed, perhaps the last.</summary>
    public void WriterLeaving()
    {
        lock (TableGate)
            _leavingWriters++;
    }

    /// <summary>Waits for the handles that can write to be gone, if each of them was closed by somebody already.</summary>
    /// <param name="patience">How long: a handle has more than one descriptor after dup(2) or fork(2).</param>
    public void AwaitLeavingWriters(TimeSpan patience)
    {
        var until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        lock (Volume.WriterGone)
        {
            while (AllWritersLeaving() && until - Environment.TickCount64 is > 0 and var rest)
                Monitor.Wait(Volume.WriterGone, TimeSpan.FromMilliseconds(rest));
        }
    }

    /// <summary>The table of POSIX locks, made at the first of them.</summary>
    /// <returns>The table.</returns>
    public LockTable MakeLocks()
    {
        lock (TableGate)
            return Locks ??= new LockTable(this);
    }

    private bool AllWritersLeaving()
    {
        lock (TableGate)
            return _writers > 0 && _leavingWriters == _writers;
    }
}
