using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Overlay;

/// <summary>A directory: finds, lists and makes names in it. What takes names away or moves them is <see cref="NameChange"/>.</summary>
internal sealed class OverlayDirectory(OverlayVolume volume, in Identity identity) : OverlayInode(volume, identity), IVolumeRoot
{
    /// <summary>Permission bits, with set-id and sticky.</summary>
    private const uint ModeBits = 0xFFF;

    /// <inheritdoc/>
    public ulong Number => Volume.Number(Identity.Device, Identity.Number);

    /// <inheritdoc/>
    protected override bool IsDirectory => true;

    /// <inheritdoc/>
    public void Show(Call call)
    {
        var error = Stat(out var stat);
        if (error == Errno.None)
            call.Entry(this, Volume.Attr(stat));
        else
            call.Finish(error);
    }

    /// <inheritdoc/>
    public override void Lookup(Call call, ReadOnlySpan<byte> name)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        Statx stat;
        using (new Reached(self))
            error = OverlayVolume.StatAt(self, name, out stat);
        if (error != Errno.None)
        {
            call.Finish(error);
            return;
        }
        var inode = Volume.Hold(stat, this, name);
        try
        {
            if (stat.IsRegular && Volume.Streams.Claims(name))
                Volume.Streams.Lookup(call, new SimulatedFile(this, name, stat), inode, Volume.Attr(stat));
            else
                call.Entry(inode, Volume.Attr(stat));
        }
        finally
        {
            inode.LetGo();
        }
    }

    /// <inheritdoc/>
    public override void MkDir(Call call, in MakeRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
        {
            using (CallerCredentials.Become(call.Caller, request.Umask))
                error = Syscall.MkDirAt(self, request.Name, request.Mode & ModeBits);
            Made(call, self, request.Name, error);
        }
    }

    /// <inheritdoc/>
    public override void MkNod(Call call, in MakeRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
        {
            var mode = request.Mode & (Linux.S_IFMT | ModeBits);
            using (CallerCredentials.Become(call.Caller, request.Umask))
                error = Syscall.MkNodAt(self, request.Name, mode, DeviceNumber.ToDevT(request.Rdev));
            Made(call, self, request.Name, error);
        }
    }

    /// <inheritdoc/>
    public override void Symlink(Call call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
        {
            using (CallerCredentials.Become(call.Caller, umask: null))
                error = Syscall.SymlinkAt(target, self, name);
            Made(call, self, name, error);
        }
    }

    /// <inheritdoc/>
    public override void Link(Call call, Inode source, ReadOnlySpan<byte> name)
    {
        if (source is not OverlayInode file || file.Volume != Volume)
        {
            call.Finish(Errno.EXDEV);
            return;
        }
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        using (new Reached(self))
        {
            if (file.TryReach(out var linked, out error))
            {
                using (new Reached(linked))
                    error = LinkTo(linked, self, name);
            }
            Made(call, self, name, error);
        }
    }

    /// <inheritdoc/>
    public override void Create(Call call, in CreateRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        FileDescriptor? opened;
        using (new Reached(self))
        using (CallerCredentials.Become(call.Caller, request.Umask))
            error = Volume.OpenAt(self, request.Name, OverlayFile.OpenFlags(request.Flags) | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW, request.Mode & ModeBits, out opened);
        // Made by another since the kernel looked: it has to look again, so that it checks whether the caller may open it.
        if (error == Errno.EEXIST && (request.Flags & Linux.O_EXCL) == 0)
            error = Errno.ESTALE;
        Created(call, opened, error, request);
    }

    /// <inheritdoc/>
    public override void TmpFile(Call call, in CreateRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        FileDescriptor? opened;
        var unlinkable = (int)request.Flags & Linux.O_EXCL;
        using (new Reached(self))
        using (CallerCredentials.Become(call.Caller, request.Umask))
            error = Volume.OpenAt(self, "."u8, OverlayFile.OpenFlags(request.Flags) | Linux.O_TMPFILE | unlinkable, request.Mode & ModeBits, out opened);
        Created(call, opened, error, request with { Name = default });
    }

    /// <inheritdoc/>
    public override void Unlink(Call call, ReadOnlySpan<byte> name) => NameChange.Remove(call, this, name, directory: false);

    /// <inheritdoc/>
    public override void RmDir(Call call, ReadOnlySpan<byte> name) => NameChange.Remove(call, this, name, directory: true);

    /// <inheritdoc/>
    public override void Rename(Call call, in RenameRequest request) => NameChange.Rename(call, this, request);

    /// <inheritdoc/>
    public override void OpenDir(Call call, in OpenRequest request)
    {
        if (!TryReach(out var self, out var error))
        {
            call.Finish(error);
            return;
        }
        FileDescriptor? opened;
        using (new Reached(self))
            error = Volume.OpenAt(self, "."u8, Linux.O_RDONLY | Linux.O_DIRECTORY, 0, out opened);
        if (opened is null)
        {
            call.Finish(error);
            return;
        }
        call.Opened(new OverlayDirectoryHandle(this, opened), OpenReplyFlags.None);
    }

    private static Errno LinkTo(FileDescriptor file, FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        var error = Syscall.LinkAt(file, default, directory, name, Linux.AT_EMPTY_PATH);
        if (error is not (Errno.ENOENT or Errno.EPERM))
            return error;
        // AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH; the link in /proc leads to the file itself, also where that is a link.
        var path = Syscall.ProcPath(file, stackalloc byte[Syscall.ProcPathSize]);
        return Syscall.LinkAt(FileDescriptor.WorkingDirectory, path, directory, name, Linux.AT_SYMLINK_FOLLOW);
    }

    /// <summary>Answers with what was made under a name, or why it was not.</summary>
    private void Made(Call call, FileDescriptor self, ReadOnlySpan<byte> name, Errno error)
    {
        Statx stat = default;
        if (error == Errno.None)
            error = OverlayVolume.StatAt(self, name, out stat);
        if (error != Errno.None)
        {
            call.Finish(error);
            return;
        }
        var inode = Volume.Hold(stat, this, name);
        call.Entry(inode, Volume.Attr(stat));
        inode.LetGo();
    }

    private void Created(Call call, FileDescriptor? opened, Errno error, in CreateRequest request)
    {
        Statx stat = default;
        if (error == Errno.None)
            error = OverlayVolume.StatOf(opened!, out stat);
        if (error != Errno.None)
        {
            opened?.Dispose();
            call.Finish(error);
            return;
        }
        var inode = (OverlayFile)(request.Name.IsEmpty ? Volume.Hold(stat) : Volume.Hold(stat, this, request.Name));
        var handle = inode.Handle(call.Tree.Connection, opened!, request.Flags, out var flags, out var backingId);
        call.Created(inode, Volume.Attr(stat), handle, flags, backingId);
        inode.LetGo();
    }
}
